/** Knowledge questions: the real client against the sandbox, and against a source that says nonsense. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ClaimedIdentity } from '../../../src/journey/journey.ts';
import { Personal } from '../../../src/personal.ts';
import { kbaHttpClient } from '../../../src/vendors/kba_http/client.ts';
import { kbaHttpConfigFrom } from '../../../src/vendors/kba_http/config.ts';
import type { KbaPort, KbaQuestionSet } from '../../../src/vendors/ports.ts';
import { QUESTIONS } from '../../../src/vendors/sandbox/histories.ts';
import { specialNumber } from '../../../src/vendors/sandbox/numbers.ts';
import { sandboxSet } from '../../../src/vendors/sandbox/set.ts';
import { startSandbox, type Sandbox } from '../../../src/vendors/sandbox/start.ts';
import { deadOrigin, fakeService, json, ORDINARY, type FakeService } from '../support.ts';

let sandbox: Sandbox;
let port: KbaPort;
let service: FakeService | undefined;
beforeAll(async () => {
  sandbox = await startSandbox({ slowMs: 10_000 });
  port = sandboxSet(sandbox, 2_500).kba;
});
afterAll(() => sandbox.close());
afterEach(async () => {
  await service?.close();
  service = undefined;
});

const subject = (change: Partial<ClaimedIdentity> = {}): Personal<ClaimedIdentity> =>
  Personal.of({ givenName: 'Andrew', familyName: 'Roshell', street: '2591 Brunswick Ct', city: 'Kissimmee', region: 'FL', postalCode: '34743', country: 'US', phone: ORDINARY, ...change });
const WANTED = { count: 4, locale: 'en', before: [] };

async function drawn(wanted: Parameters<KbaPort['questions']>[1] = WANTED): Promise<KbaQuestionSet> {
  const answer = await port.questions(subject(), wanted);
  if (answer.kind !== 'answer') throw new Error(answer.kind);
  return answer.value.open();
}
const rightAnswers = (set: KbaQuestionSet, name = 'Andrew'): Record<string, string> =>
  Object.fromEntries(set.questions.map(({ id, choices }) => {
    const text = QUESTIONS.find((one) => one.id === id)?.right[name];
    return [id, choices.find((choice) => choice.text === text)?.id ?? 'none'];
  }));

describe('the sandbox', () => {
  it('grades what a persona knows, and says that it is simulated', async () => {
    const set = await drawn();
    expect(set.questions).toHaveLength(4);
    expect(new Set(set.questions.flatMap(({ choices }) => choices.map(({ id }) => id))).size).toBeGreaterThan(12);
    const right = rightAnswers(set);
    expect(await port.grade(set.setId, Personal.of(right))).toMatchObject({ kind: 'answer', value: { right: 4, asked: 4 }, meta: { vendor: 'sandbox_kba', simulated: true } });
    const [first = ''] = Object.keys(right);
    expect(await port.grade(set.setId, Personal.of({ ...right, [first]: 'none' }))).toMatchObject({ value: { right: 3 } });
    expect(await port.grade(set.setId, Personal.of(rightAnswers(set, 'Imogen')))).toMatchObject({ value: { right: 0 } });
  });

  it('asks something new the second time, in the language of the page', async () => {
    const first = await drawn();
    const second = await drawn({ count: 5, locale: 'es', before: [first.setId] });
    expect(second.questions).toHaveLength(5);
    expect(second.questions.filter(({ id }) => first.questions.some((one) => one.id === id))).toEqual([]);
    expect(second.questions[0]?.text).toMatch(/^¿/);
  });

  it('answers alike in every process: a set of one sandbox can be graded by another', async () => {
    const other = await startSandbox();
    const set = await drawn();
    expect(await sandboxSet(other, 500).kba.grade(set.setId, Personal.of(rightAnswers(set)))).toMatchObject({ value: { right: 4 } });
    await other.close();
  });

  it.each([
    [{ givenName: 'Andrea' }, { kind: 'could_not_tell', code: 'no_record' }],
    [{ givenName: 'Nobody', familyName: 'Known' }, { kind: 'could_not_tell', code: 'no_record' }],
    [{ phone: specialNumber('slow') }, { kind: 'timed_out' }],
    [{ phone: specialNumber('broken') }, { kind: 'broke', code: 'http_500' }],
    [{ phone: specialNumber('malformed_json') }, { kind: 'broke', code: 'malformed_reply' }],
    [{ phone: specialNumber('rate_limited') }, { kind: 'broke', code: 'http_429' }],
  ])('for %o comes out as %o', async (change, expected) => {
    expect(await port.questions(subject(change), WANTED)).toMatchObject(expected);
  });

  it('knows no set that was made up', async () => {
    for (const set of ['made-up', Buffer.from('{"name":"Andrew"}').toString('base64url')]) {
      expect(await port.grade(set, Personal.of({ street: 'x' }))).toMatchObject({ kind: 'could_not_tell', code: 'set_unknown' });
    }
  });
});

describe('the client', () => {
  const ask = async (status: number, body: unknown): Promise<unknown> => {
    service = await fakeService((_request, response) => json(response, status, body));
    const client = kbaHttpClient({ url: service.origin, secret: Personal.of('s'), timeoutMs: 10_000 }, { vendor: 'x', sourceClass: 'bureau', simulated: false });
    return client.questions(subject(), { ...WANTED, count: 1 });
  };
  const choices = ['a', 'b', 'c', 'd'].map((id) => ({ id, text: id.toUpperCase() }));
  const question = { id: 'q', text: 'Which?', choices };

  it.each([
    ['too few questions', { setId: 's', questions: [] }],
    ['too many questions', { setId: 's', questions: [question, { ...question, id: 'r' }] }],
    ['three choices, which are too easily guessed', { setId: 's', questions: [{ ...question, choices: choices.slice(1) }] }],
    ['two choices of one id', { setId: 's', questions: [{ ...question, choices: [...choices, { id: 'a', text: 'E' }] }] }],
    ['two choices that read alike', { setId: 's', questions: [{ ...question, choices: [...choices, { id: 'e', text: 'A' }] }] }],
    ['an id that could be markup', { setId: 's', questions: [{ ...question, id: '"><script>' }] }],
    ['no set', { questions: [question] }],
    ['nothing', null],
  ])('takes no %s', async (_what, body) => {
    expect(await ask(200, body)).toMatchObject({ kind: 'broke', code: 'malformed_reply' });
  });

  it('wraps what it gives, sends the secret and nothing in the address', async () => {
    const answer = await ask(200, { setId: 's', questions: [question] });
    expect(answer).toMatchObject({ kind: 'answer' });
    expect(JSON.stringify(answer)).not.toContain('Which?');
    expect(service?.received[0]).toMatchObject({ path: '/kba/v1/sets', headers: { authorization: 'Bearer s' } });
    expect(JSON.parse(service?.received[0]?.body ?? '')).toMatchObject({ subject: { givenName: 'Andrew' }, count: 1, locale: 'en', before: [] });
  });

  it('takes no grade of another number of questions', async () => {
    service = await fakeService((_request, response) => json(response, 200, { right: 4, asked: 4 }));
    const client = kbaHttpClient({ url: service.origin, secret: Personal.of('s'), timeoutMs: 10_000 }, { vendor: 'x', sourceClass: 'bureau', simulated: false });
    expect(await client.grade('s', Personal.of({ a: 'b' }))).toMatchObject({ kind: 'broke', code: 'malformed_reply' });
  });

  it('says broke where nobody listens', async () => {
    const client = kbaHttpClient({ url: await deadOrigin(), secret: Personal.of('s'), timeoutMs: 10_000 }, { vendor: 'x', sourceClass: 'bureau', simulated: false });
    expect(await client.questions(subject(), WANTED)).toMatchObject({ kind: 'broke', code: 'connection_failed' });
  });
});

it.each([
  [{ KBA_HTTP_URL: 'http://kba.example', KBA_HTTP_SECRET: 'x'.repeat(32) }, 'KBA_HTTP_URL'],
  [{ KBA_HTTP_URL: 'https://kba.example', KBA_HTTP_SECRET: 'PLANTED-short' }, 'KBA_HTTP_SECRET'],
  [{ KBA_HTTP_URL: 'https://kba.example' }, 'KBA_HTTP_SECRET'],
])('refuses the settings %o by name', (env, name) => {
  const read = kbaHttpConfigFrom(env);
  expect(read.ok).toBe(false);
  expect(read.ok ? '' : read.faults.join()).toContain(name);
  expect(read.ok ? '' : read.faults.join()).not.toContain('PLANTED');
});
