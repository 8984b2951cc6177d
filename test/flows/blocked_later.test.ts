/** Blocked after they were approved: the silent return, the tokens and the next visit, over the real flow with a stock client. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { commandActor } from '../../src/admin/actor.ts';
import type { EntryTerms } from '../../src/admin/lists/store.ts';
import { Personal } from '../../src/personal.ts';
import { SettableClock } from '../support/clock.ts';
import type { KeyedPerson } from '../support/device_key.ts';
import { ANDREW } from '../support/gateway.ts';
import { oauthError, type Tokens } from '../support/relying_party.ts';
import { comeBack, confirmOn, handset, laptop, signedOut } from './known_people.ts';
import { anotherApp, arrive, atForm, atLink, decisionOf, journeyOf, leave, reasonsAt, sendDetails, setScene, timeline, type Scene } from './scene.ts';

const ADA = commandActor('test');
const TERMS: EntryTerms = { effect: 'block', kind: 'phone', mode: 'both', workflowId: undefined, reason: 'a good reason', expiresAt: undefined };
const EMAIL = 'andrew.roshell@mail.roshell.example';
const OTHER_PHONE = '+1 407 555 0177';
const OFFLINE = { scope: 'openid profile phone offline_access', prompt: 'consent' };

describe('blocked after the approval', () => {
  const clock = new SettableClock();
  let scene: Scene;
  let app: Scene;
  const statements: string[] = [];
  beforeAll(async () => {
    scene = await setScene({ replace: { now: clock.now, onQuery: (text) => statements.push(text) } });
    app = await anotherApp(scene, 'mailed', { options: { risk: { collect: 'email' } }, client: { grant_types: ['authorization_code', 'refresh_token'] } });
  });
  afterAll(() => scene.close());
  const added: string[] = [];
  const block = async (terms: Partial<EntryTerms>, value: string): Promise<void> => {
    const done = await scene.gateway.gatehouse.lists.add(ADA, { ...TERMS, ...terms }, [Personal.of(value)]);
    if (done.kind !== 'added') throw new Error(JSON.stringify(done));
    added.push(...done.ids);
  };
  const unblock = async (): Promise<void> => {
    for (const id of added.splice(0)) await scene.gateway.gatehouse.lists.remove(ADA, id);
  };
  afterEach(async () => {
    await unblock();
    clock.set(Date.now());
  });

  interface Known { readonly desktop: KeyedPerson; readonly tokens: Tokens; readonly accountId: string }
  /** Verified by phone, with a mailbox typed, and with a refresh token. */
  const known = async (phone: string = ANDREW.phone, email: string = EMAIL): Promise<Known> => {
    const [desktop, handheld] = [await laptop(app), await handset(app)];
    const { signIn } = await arrive(app, OFFLINE, { person: desktop });
    await desktop.fill({ email }).press();
    await sendDetails(desktop, { phone });
    await confirmOn(app, handheld, desktop, phone);
    const tokens = await app.app.finish(await leave(desktop), signIn);
    return { desktop, tokens, accountId: (await journeyOf(app, desktop)).account_id ?? '' };
  };
  const silently = async ({ desktop }: Known): Promise<string> => {
    await arrive(app, { prompt: 'none' }, { person: desktop });
    return desktop.callback?.searchParams.has('code') ? 'code' : (desktop.callback?.searchParams.get('error') ?? `page ${desktop.page}`);
  };
  const refreshed = async ({ tokens }: Known): Promise<string> => {
    try {
      return (await app.app.refresh(tokens.refresh_token ?? '')).claims()?.['policyDecision'] as string;
    } catch (thrown) {
      return (await oauthError(Promise.reject(thrown as Error))).error;
    }
  };
  const told = async ({ tokens }: Known): Promise<number> =>
    (await fetch(`${app.gateway.origin}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } })).status;
  const introspected = async ({ tokens }: Known): Promise<boolean> => (await app.app.introspect(tokens.access_token)).active;
  const all = async (one: Known) => [await silently(one), await refreshed(one), await told(one), await introspected(one)];
  const [GOOD, ENDED] = [['code', 'approve', 200, true], ['interaction_required', 'invalid_grant', 401, false]];

  it.each([
    ['phone', 'phone', () => ANDREW.phone],
    ['mailbox', 'email', () => EMAIL],
    ['mailbox’s domain', 'email', () => '@roshell.example'],
    ['account', 'identity', ({ accountId }: Known) => accountId],
  ] as const)('a %s ends silent returns and tokens at once, of nobody else, and no longer than the entry is there', async (_what, kind, value) => {
    const [one, other] = [await known(), await known(OTHER_PHONE, 'somebody@else.example')];
    expect(await all(one)).toEqual(GOOD);
    await block({ kind }, value(one));
    expect(await all(one)).toEqual(ENDED);
    expect(await all(other)).toEqual(GOOD);
    await unblock();
    expect(await all(one)).toEqual(GOOD);
  });

  it('a blocked phone ends what was confirmed on it, in the browser that never was that phone; the browser by itself too', async () => {
    const [one, other] = [await known(), await known(OTHER_PHONE, 'somebody@else.example')];
    const devices = await scene.db.selectFrom('journey_device').select(['channel', 'device_id']).where('journey_id', '=', (await journeyOf(app, one.desktop)).id).orderBy('channel').execute();
    expect(devices.map(({ channel }) => channel)).toEqual(['browser', 'phone']);
    for (const { device_id: deviceId } of devices) {
      expect(await all(one)).toEqual(GOOD);
      await block({ kind: 'device' }, deviceId);
      expect([await all(one), await all(other)]).toEqual([ENDED, GOOD]);
      await unblock();
    }
    expect(await all(one)).toEqual(GOOD);
  });

  it('an entry for live keys or of another workflow ends nothing, and one that ended ends nothing any more', async () => {
    const one = await known();
    await block({ mode: 'live' }, ANDREW.phone);
    await block({ workflowId: 'tested' }, ANDREW.phone);
    await block({ mode: 'live', kind: 'email' }, EMAIL);
    expect(await all(one)).toEqual(GOOD);
    await block({ workflowId: 'mailed', mode: 'test', expiresAt: Date.now() + 60_000 }, ANDREW.phone);
    expect(await all(one)).toEqual(ENDED);
    clock.set(Date.now() + 61_000);
    expect(await all(one)).toEqual(GOOD);
  });

  it.each([['phone', ANDREW.phone, 'session_denied'], ['email', EMAIL, 'listed_email']] as const)('the next visit by the known device is denied for a blocked %s, signed out or not', async (kind, value, code) => {
    const one = await known();
    await block({ kind }, value);
    for (const person of [one.desktop, signedOut(one.desktop)]) {
      await comeBack(app, person);
      expect(await decisionOf(app, person)).toMatchObject({ verdict: 'deny', reasons: expect.arrayContaining([code]) });
      expect((await leave(person)).searchParams.get('error')).toBe('access_denied');
    }
    expect(one.desktop.history.map(({ body }) => body).join('\n')).not.toMatch(/listed_|block list/i);
  });

  it.each([['phone', ANDREW.phone, 'listed_phone'], ['email', '@roshell.example', 'listed_email']] as const)('a %s that is blocked while the link is on its way is not approved', async (kind, value, code) => {
    const [desktop, handheld] = [await laptop(app), await handset(app)];
    await arrive(app, {}, { person: desktop });
    await desktop.fill({ email: EMAIL }).press();
    await sendDetails(desktop);
    expect(desktop.page).toBe('sms_wait');
    await block({ kind }, value);
    await confirmOn(app, handheld, desktop);
    expect((await leave(desktop)).searchParams.get('error')).toBe('access_denied');
    expect(await decisionOf(app, desktop)).toMatchObject({ verdict: 'deny', reasons: expect.arrayContaining([code]) });
    expect(await timeline(app, desktop)).toContain(`block listCheck fail: ${code}`);
  });

  it('a phone that was blocked before asks for a document as ever: it is not approved by that phone', async () => {
    await block({}, ANDREW.phone);
    const { person } = await atForm(scene);
    await sendDetails(person);
    expect([person.page, await reasonsAt(scene, person, 'pii_validation')]).toEqual(['document_handover', ['listed_phone']]);
    await unblock();
    expect((await atLink(scene)).person.page).toBe('sms_wait');
  });

  it('is judged in memory: a silent return and a refresh cost the statements they did', async () => {
    const one = await known();
    const counted = async (run: () => Promise<string>): Promise<readonly [string, number]> => {
      let [came, fewest] = [await run(), Infinity];
      // The fewest of three: the gateway's own timers ask too, and no answer waits for them.
      for (let round = 0; round < 3; round += 1) {
        statements.length = 0;
        came = await run();
        fewest = Math.min(fewest, statements.filter((text) => /"?(?:oidc_record|list_entry|journey_person|grant_outcome)/.test(text) && !text.includes('"version" >')).length);
      }
      return [came, fewest];
    };
    const before = [await counted(() => silently(one)), await counted(() => refreshed(one))];
    await block({}, OTHER_PHONE);
    await block({ kind: 'email' }, '@else.example');
    expect([await counted(() => silently(one)), await counted(() => refreshed(one))]).toEqual(before);
    expect(before.map(([came]) => came)).toEqual(['code', 'approve']);
  });
});
