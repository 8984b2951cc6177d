/** The file of `gatehouse apply`: workflows and clients as reviewed configuration. Secrets have no place in it. Pure. */
import { parse } from 'yaml';
import { z } from 'zod';
import { AUTH_METHODS } from '../admin/keys/settings.ts';
import { CLIENT_ID } from '../admin/keys/store.ts';
import { WORKFLOW_ID } from '../admin/workflows/desk.ts';
import { FAULT_TEXTS } from '../admin/workflows/fault_texts.ts';
import { readDefinition } from '../admin/workflows/read_definition.ts';
import { LOCALES } from '../http/locales/index.ts';
import { publishFaults } from '../journey/publish.ts';
import { TEMPLATES } from '../journey/templates/index.ts';
import type { WorkflowDefinition } from '../journey/workflow.ts';

/** Characters of a file. */
const MOST = 2_000_000;

const workflow = z.strictObject({
  id: z.string().regex(WORKFLOW_ID, 'give 2 to 40 small letters, digits and underscores, a letter first'),
  name: z.string().optional(),
  template: z.string().refine((name) => Object.hasOwn(TEMPLATES, name), 'there is no such template'),
  entry: z.string().optional(),
  /** In place of the template's. */
  nodes: z.record(z.string(), z.unknown()).optional(),
  options: z.record(z.string(), z.unknown()).default({}),
});

const uri = z.string().min(1);
const client = z.strictObject({
  id: z.string().regex(CLIENT_ID, 'give test_ or live_, and 8 to 60 letters, digits, hyphens and underscores'),
  workflow: z.string().min(1),
  mode: z.enum(['test', 'live']),
  name: z.string().min(1),
  redirectUris: z.array(uri).min(1),
  postLogoutRedirectUris: z.array(uri).optional(),
  authMethod: z.enum(AUTH_METHODS).optional(),
  jwks: z.strictObject({ keys: z.array(z.record(z.string(), z.unknown())) }).optional(),
  jwksUri: uri.optional(),
  pkce: z.enum(['required', 'nonce']).optional(),
  parRequired: z.boolean().optional(),
  dpopRequired: z.boolean().optional(),
  refreshTokens: z.boolean().optional(),
  idTokenAlg: z.enum(['RS256', 'ES256']).optional(),
  subjectType: z.enum(['pairwise', 'public']).optional(),
  sector: z.string().optional(),
  clientUri: uri.optional(),
  logoUri: uri.optional(),
  policyUri: uri.optional(),
  tosUri: uri.optional(),
  denyAs: z.enum(['error', 'token']).optional(),
  reuseSeconds: z.number().int().min(0).optional(),
  reviewAs: z.enum(['error', 'pending', 'hold']).optional(),
  backchannelLogoutUri: uri.optional(),
  backchannelLogoutSession: z.boolean().optional(),
  allowedFrom: z.array(z.string()).optional(),
});

const file = z.strictObject({ workflows: z.array(workflow).max(200).default([]), clients: z.array(client).max(1000).default([]) });
export type FileClient = z.infer<typeof client>;

export interface FileRead {
  readonly workflows: readonly { readonly id: string; readonly definition: WorkflowDefinition }[];
  readonly clients: readonly FileClient[];
  /** Each with its path in the file; empty: the file can be applied. */
  readonly faults: readonly string[];
}

/** Read YAML (JSON is YAML too), and tell everything that is wrong with it at once. */
export function readApplyFile(text: string): FileRead {
  const refused = (...faults: readonly string[]): FileRead => ({ workflows: [], clients: [], faults });
  if (text.length > MOST) return refused(`the file is longer than ${MOST} characters`);
  let value: unknown;
  try {
    // Few aliases: a small file must not stand for a large one.
    value = parse(text, { maxAliasCount: 20 });
  } catch (thrown) {
    // The first line says what and where; the rest would quote the file.
    return refused(`the file is neither YAML nor JSON: ${(thrown as Error).message.split('\n', 1)[0]}`);
  }
  const parsed = file.safeParse(value);
  if (!parsed.success) return refused(...parsed.error.issues.map((issue) => `${pathText(issue.path)}: ${issue.message}`));
  const faults: string[] = [];
  const workflows = parsed.data.workflows.flatMap(({ id, name, template, entry, nodes, options }, index) => {
    const source = TEMPLATES[template];
    const read = readDefinition({
      ...source, name: name ?? source?.name, template, options: { ...source?.options, ...options },
      ...(nodes === undefined ? {} : { nodes }), ...(entry === undefined ? {} : { entry }),
    });
    if (read.kind === 'faults') {
      faults.push(...read.faults.map((fault) => `workflows[${index}] (${id}) ${fault.path}: ${fault.text}`));
      return [];
    }
    faults.push(...publishFaults(read.definition, LOCALES).map(({ code, at }) => `workflows[${index}] (${id}) ${at}: ${FAULT_TEXTS[code]} [${code}]`));
    return [{ id, definition: read.definition }];
  });
  for (const [kind, ids] of [['workflows', parsed.data.workflows.map(({ id }) => id)], ['clients', parsed.data.clients.map(({ id }) => id)]] as const) {
    for (const twice of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) faults.push(`${kind}: ${twice} stands there twice`);
  }
  return { workflows, clients: parsed.data.clients, faults };
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`), '') || 'the file';
}
