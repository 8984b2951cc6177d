import { expect, test } from 'vitest';
import type { Actor } from '../../../src/admin/actor.ts';
import { workflowDesk } from '../../../src/admin/workflows/desk.ts';
import type { WorkflowDraftStore } from '../../../src/admin/workflows/store.ts';
import { LOCALES } from '../../../src/http/locales/index.ts';
import { TEMPLATES } from '../../../src/journey/templates/index.ts';
import { workflowDefinition, type WorkflowDefinition } from '../../../src/journey/workflow.ts';
import { auditLog, type Auditing } from '../../../src/store/console/audit.ts';
import { workflowDraftStore } from '../../../src/store/console/workflows.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { workflowStore } from '../../../src/store/workflows.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { NOW, newJourney, storesOn, type Stores } from '../support.ts';

const ANNA: Actor = { kind: 'staff', id: 's_anna', name: 'Anna' };
const BOB: Actor = { kind: 'staff', id: 's_bob', name: 'Bob' };

function definition(options: Record<string, unknown> = {}, name = 'Shop'): WorkflowDefinition {
  return workflowDefinition.parse({ ...TEMPLATES['user_onboarding'], name, options: { consentTexts: { en: 'yes', es: 'sí' }, asyncUIRedirect: 'https://app.example/done', ...options } });
}

describeDatabases('drafts and versions of workflows', ({ fresh }) => {
  let opened: OpenedDatabase;
  let auditing: Auditing;
  let drafts: WorkflowDraftStore;
  let stores: Stores;
  const facts = async (id: string) => (await auditLog(auditing).page({ targetKind: 'workflow', targetId: id }, undefined, 50)).toReversed();
  ownDatabase(fresh, async (own) => {
    opened = own;
    stores = await storesOn(own);
    auditing = { db: own.db, vault: stores.vault, now: () => NOW };
    drafts = workflowDraftStore(auditing);
  });
  /** A workflow with a first version, and its draft gone. */
  async function deployed(id: string): Promise<void> {
    expect(await drafts.create(ANNA, id, definition())).toBe(true);
    expect(await drafts.deployDraft(ANNA, id, 1, 'first')).toEqual({ kind: 'deployed', version: 1 });
  }

  test('a workflow begins as a draft that nobody can use, and its id is taken then', async () => {
    expect(await drafts.create(ANNA, 'begun', definition())).toBe(true);
    expect(await drafts.create(BOB, 'begun', definition({}, 'Other'))).toBe(false);
    expect(await workflowStore(opened.db).deployed('begun')).toBeUndefined();
    expect(await drafts.draft('begun')).toMatchObject({ revision: 1, base: undefined, changedBy: 'Anna', definition: { name: 'Shop' } });
    expect(await drafts.find('begun')).toMatchObject({ deployedVersion: undefined, draft: { changedBy: 'Anna' }, keys: { test: 0, live: 0 } });
    expect((await facts('begun')).map(({ action }) => action)).toEqual(['workflow.created']);
  });

  test('eight people begin one workflow: one of them does', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, (_, index) => drafts.create(ANNA, 'raced', definition({}, `Shop ${index}`))));
    expect(made.filter(Boolean)).toHaveLength(1);
  });

  test('deploying writes the version, who did it and the entry, and the draft is gone', async () => {
    await deployed('shop');
    const found = await workflowStore(opened.db).deployed('shop');
    expect(found).toMatchObject({ version: 1, definition: { name: 'Shop' } });
    expect(await drafts.draft('shop')).toBeUndefined();
    expect(await drafts.versions('shop', undefined, 10)).toEqual([{ version: 1, createdAt: NOW, createdBy: 'Anna', note: 'first', deployed: true }]);
    expect(await facts('shop')).toMatchObject([{ action: 'workflow.created' }, { action: 'workflow.deployed', actor: ANNA, reason: 'first', details: { before: null, version: 1 } }]);
  });

  test('an update made on an older revision is not written', async () => {
    await deployed('lost');
    const begun = await drafts.saveDraft(ANNA, 'lost', { definition: definition({ piiAttempts: 2 }), base: 1, revision: 0, what: 'options' });
    expect(begun).toMatchObject({ kind: 'saved', draft: { revision: 1, base: 1 } });
    const both = await Promise.all([ANNA, BOB].map((actor, index) => drafts.saveDraft(actor, 'lost', { definition: definition({ piiAttempts: 3 + index }), base: 1, revision: 1, what: 'options' })));
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(['changed', 'saved']);
    const kept = await drafts.draft('lost');
    expect(kept).toMatchObject({ revision: 2 });
    // The one who was late is told what there is now.
    expect(both.find(({ kind }) => kind === 'changed')?.draft).toEqual(kept);
  });

  test('two people begin a draft at once: one is told of the other', async () => {
    await deployed('both');
    const both = await Promise.all([ANNA, BOB].map((actor) => drafts.saveDraft(actor, 'both', { definition: definition({ piiAttempts: 2 }, actor.name), base: 1, revision: 0, what: 'name' })));
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(['changed', 'saved']);
  });

  test('a draft cannot be begun from, or set upon, a version that is not deployed', async () => {
    await deployed('stale');
    expect(await drafts.saveDraft(ANNA, 'stale', { definition: definition(), base: 7, revision: 0, what: 'name' })).toMatchObject({ kind: 'changed', draft: undefined });
    expect(await drafts.saveDraft(ANNA, 'stale', { definition: definition(), base: undefined, revision: 0, what: 'name' })).toMatchObject({ kind: 'changed' });
    await drafts.saveDraft(ANNA, 'stale', { definition: definition({ piiAttempts: 2 }), base: 1, revision: 0, what: 'name' });
    expect(await drafts.saveDraft(ANNA, 'stale', { definition: definition(), base: 7, revision: 1, rebase: true, what: 'base' })).toMatchObject({ kind: 'changed' });
    // A form that claims another base changes nothing about it.
    expect(await drafts.saveDraft(ANNA, 'stale', { definition: definition(), base: 7, revision: 1, what: 'name' })).toMatchObject({ kind: 'saved', draft: { base: 1 } });
  });

  test('whoever deploys second is told that the deployed version moved, and keeps the draft', async () => {
    await deployed('moved');
    await drafts.saveDraft(ANNA, 'moved', { definition: definition({ piiAttempts: 2 }), base: 1, revision: 0, what: 'options' });
    await workflowStore(opened.db).deploy('moved', definition({ piiAttempts: 5 }), NOW, { by: { id: 's_bob', name: 'Bob' } });
    expect(await drafts.deployDraft(ANNA, 'moved', 1, undefined)).toEqual({ kind: 'moved', deployed: 2 });
    expect(await drafts.draft('moved')).toMatchObject({ revision: 1, base: 1, definition: { options: { piiAttempts: 2 } } });
    expect((await workflowStore(opened.db).deployed('moved'))?.version).toBe(2);
    const desk = workflowDesk(drafts, LOCALES);
    expect((await desk.review('moved')).moved).toMatchObject({ deployed: 2, changes: [{ path: 'options.piiAttempts', before: '1', after: '5' }] });
    expect(await desk.rebase(ANNA, 'moved', 1, 2)).toMatchObject({ kind: 'saved', draft: { base: 2, revision: 2 } });
    expect(await desk.deploy(ANNA, 'moved', 2, undefined)).toEqual({ kind: 'deployed', version: 3 });
  });

  test('one draft is deployed once, however many deploy it at the same moment', async () => {
    await deployed('twice');
    await drafts.saveDraft(ANNA, 'twice', { definition: definition({ piiAttempts: 2 }), base: 1, revision: 0, what: 'options' });
    const all = await Promise.all(Array.from({ length: 6 }, () => drafts.deployDraft(BOB, 'twice', 1, undefined)));
    expect(all.filter(({ kind }) => kind === 'deployed')).toEqual([{ kind: 'deployed', version: 2 }]);
    expect((await facts('twice')).filter(({ action }) => action === 'workflow.deployed')).toHaveLength(2);
  });

  test('rolling back deploys an older version again; journeys under way keep theirs', async () => {
    await deployed('back');
    await drafts.saveDraft(ANNA, 'back', { definition: definition({ piiAttempts: 2 }), base: 1, revision: 0, what: 'options' });
    await drafts.deployDraft(ANNA, 'back', 1, undefined);
    const { journey } = await stores.journeys.open(newJourney({ workflowId: 'back', workflowVersion: 2 }));
    expect(await drafts.rollBack(BOB, 'back', 1, 2)).toEqual({ kind: 'deployed', version: 1 });
    const workflows = workflowStore(opened.db);
    expect((await workflows.deployed('back'))?.version).toBe(1);
    const kept = (await stores.journeys.byId(journey.id))?.journey;
    expect(kept?.workflowVersion).toBe(2);
    expect((await workflows.version('back', 2))?.definition.options.piiAttempts).toBe(2);
    expect((await drafts.versions('back', undefined, 10)).map(({ version, deployed: now }) => [version, now])).toEqual([[2, false], [1, true]]);
    expect((await facts('back')).at(-1)).toMatchObject({ action: 'workflow.rolled_back', actor: BOB, details: { before: 2, version: 1, changed: { 'options.piiAttempts': { before: '2', after: '1' } } } });
    // Somebody who looked at the page before that is told, and a version that is not there is not deployed.
    expect(await drafts.rollBack(ANNA, 'back', 1, 2)).toEqual({ kind: 'moved', deployed: 1 });
    expect(await drafts.rollBack(ANNA, 'back', 9, 1)).toEqual({ kind: 'changed' });
  });

  test('what publishing refuses is not deployed, by whatever door', async () => {
    await drafts.create(ANNA, 'broken', definition({ asyncUIRedirect: 'http://app.example' }));
    const desk = workflowDesk(drafts, LOCALES);
    expect(await desk.deploy(ANNA, 'broken', 1, undefined)).toMatchObject({ kind: 'faults', faults: [{ place: 'answer', field: 'asyncUIRedirect' }] });
    expect(await workflowStore(opened.db).deployed('broken')).toBeUndefined();
    await workflowStore(opened.db).deploy('broken', definition({ kba: { right: 3 } }), NOW);
    await workflowStore(opened.db).deploy('broken', definition(), NOW);
    expect(await desk.rollBack(ANNA, 'broken', 1, 2)).toMatchObject({ kind: 'faults', faults: [{ field: 'kba.right' }] });
  });

  test('a draft that is thrown away takes a workflow along that was never deployed, and no other', async () => {
    await drafts.create(ANNA, 'gone', definition());
    expect(await drafts.discardDraft(ANNA, 'gone', 7)).toBe(false);
    expect(await drafts.discardDraft(ANNA, 'gone', 1)).toBe(true);
    expect(await drafts.find('gone')).toBeUndefined();
    await deployed('stays');
    await drafts.saveDraft(ANNA, 'stays', { definition: definition({ piiAttempts: 2 }), base: 1, revision: 0, what: 'options' });
    expect(await drafts.discardDraft(ANNA, 'stays', 1)).toBe(true);
    expect(await drafts.find('stays')).toMatchObject({ deployedVersion: 1, draft: undefined });
  });

  test('the gateway’s own start replaces what it deployed itself, and nothing that somebody else did', async () => {
    const workflows = workflowStore(opened.db);
    const own = { by: { id: 'quickstart', name: 'Quickstart' }, onlyOver: ['quickstart'] };
    expect((await workflows.deploy('quick', definition(), NOW, own)).version).toBe(1);
    expect((await workflows.deploy('quick', definition({ piiAttempts: 2 }), NOW, own)).version).toBe(2);
    await drafts.saveDraft(ANNA, 'quick', { definition: definition({ piiAttempts: 4 }), base: 2, revision: 0, what: 'options' });
    await drafts.deployDraft(ANNA, 'quick', 1, undefined);
    expect(await workflows.deploy('quick', definition({ piiAttempts: 2 }), NOW, own)).toMatchObject({ version: 3, definition: { options: { piiAttempts: 4 } } });
    expect((await workflows.deployed('quick'))?.version).toBe(3);
    // A roll back is somebody's decision too.
    await drafts.rollBack(ANNA, 'quick', 1, 3);
    expect((await workflows.deploy('quick', definition({ piiAttempts: 2 }), NOW, own)).version).toBe(1);
    // What was deployed before it was kept who did it was the start's.
    await opened.db.updateTable('workflow').set({ deployed_by: null, deployed_name: null }).where('id', '=', 'quick').execute();
    expect((await workflows.deploy('quick', definition({ piiAttempts: 5 }), NOW, own)).version).toBe(4);
  });

  test('is listed by id, in pages', async () => {
    const ids = (await drafts.list(undefined, 100)).map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted());
    expect((await drafts.list(ids[1], 2)).map(({ id }) => id)).toEqual(ids.slice(2, 4));
    expect((await drafts.versions('quick', 3, 1)).map(({ version }) => version)).toEqual([2]);
  });
});
