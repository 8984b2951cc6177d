/** The operator's lists over the real flow: who is kept out, where, and that nobody is told of a list. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { commandActor } from '../../src/admin/actor.ts';
import type { EntryTerms } from '../../src/admin/lists/store.ts';
import { Personal } from '../../src/personal.ts';
import { ANDREW, personFor, startGateway, type TestGateway } from '../support/gateway.ts';
import type { KeyedPerson } from '../support/device_key.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { confirmOn, handset, laptop, signedOut, verified } from './known_people.ts';
import { arrive, atForm, atLink, decisionOf, journeyOf, leave, reasonsAt, sendDetails, setScene, timeline, type Scene } from './scene.ts';

const ADA = commandActor('test');
const TERMS: EntryTerms = { effect: 'block', kind: 'address', mode: 'both', workflowId: undefined, reason: 'a good reason', expiresAt: undefined };

describe('the operator’s lists', () => {
  let scene: Scene;
  const statements: string[] = [];
  beforeAll(async () => {
    scene = await setScene({ replace: { onQuery: (text) => statements.push(text) } });
  });
  afterAll(() => scene.close());
  const added: string[] = [];
  const block = async (terms: Partial<EntryTerms>, value: string): Promise<string> => {
    const done = await scene.gateway.gatehouse.lists.add(ADA, { ...TERMS, ...terms }, [Personal.of(value)]);
    if (done.kind !== 'added') throw new Error(JSON.stringify(done));
    added.push(...done.ids);
    return done.ids[0] ?? '';
  };
  afterEach(async () => {
    for (const id of added.splice(0)) await scene.gateway.gatehouse.lists.remove(ADA, id);
  });
  const silently = async (person: KeyedPerson): Promise<string> => {
    await arrive(scene, { prompt: 'none' }, { person });
    return person.callback?.searchParams.has('code') ? 'code' : (person.callback?.searchParams.get('error') ?? `page ${person.page}`);
  };
  const newest = async (column: 'account_id' | 'device_id', person: KeyedPerson): Promise<string> => (await journeyOf(scene, person))[column] ?? '';

  const newestRecord = async () => {
    const { record } = await scene.db.selectFrom('risk_decision').select('record').orderBy('at', 'desc').limit(1).executeTakeFirstOrThrow();
    return record as { readonly rule: string; readonly signals: readonly { readonly id: string; readonly details: { readonly entry?: string } }[] };
  };

  it.each([['address', '127.0.0.1'], ['net', '127.0.0.0/8']] as const)('a blocked %s is denied before anything is asked for', async (kind, value) => {
    const both = [await block({ kind }, value), ...(kind === 'address' ? [await block({ kind }, '::1')] : [await block({ kind }, '::1/128')])];
    const { person } = await atForm(scene);
    expect(await decisionOf(scene, person)).toMatchObject({ verdict: 'deny', reasons: expect.arrayContaining([`listed_${kind}`]) });
    expect((await leave(person)).searchParams.get('error')).toBe('access_denied');
    const record = await newestRecord();
    expect(record.rule).toBe(`listed_${kind}`);
    expect(both).toContain(record.signals.find(({ id }) => id === 'lists')?.details.entry);
  });

  it('a blocked phone is asked of no carrier, and the person is sent on like others', async () => {
    const entry = await block({ kind: 'phone' }, ANDREW.phone);
    const { person } = await atForm(scene);
    await sendDetails(person);
    expect(person.page).toBe('document_handover');
    expect(await reasonsAt(scene, person, 'pii_validation')).toEqual(['listed_phone']);
    expect((await timeline(scene, person)).join('\n')).not.toMatch(/carrierMatch|identityDatabaseMatch/);
    expect(person.history.map(({ body }) => body).join('\n')).not.toMatch(/listed|block(?:ed|list)/i);
    await scene.gateway.gatehouse.lists.remove(ADA, entry);
    expect((await atLink(scene)).person.page).not.toBe('document_handover');
  });

  it('a block for live keys keeps nobody out under test keys', async () => {
    await block({ kind: 'phone', mode: 'live' }, ANDREW.phone);
    expect((await atLink(scene)).person.page).toBe('sms_wait');
  });

  it('a blocked person does not come back silently, is not matched, and is not approved by a path that was begun', async () => {
    const { desktop } = await verified(scene);
    const account = await newest('account_id', desktop);
    expect(await silently(desktop)).toBe('code');
    // Another browser of the same person, matched already, with the link on its way.
    const [begun, phone] = [await laptop(scene), await handset(scene)];
    await atLink(scene, {}, { person: begun });
    expect(begun.page).toBe('sms_wait');
    const entry = await block({ kind: 'identity' }, account);
    expect(await silently(desktop)).toBe('interaction_required');
    await confirmOn(scene, phone, begun);
    await leave(begun);
    expect(await decisionOf(scene, begun)).toMatchObject({ verdict: 'deny', reasons: expect.arrayContaining(['listed_identity']) });
    expect(await timeline(scene, begun)).toContain('block listCheck fail: listed_identity');
    const again = await laptop(scene);
    await atForm(scene, {}, { person: again });
    await sendDetails(again);
    expect(await reasonsAt(scene, again, 'pii_validation')).toEqual(['listed_identity']);
    await scene.gateway.gatehouse.lists.remove(ADA, entry);
    expect(await silently(desktop)).toBe('code');
  });

  it('a blocked device does not come back silently, and begins nothing anew', async () => {
    const { desktop } = await verified(scene);
    await block({ kind: 'device' }, await newest('device_id', desktop));
    expect(await silently(desktop)).toBe('interaction_required');
    await atForm(scene, {}, { person: signedOut(desktop) });
    expect((await decisionOf(scene, desktop)).verdict).toBe('deny');
    expect((await newestRecord()).rule).toBe('listed_device');
  });

  it('costs a silent return no statement', async () => {
    const { desktop } = await verified(scene);
    await block({ kind: 'net' }, '198.51.100.0/24');
    await silently(desktop);
    statements.length = 0;
    expect(await silently(desktop)).toBe('code');
    expect(statements.length).toBeGreaterThan(0);
    // All that may come in between is this process's look for changes.
    expect(statements.filter((text) => text.includes('list_entry') && !text.includes('"version" >'))).toEqual([]);
  });
});

describe('two gateways on one database', () => {
  let database: FreshDatabase;
  const gateways: TestGateway[] = [];
  beforeAll(async () => {
    database = await freshDatabase('postgres');
    const first = await startGateway({ database, env: { REQUESTS_PER_MINUTE: '1000000' } });
    gateways.push(first, await startGateway({ database, env: { REQUESTS_PER_MINUTE: '1000000' }, share: first }));
  });
  afterAll(async () => {
    for (const gateway of gateways.toReversed()) await gateway.close();
    await database.drop();
  });

  it('a block made in one is known to the other within ten seconds', async () => {
    const [one, other] = gateways as [TestGateway, TestGateway];
    expect(await one.gatehouse.lists.add(ADA, { ...TERMS, kind: 'net' }, [Personal.of('127.0.0.0/8'), Personal.of('::1/128')])).toMatchObject({ kind: 'added' });
    const refused = async (gateway: TestGateway): Promise<boolean> => {
      const app = await gateway.relyingParty();
      const person = personFor(gateway);
      await person.open((await app.begin()).url);
      await person.press();
      return person.page !== 'pii_form';
    };
    expect(await refused(one)).toBe(true);
    await vi.waitFor(async () => expect(await refused(other)).toBe(true), { timeout: 120_000, interval: 2_000 });
  }, 300_000);
});
