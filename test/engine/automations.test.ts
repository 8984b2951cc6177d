/** Rules of a workflow's automation: run in the transaction of the decision that they fit, each once for a journey. */
import { beforeEach, expect, test } from 'vitest';
import { MOST_TAGS } from '../../src/admin/cases/store.ts';
import { ASKED_AGAIN } from '../../src/journey/asked_again.ts';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import type { WorkflowSource } from '../../src/journey/workflow.ts';
import { relayEvents } from '../../src/store/console/webhooks_relay.ts';
import { purgeJourneys } from '../../src/store/journeys.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { answerOf, evidenceOf, makeWorld, START, type World } from './world.ts';

const DAY = 86_400_000;
const ANN = { kind: 'staff', id: 'ann', name: 'Ann' } as const;
const SUBSCRIBED = 'ep_subscribed_here1';
const NAMED = 'ep_named_by_a_rule1';
const ELSEWHERE = 'ep_of_another_mode1';
type Rules = NonNullable<NonNullable<WorkflowSource['options']>['automations']>;

const withRules = (automations: Rules, wrongNumber: 'deny' | 'review' = 'deny'): WorkflowSource => ({
  ...userOnboarding,
  nodes: { ...userOnboarding.nodes, sms_link: { step: 'sms_link', routes: { ...userOnboarding.nodes['sms_link']?.routes, wrong_number: { end: wrongNumber } } } },
  options: { ...userOnboarding.options, automations },
});

const FAILED: Rules = [{ name: 'denied', on: 'failed', do: [{ action: 'open_case', tags: ['denied_people', 'look'] }, { action: 'notify' }, { action: 'call_out' }] }];

describeDatabases('automation', ({ fresh }) => {
  let world: World;
  ownDatabase(fresh, async (opened) => {
    world = await makeWorld(opened);
    const endpoint = (id: string, facts: object) => ({
      id, url: 'https://hook.example', description: '', mode: 'test' as const, workflow_id: null, events: '[]', with_credential: false, enabled: true,
      disabled_because: null, disabled_at: null, failing_since: null, created_at: START, updated_at: START, ...facts,
    });
    await world.db.insertInto('webhook_endpoint').values([endpoint(SUBSCRIBED, { events: '["journey.automation"]' }), endpoint(NAMED, {}), endpoint(ELSEWHERE, { mode: 'live' })]).execute();
  });
  beforeEach(() => { world.clock.set(START); });

  const denied = () => { world.script.last = () => ({ end: { outcome: 'wrong_number', reasons: [{ code: 'wrongNumber' }] } }); };
  const passes = () => { world.script.last = () => ({ end: { outcome: 'confirmed', reasons: [{ code: 'link_confirmed' }], evidence: [evidenceOf('phone_possession', { phone: '+14075550123' })] } }); };
  const through = async (): Promise<string> => {
    const id = await world.upTo('sms_wait');
    await world.engine.submit(id, answerOf('sms_wait'));
    return id;
  };
  const casesOf = (journeyId: string) => world.db.selectFrom('review_case').selectAll().where('journey_id', '=', journeyId).orderBy('kind').execute();
  const tagsOf = async (caseId: string) => (await world.db.selectFrom('case_tag').select('tag').where('case_id', '=', caseId).orderBy('tag').execute()).map(({ tag }) => tag);
  const runsOf = (journeyId: string) => world.db.selectFrom('automation_run').selectAll().where('journey_id', '=', journeyId).orderBy('rule').execute();
  const told = async (journeyId: string) => (await world.db.selectFrom('webhook_event').select(['type', 'data', 'endpoint_id']).where('journey_id', '=', journeyId).orderBy('type').execute());
  const verdictOf = async (journeyId: string) => (await world.journeys.byId(journeyId))?.journey.decision?.verdict;

  test('a denial opens a case for looking afterwards, leaves a notice and calls out, and stands', async () => {
    await world.deploy(withRules(FAILED));
    denied();
    const id = await through();
    expect(await verdictOf(id)).toBe('deny');
    const [opened, ...more] = await casesOf(id);
    expect(more).toEqual([]);
    expect(opened).toMatchObject({ kind: 'follow_up', status: 'open', version: 1, mode: 'test', workflow_id: 'tested', opened_at: START, due_at: START + DAY, four_eyes: false });
    expect(await tagsOf(opened?.id ?? '')).toEqual(['denied_people', 'look']);
    expect(await runsOf(id)).toMatchObject([{ rule: 'denied', workflow_id: 'tested', mode: 'test', verdict: 'deny', at: START, case_id: opened?.id, notify: true, dismissed_at: null }]);
    const events = await told(id);
    expect(events.map(({ type, endpoint_id }) => [type, endpoint_id])).toEqual([['case.opened', null], ['journey.automation', null], ['journey.decided', null]]);
    const version = (await world.journeys.byId(id))?.journey.workflowVersion;
    expect(events[0]?.data).toMatchObject({ case_id: opened?.id, kind: 'follow_up', transaction_id: id, tags: ['denied_people', 'look'], again: false });
    expect(events[1]?.data).toEqual({ transaction_id: id, rule: 'denied', decision: 'deny', policy: `tested@${version}`, reasons: ['wrongNumber'], decided_at: new Date(START).toISOString() });
    expect(await world.events(id)).toContain('label:automation_rule:success:denied');
  });

  test('what no rule fits leaves nothing', async () => {
    await world.deploy(withRules(FAILED));
    passes();
    const id = await through();
    expect(await verdictOf(id)).toBe('approve');
    expect([await casesOf(id), await runsOf(id)]).toEqual([[], []]);
    expect((await told(id)).map(({ type }) => type)).toEqual(['journey.decided']);
  });

  test.each(['automation_run', 'case_tag', 'case_event'] as const)('where %s cannot be written, the decision is not either; whoever comes next brings it about, once', async (table) => {
    await world.deploy(withRules(FAILED));
    denied();
    const id = await world.upTo('sms_wait');
    await world.db.schema.alterTable(table).renameTo(`${table}_away`).execute();
    await expect(world.engine.submit(id, answerOf('sms_wait'))).rejects.toThrow();
    await world.db.schema.alterTable(`${table}_away`).renameTo(table).execute();
    expect(await verdictOf(id)).toBeUndefined();
    expect([await casesOf(id), await runsOf(id), await told(id)]).toEqual([[], [], []]);
    await Promise.all([world.engine.byId(id), world.process().byId(id), world.engine.submit(id, answerOf('sms_wait'))]);
    expect(await verdictOf(id)).toBe('deny');
    expect((await casesOf(id)).map(({ kind, version }) => [kind, version])).toEqual([['follow_up', 1]]);
    expect(await runsOf(id)).toHaveLength(1);
    expect((await told(id)).map(({ type }) => type)).toEqual(['case.opened', 'journey.automation', 'journey.decided']);
  });

  test('a repeated submit, and the same by another process, do nothing twice', async () => {
    await world.deploy(withRules(FAILED));
    denied();
    const id = await world.upTo('sms_wait');
    await Promise.all([world.engine, world.process(), world.process()].map((engine) => engine.submit(id, answerOf('sms_wait'))));
    await world.engine.submit(id, answerOf('sms_wait'));
    expect([await casesOf(id), await runsOf(id)].map(({ length }) => length)).toEqual([1, 1]);
    expect((await told(id)).filter(({ type }) => type === 'journey.automation')).toHaveLength(1);
  });

  test('an approval is put to review exactly as a route would: a case, nobody bound, and a person decides', async () => {
    await world.deploy(withRules([{ name: 'strict', on: 'completed', when: { outcomes: ['sms_link:confirmed'] }, do: [{ action: 'review' }, { action: 'open_case', tags: ['by_hand'] }] }]));
    passes();
    const id = await through();
    const loaded = await world.journeys.byId(id);
    expect(loaded?.journey.decision).toMatchObject({ verdict: 'review', reasons: [{ code: 'sent_to_review', detail: { rule: 'strict' } }, { code: 'link_confirmed' }] });
    expect(loaded?.accountId).toBeUndefined();
    // One case: the one that decides, with the rule's tags beside those of the reasons.
    const [review, ...more] = await casesOf(id);
    expect(more).toEqual([]);
    expect(review).toMatchObject({ kind: 'review', status: 'open', version: 2 });
    expect(await tagsOf(review?.id ?? '')).toEqual(['by_hand', 'link_confirmed', 'sent_to_review']);
    expect(await runsOf(id)).toMatchObject([{ rule: 'strict', verdict: 'review', case_id: review?.id, notify: false }]);
    const done = await world.engine.review({ journeyId: id, caseId: review?.id ?? '', caseVersion: 2, verdict: 'approve', code: 'false_alarm', words: undefined, by: ANN });
    expect(done.kind).toBe('done');
    expect(await verdictOf(id)).toBe('approve');
    expect((await world.journeys.byId(id))?.accountId).toBeDefined();
    // A person has just looked: their word runs no rule.
    expect(await runsOf(id)).toHaveLength(1);
  });

  test('a denial is never turned into a review, nor into anything better', async () => {
    await world.deploy(withRules([{ name: 'strict', on: 'decided', do: [{ action: 'review' }] }]));
    denied();
    const id = await through();
    expect(await verdictOf(id)).toBe('deny');
    expect([await casesOf(id), await runsOf(id)]).toEqual([[], []]);
  });

  test('a journey that runs out of time, or is given up, has failed too', async () => {
    await world.deploy(withRules([{ name: 'late', on: 'failed', when: { reasons: ['journey_expired', 'cancelled_by_person'] }, do: [{ action: 'notify' }] }]));
    passes();
    const id = await world.upTo('sms_wait');
    world.clock.set(START + 3 * 3_600_000);
    expect((await world.engine.byId(id))?.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'deny' } });
    expect(await runsOf(id)).toMatchObject([{ rule: 'late', verdict: 'deny', notify: true, case_id: null }]);
  });

  test('a journey decided again after a step was asked again runs no rule twice, and gets its follow-up beside the case that was', async () => {
    await world.deploy(withRules([{ name: 'every', on: 'decided', do: [{ action: 'notify' }, { action: 'call_out' }] }, ...FAILED], 'review'));
    denied();
    const id = await through();
    const [review] = await casesOf(id);
    expect(await runsOf(id)).toMatchObject([{ rule: 'every', verdict: 'review' }]);
    expect(await world.engine.askAgain({ journeyId: id, caseId: review?.id ?? '', caseVersion: 1, node: 'sms_link', code: 'more_proof_needed', words: undefined, by: ANN, linkHash: undefined })).toMatchObject({ kind: 'done' });
    world.script.last = () => ({ end: { outcome: 'refused', reasons: [{ code: 'reportedByUser' }] } });
    await world.engine.submit(id, answerOf('sms_wait'));
    expect(await verdictOf(id)).toBe('deny');
    expect((await runsOf(id)).map(({ rule, verdict }) => [rule, verdict])).toEqual([['denied', 'deny'], ['every', 'review']]);
    expect((await casesOf(id)).map(({ kind, status, resolution }) => [kind, status, resolution])).toEqual([['follow_up', 'open', null], ['review', 'resolved', 'route_deny']]);
    expect((await told(id)).filter(({ type }) => type === 'journey.automation').map(({ data }) => (data as { rule: string }).rule).toSorted()).toEqual(['denied', 'every']);
    // Nor does the timeline say that one did.
    expect((await world.events(id)).filter((event) => event.startsWith('label:automation_rule:'))).toEqual(['label:automation_rule:success:every', 'label:automation_rule:success:denied']);
  });

  test('an approval after a step was asked again is still a reviewer’s, with rules or without', async () => {
    await world.deploy(withRules([{ name: 'strict', on: 'completed', do: [{ action: 'review' }] }], 'review'));
    denied();
    const id = await through();
    const [review] = await casesOf(id);
    await world.engine.askAgain({ journeyId: id, caseId: review?.id ?? '', caseVersion: 1, node: 'sms_link', code: 'more_proof_needed', words: undefined, by: ANN, linkHash: undefined });
    passes();
    await world.engine.submit(id, answerOf('sms_wait'));
    expect((await world.journeys.byId(id))?.journey.decision).toMatchObject({ verdict: 'review', reasons: [{ code: ASKED_AGAIN }, { code: 'link_confirmed' }] });
  });

  test.each(['deny', 'review'] as const)('however many tags rules give, a case has its most, and says which it got: %s', async (verdict) => {
    const many: Rules = Array.from({ length: 6 }, (_one, rule) => ({ name: `rule_${rule}`, on: 'decided', do: [{ action: 'open_case', tags: Array.from({ length: 5 }, (_two, tag) => `tag_${rule}_${tag}`) }] }));
    await world.deploy(withRules(many, verdict));
    denied();
    const id = await through();
    const [opened] = await casesOf(id);
    const tags = await tagsOf(opened?.id ?? '');
    expect(tags).toHaveLength(MOST_TAGS);
    const history = await world.db.selectFrom('case_event').select('details').where('case_id', '=', opened?.id ?? '').orderBy('seq').execute();
    expect(history.flatMap(({ details }) => Object.entries(details as Record<string, readonly string[]>)).filter(([key]) => key === 'tags' || key === 'added').flatMap(([, given]) => given).toSorted()).toEqual(tags.toSorted());
    expect((await runsOf(id)).map(({ case_id }) => case_id)).toEqual(many.map(() => opened?.id));
  });

  test('calls reach the one endpoint that a rule names, whatever it subscribes to, or all that subscribe; nobody of another mode', async () => {
    await world.deploy(withRules([
      { name: 'all', on: 'failed', do: [{ action: 'call_out' }] }, { name: 'gone', on: 'failed', do: [{ action: 'call_out', endpoint: 'ep_nobody_has_this1' }] },
      { name: 'named', on: 'failed', do: [{ action: 'call_out', endpoint: NAMED }] }, { name: 'other_mode', on: 'failed', do: [{ action: 'call_out', endpoint: ELSEWHERE }] },
    ]));
    denied();
    const id = await through();
    const jobs = { send: async () => undefined } as unknown as Parameters<typeof relayEvents>[1];
    for (let left = 1; left > 0;) left = await relayEvents(world.db, jobs, 100, START);
    const rows = await world.db.selectFrom('webhook_delivery').innerJoin('webhook_event', 'webhook_event.id', 'event_id').select(['webhook_delivery.endpoint_id', 'data']).where('journey_id', '=', id).where('webhook_event.type', '=', 'journey.automation').execute();
    expect(rows.map(({ endpoint_id, data }) => [(data as { rule: string }).rule, endpoint_id]).toSorted()).toEqual([['all', SUBSCRIBED], ['named', NAMED]]);
    // Nobody would ever be told of the others: they were not even written.
    expect((await told(id)).filter(({ type }) => type === 'journey.automation')).toHaveLength(2);
  });

  test('a case for looking afterwards keeps nobody’s data: it goes with its journey', async () => {
    await world.deploy(withRules(FAILED));
    denied();
    const id = await through();
    const { delete_at: deleteAt } = await world.db.selectFrom('journey').select('delete_at').where('id', '=', id).executeTakeFirstOrThrow();
    await purgeJourneys(world.db, deleteAt, 500);
    expect(await casesOf(id)).toHaveLength(1);
    await purgeJourneys(world.db, deleteAt + 1, 500);
    expect([await world.journeys.byId(id), await casesOf(id), await runsOf(id)]).toEqual([undefined, [], []]);
  });
});
