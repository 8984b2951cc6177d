import { beforeEach, expect, test } from 'vitest';
import type { NoticeDesk } from '../../../src/admin/notices/store.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { attention } from '../../../src/store/console/attention.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { noticeDesk } from '../../../src/store/console/notices.ts';
import { makeWorld, START, type World } from '../../engine/world.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';

const ANN = { kind: 'staff', id: 'ann', name: 'Ann' } as const;

describeDatabases('notices of rules', ({ fresh }) => {
  let world: World;
  let desk: NoticeDesk;
  ownDatabase(fresh, async (opened) => {
    world = await makeWorld(opened);
    await world.deploy(userOnboarding);
    desk = noticeDesk({ db: world.db, vault: world.vault, now: world.clock.now });
  });
  beforeEach(async () => {
    world.clock.set(START);
    await world.db.deleteFrom('automation_run').execute();
  });
  const audit = (action: string) => auditLog({ db: world.db, vault: world.vault, now: world.clock.now }).page({ action }, undefined, 50);
  /** A run of a rule for a journey of its own. */
  const ran = async (id: string, facts: { rule?: string; workflow_id?: string; at?: number; notify?: boolean } = {}): Promise<string> => {
    const { journey } = await world.open();
    await world.db.insertInto('automation_run').values({ journey_id: journey.id, rule: 'one', id, workflow_id: 'tested', mode: 'test', verdict: 'deny', at: START, case_id: null, notify: true, dismissed_at: null, ...facts }).execute();
    return journey.id;
  };
  const idsOf = async (filter = {}) => (await desk.page(filter, undefined, 50)).notices.map(({ id }) => id);

  test('are paged newest first, those of one moment in one order, each once', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) await ran(id, { at: START + (id === 'e' ? 5 : 1) });
    await ran('quiet', { notify: false });
    const seen: string[] = [];
    let before: string | undefined;
    do {
      const page = await desk.page({}, before, 2);
      seen.push(...page.notices.map(({ id }) => id));
      before = page.next;
    } while (before !== undefined);
    expect(seen).toEqual(['e', 'd', 'c', 'b', 'a']);
    await expect(desk.page({}, 'garbage', 2)).rejects.toMatchObject({ code: 'bad_cursor' });
  });

  test('are narrowed to a workflow and to a rule', async () => {
    await ran('mine', { rule: 'one' });
    await ran('other', { rule: 'two' });
    await ran('elsewhere', { rule: 'one', workflow_id: 'shop' });
    expect([await idsOf({ workflowId: 'tested' }), await idsOf({ workflowId: 'tested', rule: 'one' }), await idsOf({ rule: 'three' })]).toEqual([['other', 'mine'], ['mine'], []]);
  });

  test('are dismissed once, by one person, with an entry that names the rule and nobody', async () => {
    const journeyId = await ran('once');
    expect(await Promise.all([desk.dismiss(ANN, 'once'), desk.dismiss(ANN, 'once')])).toEqual(expect.arrayContaining([true, false]));
    expect([await desk.dismiss(ANN, 'once'), await desk.dismiss(ANN, 'unknown'), await idsOf()]).toEqual([false, false, []]);
    expect(await audit('notice.dismissed')).toMatchObject([{ actor: { id: 'ann' }, target: { kind: 'notice', id: 'once' }, details: { rule: 'one', workflow: 'tested', journey: journeyId }, outcome: 'done' }]);
    // What asked for no notice has none to dismiss.
    await ran('quiet', { notify: false });
    expect(await desk.dismiss(ANN, 'quiet')).toBe(false);
  });

  test('of one rule go together, but for what came after the page was looked at', async () => {
    await ran('first');
    await ran('second', { at: START + 1 });
    await ran('later', { at: START + 2 });
    await ran('other', { rule: 'two' });
    await ran('elsewhere', { workflow_id: 'shop' });
    expect(await desk.dismissAll(ANN, { workflowId: 'tested', rule: 'one', until: START + 1 })).toBe(2);
    expect((await idsOf()).toSorted()).toEqual(['elsewhere', 'later', 'other']);
    expect(await desk.dismissAll(ANN, { workflowId: 'tested', rule: 'one', until: START + 1 })).toBe(0);
    expect(await audit('notice.all_dismissed')).toMatchObject([{ target: { kind: 'workflow', id: 'tested' }, details: { rule: 'one', until: START + 1, count: 2 } }]);
  });

  test('stand on the overview by rule, the latest first', async () => {
    await ran('a');
    await ran('b', { at: START + 3, rule: 'two' });
    await ran('c', { at: START + 1 });
    await ran('quiet', { rule: 'silent', notify: false });
    expect((await attention(world.db, START)).notices).toEqual([{ workflowId: 'tested', rule: 'two', count: 1 }, { workflowId: 'tested', rule: 'one', count: 2 }]);
    await desk.dismissAll(ANN, { workflowId: 'tested', rule: 'one', until: START + 9 });
    expect((await attention(world.db, START)).notices).toEqual([{ workflowId: 'tested', rule: 'two', count: 1 }]);
  });
});
