import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FeedAnswer } from '../../../src/feeds/feeds.ts';
import { emailSignals, looksRandom, mailDomain } from '../../../src/steps/session_risk/email_signals.ts';
import { mailExchangers, type MailAnswer } from '../../../src/steps/session_risk/mail_exchangers.ts';
import { canonicalEmail } from '../../../src/steps/counted_as.ts';
import { SettableClock } from '../../support/clock.ts';

const disposable = {
  look: (domain: string): FeedAnswer => (domain === 'thrown.example' || domain === 'xn--exmple-cua.example' ? { kind: 'listed', list: 0, version: 'd1' } : { kind: 'not_listed', version: 'd1' }),
};

async function codes(email: string, answer: MailAnswer = { kind: 'takes_mail' }) {
  const asked: string[] = [];
  const signals = await emailSignals(email, { disposable, mail: async (domain) => { asked.push(domain); return answer; } });
  return { asked, signals, odd: signals.filter(({ severity }) => severity !== 'none').map(({ code }) => code) };
}

describe('an address for mail', () => {
  test.each([
    ['an ordinary one', 'ann.lee@example.com', {}, []],
    ['a throw-away one', 'ann.lee@thrown.example', {}, ['email_disposable']],
    ['in capitals', 'Ann.Lee@THROWN.example', {}, ['email_disposable']],
    ['in the domain\'s own letters', 'ann.lee@exämple.example', {}, ['email_disposable']],
    ['null MX (RFC 7505)', 'ann.lee@example.com', { answer: { kind: 'takes_none' } }, ['email_undeliverable']],
    ['no such domain', 'ann.lee@example.com', { answer: { kind: 'no_such_domain' } }, ['email_undeliverable']],
    ['nobody named to take it', 'ann.lee@example.com', { answer: { kind: 'names_nobody' } }, ['email_no_mx']],
    ['a resolver that failed', 'ann.lee@example.com', { answer: { kind: 'unknown', fault: 'timeout' } }, []],
    ['a function', 'Support@example.com', {}, ['email_role']],
    ['a function with a tag', 'info+us@example.com', {}, ['email_role']],
    ['a made-up name', 'x7k2q9w4m1z8@example.com', {}, ['email_random']],
    ['a made-up name of letters', 'qwrtzpsdfghjklx@example.com', {}, ['email_random']],
    ['a domain that is none', 'ann@exa mple', {}, ['email_undeliverable']],
  ] as const)('%s', async (_name, email, { answer }: { answer?: MailAnswer }, expected) => {
    expect((await codes(email, answer)).odd).toEqual(expected);
  });

  test('a resolver that failed is unknown, not clean', async () => {
    const { signals } = await codes('ann@example.com', { kind: 'unknown', fault: 'ESERVFAIL' });
    expect(signals).toContainEqual(expect.objectContaining({ id: 'email_mail', status: 'unknown', details: { fault: 'ESERVFAIL' } }));
  });

  test.each<[FeedAnswer, object]>([
    [{ kind: 'not_listed', version: 'd1' }, { status: 'ok', code: 'email_not_disposable', feedVersion: 'd1' }],
    [{ kind: 'stale', version: 'd1' }, { status: 'unknown', code: 'disposable_list_stale', feedVersion: 'd1' }],
    [{ kind: 'unreadable', fault: 'unparseable' }, { status: 'error', code: 'disposable_list_unreadable', details: { fault: 'unparseable' } }],
  ])('lists that answer %j', async (answer, expected) => {
    const signals = await emailSignals('ann@example.com', { disposable: { look: () => answer }, mail: async () => ({ kind: 'takes_mail' }) });
    expect(signals[0]).toMatchObject({ id: 'email_domain', ...expected });
  });

  test('nothing of it is repeated', async () => {
    const { signals } = await codes('planted.name@thrown.example');
    expect(JSON.stringify(signals)).not.toMatch(/planted|thrown/);
  });

  test('garbage never throws, and asks for nothing that is no domain', async () => {
    await fc.assert(fc.asyncProperty(fc.string(), async (email) => {
      const { asked, signals } = await codes(email);
      expect(signals.length).toBeGreaterThan(0);
      for (const domain of asked) expect(domain).toMatch(/^[a-z0-9.-]+$/);
    }));
  });
});

describe('names', () => {
  test.each(['ann.lee', 'andrew.roshell1969', 'christopher.montgomery', 'j.r.r.tolkien', 'mwright', 'thomasschmidt', 'krzysztof.brzezinski', 'rhythm.smyth', 'maria2024', 'bob99'])('%s is a name', (name) => {
    expect(looksRandom(name)).toBe(false);
  });
  test.each(['x7k2q9w4m1', 'a1b2c3d4e5f6', '9f8e7d6c5b4a3', 'qwrtzpsdfghjkl', 'k83hf92jd0sl'])('%s is made up', (name) => {
    expect(looksRandom(name)).toBe(true);
  });
});

test('domains: ASCII and lower case, or none', () => {
  expect(mailDomain('a@BÜCHER.example')).toBe('xn--bcher-kva.example');
  for (const email of ['a@', 'a@localhost', 'a@[127.0.0.1]', 'a@-x.example', 'a@x..example', `a@${'x'.repeat(300)}.example`]) expect(mailDomain(email), email).toBeUndefined();
  expect(canonicalEmail('Ann+x@BÜCHER.example')).toBe(canonicalEmail('ann@xn--bcher-kva.example'));
});

describe('asking the resolver', () => {
  const failing = (code: string) => () => Promise.reject(Object.assign(new Error('planted'), { code }));
  const mx = (...exchanges: string[]) => () => Promise.resolve(exchanges.map((exchange) => ({ exchange, priority: 10 })));

  test.each([
    ['a host', mx('mx.example'), { kind: 'takes_mail' }],
    ['null MX', mx(''), { kind: 'takes_none' }],
    ['null MX, written out', mx('.'), { kind: 'takes_none' }],
    ['nobody', mx(), { kind: 'names_nobody' }],
    ['no data', failing('ENODATA'), { kind: 'names_nobody' }],
    ['no domain', failing('ENOTFOUND'), { kind: 'no_such_domain' }],
    ['a server that fails', failing('ESERVFAIL'), { kind: 'unknown', fault: 'ESERVFAIL' }],
    ['a network that is away', failing('ECONNREFUSED'), { kind: 'unknown', fault: 'ECONNREFUSED' }],
    ['no code', () => Promise.reject(new Error('planted')), { kind: 'unknown', fault: 'failed' }],
    ['no answer', () => new Promise<never>(() => undefined), { kind: 'unknown', fault: 'timeout' }],
  ] as const)('%s', async (_name, resolve, expected) => {
    expect(await mailExchangers({ now: () => 0, resolve, limitMs: 20 }).of('example.com')).toEqual(expected);
  });

  test('an answer is remembered for an hour, a failure for a minute, and one question is asked for all who wait', async () => {
    const clock = new SettableClock();
    const asked: string[] = [];
    const answers: (() => Promise<{ exchange: string; priority: number }[]>)[] = [failing('ESERVFAIL'), mx('mx.example'), mx()];
    const { of } = mailExchangers({ now: clock.now, resolve: (domain) => { asked.push(domain); return answers[asked.length - 1]!(); } });
    expect(await Promise.all([of('a.example'), of('a.example')])).toEqual([{ kind: 'unknown', fault: 'ESERVFAIL' }, { kind: 'unknown', fault: 'ESERVFAIL' }]);
    expect(asked).toHaveLength(1);
    clock.advance({ minutes: 2 });
    expect(await of('a.example')).toEqual({ kind: 'takes_mail' });
    clock.advance({ minutes: 59 });
    expect(await of('a.example')).toEqual({ kind: 'takes_mail' });
    clock.advance({ minutes: 2 });
    expect(await of('a.example')).toEqual({ kind: 'names_nobody' });
    expect(asked).toHaveLength(3);
  });
});
