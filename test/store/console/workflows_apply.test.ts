import { expect, test } from 'vitest';
import { commandActor } from '../../../src/admin/actor.ts';
import { applyCommand, type ApplyDeps } from '../../../src/commands/apply_lines.ts';
import { auditLog, type Auditing } from '../../../src/store/console/audit.ts';
import { keyDesk } from '../../../src/store/console/keys.ts';
import { workflowDraftStore } from '../../../src/store/console/workflows.ts';
import { applyWanted } from '../../../src/store/console/workflows_apply.ts';
import { workflowStore } from '../../../src/store/workflows.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { NOW, storesOn } from '../support.ts';

const WORKFLOW = (id: string, attempts = 2): string => `
  - id: ${id}
    name: Shop
    template: user_onboarding
    options:
      piiAttempts: ${attempts}
      asyncUIRedirect: https://app.example/done
      consentTexts: { en: yes please, es: sí }`;
const CLIENT = (id: string, workflow: string, uri = 'https://app.example/cb'): string => `
  - id: ${id}
    workflow: ${workflow}
    mode: test
    name: Shop
    redirectUris: [${uri}]`;

describeDatabases('gatehouse apply', ({ fresh }) => {
  let auditing: Auditing;
  let opened: OpenedDatabase;
  ownDatabase(fresh, async (own) => {
    opened = own;
    auditing = { db: own.db, vault: (await storesOn(own)).vault, now: () => NOW };
  });
  function run(text: string, args: readonly string[] = ['--yes'], more: Partial<ApplyDeps> = {}): Promise<readonly string[]> {
    return applyCommand(['apply', 'file.yaml', ...args], {
      workflows: workflowDraftStore(auditing), keys: keyDesk(auditing), apply: (actor, wanted) => applyWanted(auditing, actor, wanted), actor: commandActor('apply'), read: async () => text, ...more,
    });
  }
  const entries = async (): Promise<number> => (await auditLog(auditing).page({}, undefined, 500)).length;

  test('shows the difference and changes nothing before it is told to', async () => {
    const text = `workflows:${WORKFLOW('dry')}\nclients:${CLIENT('test_dry_client', 'dry')}`;
    for (const args of [[], ['--dry-run'], ['--dry-run', '--yes']]) {
      const lines = (await run(text, args)).join('\n');
      expect(lines).toContain('workflow dry: new');
      expect(lines).toContain('client test_dry_client: new');
      expect(lines).toContain('Nothing was changed');
      expect(lines).not.toContain('secret');
    }
    expect(await workflowStore(opened.db).deployed('dry')).toBeUndefined();
    expect(await entries()).toBe(0);
  });

  test('deploys, shows the secret of a new key once, and does nothing the second time', async () => {
    const text = `workflows:${WORKFLOW('shop')}\nclients:${CLIENT('test_shop_client', 'shop')}`;
    const lines = await run(text);
    expect(lines).toContain('deployed shop version 1');
    expect(lines.filter((line) => /^secret of test_shop_client, shown this once: [\w-]{43}$/.test(line))).toHaveLength(1);
    expect(await workflowStore(opened.db).deployed('shop')).toMatchObject({ version: 1, definition: { name: 'Shop', options: { piiAttempts: 2 } } });
    expect(await keyDesk(auditing).get('test_shop_client')).toMatchObject({ workflowId: 'shop', mode: 'test', settings: { redirectUris: ['https://app.example/cb'] } });
    const log = await auditLog(auditing).page({}, undefined, 10);
    expect(log.map(({ action, actor }) => `${action} by ${actor.id}`).toSorted()).toEqual(['key.created by apply', 'workflow.deployed by apply']);
    expect(JSON.stringify(log)).not.toContain(lines.find((line) => line.startsWith('secret'))?.split(': ')[1] ?? 'no secret');
    expect((await run(text)).at(-1)).toBe('Everything is as the file says: nothing to do.');
    expect(await entries()).toBe(2);
    expect((await run(`workflows:${WORKFLOW('shop', 4)}`)).join('\n')).toContain('options.piiAttempts: 2 -> 4');
    expect((await run(`clients:${CLIENT('test_shop_client', 'shop', 'https://app.example/other')}`)).join('\n')).toContain('https://app.example/other');
    expect((await keyDesk(auditing).get('test_shop_client'))?.settings.redirectUris).toEqual(['https://app.example/other']);
  });

  test('is all or nothing: a key that fails takes the workflows along', async () => {
    const text = `workflows:${WORKFLOW('whole')}\nclients:${CLIENT('test_whole_client', 'whole')}`;
    const before = await entries();
    const refused = run(text, ['--yes'], {
      apply: (actor, wanted) => applyWanted(auditing, actor, { ...wanted, keys: [...wanted.keys, { clientId: 'test_other_client', workflowId: 'nowhere', mode: 'test', settings: { name: 'x', redirectUris: ['https://a.example/'] }, revision: undefined }] }),
    });
    await expect(refused).rejects.toMatchObject({ code: 'workflow_unknown' });
    expect(await workflowStore(opened.db).deployed('whole')).toBeUndefined();
    expect(await keyDesk(auditing).get('test_whole_client')).toBeUndefined();
    expect(await entries()).toBe(before);
  });

  test('what somebody deployed between the difference and the change is not overwritten', async () => {
    await run(`workflows:${WORKFLOW('moved')}`);
    const refused = run(`workflows:${WORKFLOW('moved', 4)}`, ['--yes'], {
      async apply(actor, wanted) {
        const { definition } = wanted.workflows[0] ?? {};
        if (!definition) throw new Error('nothing wanted');
        await workflowStore(opened.db).deploy('moved', { ...definition, name: 'Theirs' }, NOW);
        return applyWanted(auditing, actor, wanted);
      },
    });
    await expect(refused).rejects.toMatchObject({ code: 'apply_moved' });
    expect((await workflowStore(opened.db).deployed('moved'))?.definition.name).toBe('Theirs');
  });

  test('tells every fault at once, each with its path', async () => {
    const text = `workflows:\n  - { id: a1, template: user_onboarding, options: { piiAttempts: 9, phoneRisk: { riskyLineTypes: [] } } }\n  - { id: b1, template: user_onboarding }\nclients:${CLIENT('test_bad_client', 'nowhere', 'http://app.example/cb')}`;
    const refused = (await run(text).catch((thrown: unknown) => thrown)) as { code: string; message: string };
    expect(refused.code).toBe('apply_refused');
    for (const part of ['workflows[0] (a1) options.piiAttempts: Give at most 5', 'workflows[1] (b1) options.asyncUIRedirect:', '[missing_consent_text]', 'clients[0] (test_bad_client) workflow:', 'clients[0] (test_bad_client) redirectUris:']) expect(refused.message).toContain(part);
  });

  test.each([
    ['a secret', `clients:${CLIENT('test_x_client_1', 'shop')}\n    secret: hunter2`], ['an unknown part', 'staff: []'], ['a template that is none', 'workflows: [{ id: ab, template: __proto__ }]'],
    ['an id of the console', 'workflows: [{ id: "../x", template: user_onboarding }]'], ['the same twice', `workflows:${WORKFLOW('twin')}${WORKFLOW('twin')}`],
    ['a bomb of aliases', `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]`], ['no YAML', 'workflows: [}'], ['nothing', ''],
    ['a live key under a test id', `clients: [{ id: test_wrong_mode, workflow: shop, mode: live, name: x, redirectUris: ["https://a.example/"] }]`],
    ['a key of another workflow', `workflows:${WORKFLOW('thief')}\nclients:${CLIENT('test_shop_client', 'thief')}`],
  ])('refuses %s', async (_name, text) => {
    const before = await entries();
    const refused = (await run(text).catch((thrown: unknown) => thrown)) as { code: string; message: string };
    expect(refused.code).toBe('apply_refused');
    expect(refused.message).not.toContain('hunter2');
    expect(await entries()).toBe(before);
  });

  test.each([[['apply']], [['deploy', 'x']], [['apply', 'x', 'y']], [['apply', 'x', '--force']]])('%j is answered with the usage', async (args) => {
    await expect(applyCommand(args, {} as ApplyDeps)).rejects.toMatchObject({ code: 'usage' });
  });
});
