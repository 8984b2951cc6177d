import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import { workflowDefinition } from '../../src/journey/workflow.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { readPolicyDocument } from '../../src/steps/session_risk/policy_document.ts';
import { riskPolicyStore, type RiskPolicyStore } from '../../src/store/risk_policies.ts';
import { workflowStore } from '../../src/store/workflows.ts';
import { SettableClock } from '../support/clock.ts';
import { describeDatabases, type FreshDatabase } from '../support/postgres.ts';

describeDatabases('versions of risk policies', ({ fresh }) => {
  let database: FreshDatabase;
  let opened: OpenedDatabase;
  let policies: RiskPolicyStore;
  const clock = new SettableClock();
  const statements: string[] = [];
  const leftOut: string[] = [];
  let named = 0;
  beforeAll(async () => {
    database = await fresh();
    opened = await database.open({ onQuery: (text) => statements.push(text) });
    policies = riskPolicyStore(opened.db, clock.now, ({ workflowId, version }) => leftOut.push(`${workflowId} ${version}`));
  });
  afterAll(async () => {
    await opened.close();
    await database.drop();
  });
  const workflow = async (): Promise<string> => {
    named += 1;
    const id = `w${named}`;
    await workflowStore(opened.db).deploy(id, workflowDefinition.parse(TEMPLATES['user_onboarding']), clock.now());
    return id;
  };
  const spoil = (id: string, version: number) =>
    opened.db.updateTable('risk_policy').set({ definition: '{"denyAt":"high"}' }).where('workflow_id', '=', id).where('version', '=', version).execute();
  const standing = async (id: string): Promise<readonly string[]> => (await policies.list(id)).map(({ version, status }) => `${version} ${status}`);

  test('draft, shadow, active, retired, and back', async () => {
    const id = await workflow();
    expect(await policies.of(id)).toEqual({ active: undefined, shadow: undefined });
    const first = await policies.draft(id, { denyAt: 90 }, 'milder', clock.now());
    expect(first).toMatchObject({ workflowId: id, version: 1, status: 'draft', document: { denyAt: 90 }, note: 'milder' });
    await policies.become(id, 1, 'shadow', clock.now());
    await policies.become(id, 1, 'active', clock.now());
    await policies.draft(id, { denyAt: 70 }, undefined, clock.now());
    await policies.draft(id, { denyAt: 60 }, undefined, clock.now());
    await policies.become(id, 2, 'shadow', clock.now());
    // One in the shadow at a time: the one before is a draft again.
    await policies.become(id, 3, 'shadow', clock.now());
    expect(await standing(id)).toEqual(['3 shadow', '2 draft', '1 active']);
    expect(await policies.of(id)).toMatchObject({ active: { version: 1 }, shadow: { version: 3, document: { denyAt: 60 } } });
    await policies.become(id, 3, 'active', clock.now());
    expect(await standing(id)).toEqual(['3 active', '2 draft', '1 retired']);
    await policies.become(id, 1, 'active', clock.now());
    expect(await standing(id)).toEqual(['3 retired', '2 draft', '1 active']);
    await policies.become(id, 1, 'retired', clock.now());
    expect(await policies.of(id)).toEqual({ active: undefined, shadow: undefined });
  });

  test.each([['active'], ['retired'], ['draft']] as const)('a draft cannot become %s', async (status) => {
    const id = await workflow();
    await policies.draft(id, {}, undefined, clock.now());
    await expect(policies.become(id, 1, status, clock.now())).rejects.toMatchObject({ code: 'risk_policy_transition' });
    expect(await standing(id)).toEqual(['1 draft']);
  });

  test('what is not there is named', async () => {
    const id = await workflow();
    await expect(policies.become(id, 1, 'shadow', clock.now())).rejects.toMatchObject({ code: 'risk_policy_unknown' });
    await expect(policies.draft('nobody', {}, undefined, clock.now())).rejects.toMatchObject({ code: 'workflow_unknown' });
    expect(await policies.version(id, 1)).toBeUndefined();
  });

  test('drafts at the same time get a number each, and of two that become active one gives way', async () => {
    const id = await workflow();
    const made = await Promise.all(Array.from({ length: 6 }, (_, at) => policies.draft(id, { denyAt: 50 + at }, undefined, clock.now())));
    expect(made.map(({ version }) => version).toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    await policies.become(id, 1, 'shadow', clock.now());
    await policies.become(id, 1, 'active', clock.now());
    await policies.become(id, 2, 'shadow', clock.now());
    await policies.become(id, 2, 'active', clock.now());
    await Promise.all([policies.become(id, 1, 'active', clock.now()), policies.become(id, 3, 'shadow', clock.now())]);
    expect((await standing(id)).filter((one) => /active|shadow/.test(one)).toSorted()).toEqual(['1 active', '3 shadow']);
  });

  test('a process goes by what it read for a few seconds, and sees its own changes at once', async () => {
    const id = await workflow();
    const other = riskPolicyStore(opened.db, clock.now);
    await policies.draft(id, { denyAt: 90 }, undefined, clock.now());
    await policies.become(id, 1, 'shadow', clock.now());
    await policies.of(id);
    statements.length = 0;
    expect(await policies.of(id)).toMatchObject({ shadow: { version: 1 } });
    expect(statements).toEqual([]);
    await other.become(id, 1, 'active', clock.now());
    expect(await policies.of(id)).toMatchObject({ shadow: { version: 1 } });
    expect(await other.of(id)).toMatchObject({ active: { version: 1 } });
    clock.advance({ seconds: 6 });
    expect(await policies.of(id)).toMatchObject({ active: { version: 1 }, shadow: undefined });
  });

  test('a version that does not have its shape stops decisions rather than being left out', async () => {
    const id = await workflow();
    await policies.draft(id, {}, undefined, clock.now());
    await policies.become(id, 1, 'shadow', clock.now());
    await policies.become(id, 1, 'active', clock.now());
    await spoil(id, 1);
    await expect(policies.of(id)).rejects.toMatchObject({ code: 'risk_policy_unreadable' });
    // It is listed, and can be put away; from then on the workflow's own counts.
    expect(await policies.list(id)).toMatchObject([{ version: 1, status: 'active', document: undefined }]);
    expect(await policies.become(id, 1, 'retired', clock.now())).toMatchObject({ status: 'retired', document: undefined });
    expect(await policies.of(id)).toEqual({ active: undefined, shadow: undefined });
  });

  test('one in the shadow that cannot be read is left out and told, and never stands anew', async () => {
    const id = await workflow();
    await policies.draft(id, { denyAt: 90 }, undefined, clock.now());
    await policies.become(id, 1, 'shadow', clock.now());
    await policies.become(id, 1, 'active', clock.now());
    await policies.draft(id, {}, undefined, clock.now());
    await policies.become(id, 2, 'shadow', clock.now());
    await spoil(id, 2);
    expect(await policies.of(id)).toMatchObject({ active: { version: 1, document: { denyAt: 90 } }, shadow: undefined });
    expect(leftOut).toContain(`${id} 2`);
    await expect(policies.become(id, 2, 'active', clock.now())).rejects.toMatchObject({ code: 'risk_policy_unreadable' });
    expect(await standing(id)).toEqual(['2 shadow', '1 active']);
    expect(await policies.become(id, 2, 'draft', clock.now())).toMatchObject({ status: 'draft' });
  });

  test('a draft must fit with what its workflow says', async () => {
    const id = await workflow();
    await expect(policies.draft(id, { challengeAt: 90 }, undefined, clock.now())).rejects.toMatchObject({ code: 'risk_policy_invalid', message: expect.stringContaining('denyAt, which is 80') });
    await expect(policies.draft(id, { challengeAt: 90, denyAt: 95 }, undefined, clock.now())).resolves.toMatchObject({ version: 1 });
    await expect(policies.draft(id, { denyAt: 30 }, undefined, clock.now())).rejects.toMatchObject({ code: 'risk_policy_invalid' });
  });
});

describe('a document', () => {
  test.each([
    [{ denyAt: 0, points: { x: 1.5 } }, ['denyAt', 'points.x']],
    [{ deniedNets: ['10.0.0.0/8', 'nonsense', '10.0.0.0/99'] }, ['deniedNets.1', 'deniedNets.2']],
    [{ allowedNets: ['everybody'] }, ['allowedNets.0']],
    [{ points: { tor_exits: 0, tor_exit: 5, tor_list_stale: 1 } }, ['points.tor_exits']],
    [{ challengeAt: 70, denyAt: 60 }, ['challengeAt']],
    [{ thresholds: {} }, ['document']],
    ['text', ['document']],
    [null, ['document']],
  ])('%j is refused, every fault by its place', (document, places) => {
    try {
      readPolicyDocument(document);
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'risk_policy_invalid' });
      for (const place of places) expect((thrown as Error).message).toContain(`${place}:`);
    }
  });
});
