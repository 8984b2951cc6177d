/** What `npm run gatehouse -- apply` does, as lines: the difference, and, where it was asked for, the change. */
import { parseArgs } from 'node:util';
import type { Actor } from '../admin/actor.ts';
import { DEFAULT_SETTINGS, settingsFaults } from '../admin/keys/settings.ts';
import type { KeyDesk } from '../admin/keys/store.ts';
import { differences, type Difference } from '../admin/workflows/differences.ts';
import type { WorkflowDraftStore } from '../admin/workflows/store.ts';
import { GatehouseError } from '../errors.ts';
import type { Applied, WantedKey, WantedWorkflow } from '../store/console/workflows_apply.ts';
import { readApplyFile, type FileClient } from './apply_file.ts';

const USAGE = 'usage: apply <file.yaml or file.json> [--dry-run] [--yes]';

export interface ApplyDeps {
  readonly workflows: Pick<WorkflowDraftStore, 'find' | 'version' | 'draft'>;
  readonly keys: Pick<KeyDesk, 'get'>;
  readonly apply: (actor: Actor, wanted: { readonly workflows: readonly WantedWorkflow[]; readonly keys: readonly WantedKey[] }) => Promise<Applied>;
  readonly actor: Actor;
  /** Text of a file that the operator names. */
  readonly read: (path: string) => Promise<string>;
}

/**
 * Apply a file. Without `--yes` nothing is changed: the difference is printed.
 * @throws GatehouseError `usage` 400, `apply_refused` 400 with every fault of the file
 */
export async function applyCommand(args: readonly string[], deps: ApplyDeps): Promise<readonly string[]> {
  const { path, dryRun, yes } = argumentsOf(args);
  const file = readApplyFile(await deps.read(path));
  const faults = [...file.faults];
  const workflows = await Promise.all(file.workflows.map(({ id, definition }) => workflowPlan(deps, id, definition)));
  const keys = await Promise.all(file.clients.map((client, index) => keyPlan(deps, client, `clients[${index}] (${client.id})`, new Set(file.workflows.map(({ id }) => id)))));
  for (const key of keys) faults.push(...key.faults);
  if (faults.length > 0) throw new GatehouseError('apply_refused', 400, [`${path} cannot be applied; nothing was changed:`, ...faults.map((fault) => `  ${fault}`)].join('\n'));

  const wanted = { workflows: workflows.flatMap((plan) => plan.wanted ?? []), keys: keys.flatMap((plan) => plan.wanted ?? []) };
  const lines = [...workflows, ...keys].flatMap((plan) => plan.lines);
  if (wanted.workflows.length + wanted.keys.length === 0) return [...lines, 'Everything is as the file says: nothing to do.'];
  if (dryRun) return [...lines, 'Nothing was changed (--dry-run).'];
  if (!yes) return [...lines, 'Nothing was changed. Run it again with --yes to deploy this.'];
  const { versions, secrets } = await deps.apply(deps.actor, wanted);
  return [
    ...lines, ...versions.map(({ id, version }) => `deployed ${id} version ${version}`),
    ...secrets.map(({ clientId, secret }) => `secret of ${clientId}, shown this once: ${secret}`), 'Done.',
  ];
}

function argumentsOf(args: readonly string[]): { readonly path: string; readonly dryRun: boolean; readonly yes: boolean } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { 'dry-run': { type: 'boolean' }, yes: { type: 'boolean' } } });
    const [command, path, ...more] = positionals;
    if (command === 'apply' && path !== undefined && more.length === 0) return { path, dryRun: values['dry-run'] === true, yes: values.yes === true };
  } catch {
    // An option that there is not: the usage says which there are.
  }
  throw new GatehouseError('usage', 400, USAGE);
}

interface Plan<T> {
  readonly lines: readonly string[];
  /** Undefined: it is as the file says. */
  readonly wanted: T | undefined;
}

function changeLines(changes: readonly Difference[]): readonly string[] {
  return changes.map(({ path, before, after }) => `    ${path}: ${before || '(nothing)'} -> ${after || '(nothing)'}`);
}

async function workflowPlan({ workflows }: ApplyDeps, id: string, definition: WantedWorkflow['definition']): Promise<Plan<WantedWorkflow>> {
  const found = await workflows.find(id);
  const base = found?.deployedVersion;
  const now = base === undefined ? undefined : await workflows.version(id, base);
  if (!now) return { lines: [`workflow ${id}: new, from the template ${definition.template}`], wanted: { id, definition, base } };
  const changes = differences(now, definition);
  if (changes.length === 0) return { lines: [`workflow ${id}: unchanged`], wanted: undefined };
  const draft = found?.draft ? [`    (${found.draft.changedBy} has a draft of it, which is kept)`] : [];
  return { lines: [`workflow ${id}: changes from version ${base}`, ...changeLines(changes), ...draft], wanted: { id, definition, base } };
}

async function keyPlan(deps: ApplyDeps, client: FileClient, at: string, ahead: ReadonlySet<string>): Promise<Plan<WantedKey> & { readonly faults: readonly string[] }> {
  const { id, workflow, mode, ...given } = client;
  const key = await deps.keys.get(id);
  const faults: string[] = [];
  if (!id.startsWith(`${mode}_`)) faults.push(`${at} id: the id of a ${mode} key begins with ${mode}_`);
  if (!ahead.has(workflow) && (await deps.workflows.find(workflow)) === undefined) faults.push(`${at} workflow: there is no workflow ${workflow}, here or in the file`);
  if (key && (key.workflowId !== workflow || key.mode !== mode)) faults.push(`${at}: the key belongs to the workflow ${key.workflowId}, mode ${key.mode}; neither can change`);
  if (key?.revokedAt !== undefined) faults.push(`${at}: the key is revoked; give another id`);
  const before = key?.settings ?? DEFAULT_SETTINGS;
  // The file says how a key is, and what it leaves out has its default: a net that was taken out of it is taken out of the key.
  // The sector alone stays, because every `sub` would change with it.
  const said = {
    ...DEFAULT_SETTINGS, sector: before.sector, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  } as unknown as WantedKey['settings'];
  faults.push(...Object.entries(settingsFaults({ ...before, ...said }, mode)).map(([field, text]) => `${at} ${field}: ${text}`));
  const changes = differences(before, { ...before, ...said });
  const wanted: WantedKey = { clientId: id, workflowId: workflow, mode, settings: said, revision: key?.revision };
  if (!key) return { lines: [`client ${id}: new, ${mode} key of ${workflow}`, ...changeLines(changes)], wanted, faults };
  if (changes.length === 0) return { lines: [`client ${id}: unchanged`], wanted: undefined, faults };
  return { lines: [`client ${id}: changes`, ...changeLines(changes)], wanted, faults };
}
