/**
 * What a first start gives: a deployed test workflow with its key, and a file that says how to reach everything. A
 * second start finds its key again; of what was set meanwhile only the redirect URIs of the configuration are brought up
 * to date.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from './config.ts';
import { GatehouseError } from './errors.ts';
import type { Gatehouse } from './gatehouse.ts';
import { LOCALES } from './http/locales/index.ts';
import { publishFaults } from './journey/publish.ts';
import { TEMPLATES } from './journey/templates/index.ts';
import { workflowDefinition } from './journey/workflow.ts';
import { clientSecretMatches, hashClientSecret, newClient, newClientSecret, type StoredClientSource } from './oidc/clients.ts';

const factsShape = z.object({
  issuer: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  redirectUris: z.array(z.string()),
  demo: z.string(),
  outbox: z.string(),
  /** The first administrator's link, as long as there is nobody. */
  adminSetup: z.string().optional(),
});

/** What `quickstart.json` holds. */
export type QuickstartFacts = z.infer<typeof factsShape>;

const WORKFLOW = 'user_onboarding';
const QUICKSTART = { id: 'quickstart', name: 'Quickstart' } as const;

const CONSENT_TEXTS = {
  en: 'By choosing “Agree and continue” you allow {app} to check your name, address and number with your mobile carrier and identity records, and to send one verification text message to this number. Message and data rates may apply. Reply STOP to opt out, HELP for help.',
  es: 'Al elegir «Aceptar y continuar» permite que {app} compruebe su nombre, dirección y número con su operador móvil y con registros de identidad, y que envíe un mensaje de verificación a este número. Pueden aplicarse tarifas de mensajes y datos. Responda STOP para darse de baja o HELP para obtener ayuda.',
};

/** Deploy the workflow, make or find its key, and give the facts. `demo` is where the demo relying party listens. */
export async function seedQuickstart(
  gatehouse: Gatehouse,
  config: Config,
  demo: { readonly origin: string; readonly callback: string; readonly phoneDone: string },
): Promise<QuickstartFacts> {
  const now = Date.now();
  const definition = workflowDefinition.parse({ ...TEMPLATES[WORKFLOW], options: { consentTexts: CONSENT_TEXTS, asyncUIRedirect: demo.phoneDone, kba: { enabled: true } } });
  const faults = publishFaults(definition, LOCALES);
  if (faults.length > 0) throw new GatehouseError('workflow_refused', 500, `the quickstart workflow cannot be published: ${JSON.stringify(faults)}`);
  // What somebody deployed in the console or from a file stays as it is.
  await gatehouse.workflows.deploy(WORKFLOW, definition, now, { by: QUICKSTART, onlyOver: [QUICKSTART.id] });

  const kept = await readQuickstart(config.dataDir);
  const key = kept && (await gatehouse.workflowKeys.find(kept.clientId));
  const found = kept !== undefined && key !== undefined && clientSecretMatches(kept.clientSecret, key.secretHash);
  const clientId = found ? kept.clientId : `test_${randomBytes(12).toString('base64url')}`;
  const clientSecret = found ? kept.clientSecret : newClientSecret();
  const redirectUris = [...new Set([demo.callback, ...(config.quickstart?.redirectUris ?? [])])];
  const metadata = newClient(
    found ? mergedClient(key.metadata, kept.redirectUris, redirectUris) : {
      client_name: 'Harbour Credit',
      redirect_uris: redirectUris,
      post_logout_redirect_uris: [`${demo.origin}/`],
      grant_types: ['authorization_code', 'refresh_token'],
      // Redirect URIs come and go with the configuration; nobody's `sub` may change with them.
      sector: 'quickstart',
    },
    'test',
  );
  await gatehouse.workflowKeys.save({ clientId, workflowId: WORKFLOW, mode: 'test', secretHash: hashClientSecret(clientSecret), metadata }, now);
  return { issuer: config.issuer, clientId, clientSecret, redirectUris, demo: demo.origin, outbox: `${config.issuer}/dev/outbox` };
}

/** The key as it was set meanwhile in the console, with the redirect URIs that the configuration owns brought up to date. */
function mergedClient(stored: unknown, ownedBefore: readonly string[], owned: readonly string[]): StoredClientSource {
  const client = stored as StoredClientSource;
  const added = client.redirect_uris.filter((uri) => !ownedBefore.includes(uri));
  return { ...client, redirect_uris: [...new Set([...owned, ...added])] };
}

const fileOf = (dataDir: string): string => join(dataDir, 'quickstart.json');

async function readQuickstart(dataDir: string): Promise<QuickstartFacts | undefined> {
  let text: string;
  try {
    text = await readFile(fileOf(dataDir), 'utf8');
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return undefined;
    throw thrown;
  }
  const parsed = factsShape.safeParse(parseJson(text));
  if (!parsed.success) throw new GatehouseError('quickstart_unreadable', 500, `${fileOf(dataDir)} does not have its shape; remove it to get a new key`);
  return parsed.data;
}

/** Undefined for what is no JSON: the parser's own words would quote the secret. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Write the facts, readable by their owner alone, whole or not at all. */
export async function writeQuickstart(dataDir: string, facts: QuickstartFacts): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const partial = `${fileOf(dataDir)}.${process.pid}.partial`;
  await writeFile(partial, `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 });
  await rename(partial, fileOf(dataDir));
}
