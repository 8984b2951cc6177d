/** Whom a reviewer may not approve: whoever was put on a list while the case was open, by whatever they said or showed. */
import { beforeEach, expect, test } from 'vitest';
import type { Actor } from '../../src/admin/actor.ts';
import type { ListDesk } from '../../src/admin/lists/store.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { listedAtApproval } from '../../src/engine/listed.ts';
import type { Journey } from '../../src/journey/journey.ts';
import type { ListKind } from '../../src/journey/rules/lists.ts';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { Personal } from '../../src/personal.ts';
import { listDesk } from '../../src/store/console/lists.ts';
import { LISTS_STALE_MS, listsSnapshot, type ListsSnapshot } from '../../src/store/console/lists_snapshot.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { answerOf, CLAIMED, evidenceOf, makeWorld, START, type World } from './world.ts';

const ANN: Actor = { kind: 'staff', id: 'ann', name: 'Ann' };
const SHOWN = { type: 'passport', issuer: 'UTO', number: 'L898902C3', familyName: 'Eriksson', givenName: 'Anna', birthDate: '1974-08-12', expiryDate: '2030-04-15', method: 'mrz' } as const;
const attempt = evidenceOf('document_attempt', { documents: [SHOWN], findings: [], reader: { name: 'gatehouse', version: '1' }, authenticity: 'not_verified', at: START, phoneAnswered: false });
const REVIEWED = {
  ...userOnboarding,
  nodes: { ...userOnboarding.nodes, sms_link: { step: 'sms_link' as const, routes: { ...userOnboarding.nodes['sms_link']?.routes, wrong_number: { end: 'review' as const } } } },
};

describeDatabases('the lists at a review', ({ fresh }) => {
  let world: World;
  let lists: ListsSnapshot;
  let desk: ListDesk;
  let engine: Engine;
  let waited = 0;
  ownDatabase(fresh, async (opened) => {
    world = await makeWorld(opened);
    await world.deploy(REVIEWED);
    lists = await listsSnapshot({ db: world.db, vault: world.vault, now: world.clock.now, logger: { warn: () => undefined }, monotonic: () => waited });
    desk = listDesk({ db: world.db, vault: world.vault, now: world.clock.now, changed: lists.refresh });
    engine = world.process({ lists });
  });
  beforeEach(async () => {
    waited = 0;
    await world.db.deleteFrom('list_entry').execute();
    lists = await listsSnapshot({ db: world.db, vault: world.vault, now: world.clock.now, logger: { warn: () => undefined }, monotonic: () => waited });
    desk = listDesk({ db: world.db, vault: world.vault, now: world.clock.now, changed: lists.refresh });
    engine = world.process({ lists });
    world.script.last = () => ({ end: { outcome: 'wrong_number', reasons: [], evidence: [attempt, evidenceOf('session', { email: 'anna@example.com' })] } });
  });
  const inReview = async (): Promise<string> => {
    const id = await world.upTo('sms_wait');
    await world.engine.submit(id, answerOf('sms_wait'));
    return id;
  };
  const decide = async (journeyId: string, verdict: 'approve' | 'deny') => {
    const { id, version } = await world.db.selectFrom('review_case').select(['id', 'version']).where('journey_id', '=', journeyId).executeTakeFirstOrThrow();
    return engine.review({ journeyId, caseId: id, caseVersion: version, verdict, code: verdict === 'approve' ? 'false_alarm' : 'known_fraud', words: undefined, by: ANN });
  };
  const block = async (kind: ListKind, value: string): Promise<void> => {
    const added = await desk.add(ANN, { effect: 'block', kind, mode: 'both', workflowId: undefined, reason: 'found out while the case was open', expiresAt: undefined }, [Personal.of(value)]);
    expect(added.kind).toBe('added');
  };
  const accountOf = async (...identity: readonly string[]): Promise<string> => {
    const id = `account-${identity[0] ?? ''}-${Math.random().toString(36).slice(2)}`;
    const hash = world.vault.keyedHash('account_identity:test', JSON.stringify(identity));
    await world.db.deleteFrom('account').where('identity_hash', '=', hash).execute();
    await world.db.insertInto('account').values({ id, identity_hash: hash, sealed: null, created_at: START, erased_at: null, mode: 'test', merged_into: null }).execute();
    return id;
  };
  const claim = [CLAIMED.phone, CLAIMED.familyName.toLowerCase(), CLAIMED.givenName.toLowerCase()];

  test.each<[string, ListKind, (journeyId: string) => string | Promise<string>]>([
    ['the document that was shown', 'document', (id) => id],
    ['the phone that was claimed', 'phone', () => CLAIMED.phone],
    ['the email that was typed', 'email', () => 'Anna@Example.com'],
    ['an account by this document, which passed', 'identity', () => accountOf('document', 'UTO', 'passport', 'L898902C3', 'eriksson', '1974-08-12')],
    ['an account by this document, which a reviewer accepted', 'identity', () => accountOf('reviewed', 'UTO', 'passport', 'L898902C3', 'eriksson', '1974-08-12')],
    ['an account by the claim and its phone', 'identity', () => accountOf('phone', ...claim)],
    ['an account by the claim', 'identity', () => accountOf('match', ...claim)],
    ['an account by the claim and questions', 'identity', () => accountOf('kba', ...claim)],
  ])('%s, blocked while the case was open, is not approved', async (_what, kind, value) => {
    const id = await inReview();
    await block(kind, await value(id));
    expect(await decide(id, 'approve')).toEqual({ kind: 'refused', why: 'listed' });
    expect((await world.journeys.byId(id))?.journey.decision?.verdict).toBe('review');
    // Saying no needs nobody's leave.
    expect(await decide(id, 'deny')).toMatchObject({ kind: 'done' });
  });

  test('somebody else’s entries are nothing to them; where nobody can tell, nobody is approved', async () => {
    await block('phone', '+12025550199');
    await block('identity', await accountOf('document', 'UTO', 'passport', 'X1', 'eriksson', '1974-08-12'));
    const id = await inReview();
    waited = LISTS_STALE_MS + 1;
    expect(await decide(id, 'approve')).toEqual({ kind: 'refused', why: 'listed' });
    waited = 0;
    expect(await decide(id, 'approve')).toMatchObject({ kind: 'done' });
  });

  test('whose account by a reviewer’s word was blocked is not approved by a document that passes either', async () => {
    await block('identity', await accountOf('reviewed', 'UTO', 'passport', 'L898902C3', 'eriksson', '1974-08-12'));
    const evidence = [evidenceOf('document', { ...(attempt.data.open() as object) }), evidenceOf('face_match', {}), evidenceOf('liveness', {})];
    const journey = { mode: 'test', workflowId: 'tested' } as unknown as Journey;
    expect(listedAtApproval(lists, { journey, evidence }, START)).toMatchObject({ code: 'listed_identity' });
  });
});
