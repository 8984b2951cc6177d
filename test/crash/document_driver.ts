/**
 * A journey through the document step for crash tests: a desktop and a phone before a gateway in a process of its own,
 * which may be gone by the next request, and the whole of what was written as one list to compare.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { documentOnly } from '../../src/journey/templates/document_only.ts';
import { workflowDefinition, type WorkflowSource } from '../../src/journey/workflow.ts';
import { hashClientSecret, newClient, newClientSecret } from '../../src/oidc/clients.ts';
import { openDatabase, type DatabaseAddress } from '../../src/store/database.ts';
import { workflowKeyStore } from '../../src/store/workflow_keys.ts';
import { workflowStore } from '../../src/store/workflows.ts';
import { addressInCode, agreeAndChoose, aPhone, LANDING, takeOver } from '../flows/document_scene.ts';
import { REDIRECT_URI } from '../support/gateway.ts';
import { HttpPerson, multipart, type PickedFile, type RequestOptions } from '../support/http_person.ts';
import { eventually } from '../support/ports.ts';
import { RelyingParty, type SignIn, type Tokens } from '../support/relying_party.ts';
import { rowsOf } from './world.ts';

type DocumentOptions = NonNullable<NonNullable<WorkflowSource['options']>['documents']>;

/** The document alone, as a workflow with a key of its own; put there from outside, while the gateway may run. */
export async function seedDocumentKey(database: DatabaseAddress, documents: DocumentOptions = {}): Promise<{ clientId: string; clientSecret: string; redirectUri: string }> {
  const opened = await openDatabase(database);
  try {
    const source: WorkflowSource = { ...documentOnly, options: { asyncUIRedirect: LANDING, documents: { countries: ['US'], types: ['passport'], ...documents } } };
    const workflow = await workflowStore(opened.db).deploy(`seeded_${randomBytes(4).toString('hex')}`, workflowDefinition.parse(source), Date.now());
    const clientSecret = newClientSecret();
    const key = { clientId: `test_${randomBytes(8).toString('hex')}`, workflowId: workflow.id, mode: 'test', secretHash: hashClientSecret(clientSecret) } as const;
    const metadata = newClient({ client_name: 'Example App', redirect_uris: [REDIRECT_URI], grant_types: ['authorization_code'] }, 'test');
    await workflowKeyStore(opened.db).save({ ...key, metadata }, Date.now());
    return { clientId: key.clientId, clientSecret, redirectUri: REDIRECT_URI };
  } finally {
    await opened.close();
  }
}

/** One person's way: what they do next depends on the page alone. */
export class DocumentWalk {
  readonly rp: RelyingParty;
  readonly signIn: SignIn;
  readonly desktop: HttpPerson;
  phone = aPhone();

  private constructor(rp: RelyingParty, signIn: SignIn) {
    this.rp = rp;
    this.signIn = signIn;
    this.desktop = new HttpPerson({ stopAt: [rp.redirectUri] });
  }

  /** Ready to open `signIn.url`. */
  static async begin(rp: RelyingParty): Promise<DocumentWalk> {
    return new DocumentWalk(rp, await rp.begin({ scope: 'openid profile' }));
  }

  /** The desktop shows the code. */
  async toCode(): Promise<this> {
    await this.desktop.open(this.signIn.url);
    if (this.desktop.page === 'session_risk') await this.desktop.press();
    await this.desktop.until('document_handover');
    return this;
  }

  /** The phone stands before the first side. */
  async toSide(): Promise<this> {
    if (this.desktop.history.length === 0) await this.toCode();
    await takeOver(this.desktop, { phone: this.phone });
    await agreeAndChoose(this.phone);
    return this;
  }

  /** The phone opens what the code says, without answering. */
  async scan(): Promise<HttpPerson> {
    return this.phone.open(await addressInCode(this.desktop));
  }

  /** The phone looks again, as after a broken connection, and waits while something is read. */
  async look(...pages: readonly string[]): Promise<HttpPerson> {
    await this.phone.open(`${new URL(this.signIn.url).origin}/capture`);
    return pages.length > 0 && this.phone.callback === undefined ? this.phone.until(...pages) : this.phone;
  }

  /** A form with pictures as it stands on the phone's page now, to be sent whenever and as often as a test wants. */
  async upload(...files: readonly (readonly [string, PickedFile])[]): Promise<{ readonly url: string; readonly request: RequestOptions }> {
    const { form } = this.phone;
    const { body, headers } = await multipart(this.phone.encoded(form), files);
    return { url: form.action, request: { method: 'POST', body, headers: { ...headers, accept: 'application/json', origin: new URL(form.action).origin, 'sec-fetch-site': 'same-origin' } } };
  }

  /** From the end of the phone's part to the tokens. */
  async finish(): Promise<Tokens> {
    await this.desktop.reload();
    await this.desktop.until('finished');
    await this.desktop.press();
    if (!this.desktop.callback) throw new Error(`still on "${this.desktop.page}"`);
    return this.rp.finish(this.desktop.callback, this.signIn);
  }
}

/** The timelines of all journeys, oldest line first, as `layer name outcome[: reason]`. */
export async function linesOf(database: DatabaseAddress): Promise<readonly string[]> {
  const rows = await rowsOf<{ line: string }>(database, `SELECT layer || ' ' || name || ' ' || outcome || COALESCE(': ' || reason, '') AS line FROM journey_event ORDER BY journey_id, seq`);
  return rows.map(({ line }) => line);
}

/** The timeline of one person who was approved by a passport and an outcome file in place of a selfie, whatever broke on the way. */
export const UNDISTURBED: readonly string[] = [
  'phase journey start', 'phase sessionRisk start', 'block sessionRisk success', 'label session_risk success', 'phase sessionRisk next',
  'phase documentVerification start', 'block captureHandover success', 'label capture_handover success', 'label biometric_consent success',
  'block documentCapture success', 'label document_capture success', 'block documentRead success', 'label selfie_capture success',
  'block documentChecks success', 'label document_verification success', 'phase documentVerification next',
  'label identity_proofing success: document_checks_passed', 'phase journey next: document_checks_passed', 'label account_binding success: created',
  'label device_binding failure: noKeyShown',
];

/** What is left in the end, beside the timeline, of one person's approval. */
export async function remains(database: DatabaseAddress): Promise<Readonly<Record<string, number>>> {
  const counted = {
    journeys: 'journey', accounts: 'account', consents: 'consent', outcomes: 'grant_outcome', documents_seen: 'document_seen',
    codes: `oidc_record WHERE model = 'AuthorizationCode'`,
    documents: `evidence WHERE kind = 'document'`, faces: `evidence WHERE kind = 'face_match'`, living: `evidence WHERE kind = 'liveness'`, devices: `evidence WHERE kind = 'capture_device'`,
  };
  const columns = Object.entries(counted).map(([name, from]) => `(SELECT count(*) FROM ${from})::int AS ${name}`).join(', ');
  const [row] = await rowsOf<Record<string, number>>(database, `SELECT ${columns}`);
  if (!row) throw new Error('nothing was counted');
  return row;
}

export const ALL_ONCE = { journeys: 1, accounts: 1, consents: 1, outcomes: 1, documents_seen: 1, codes: 1, documents: 1, faces: 1, living: 1, devices: 1 };

/** Pictures that can still be looked at, by what they show. */
export async function pictures(database: DatabaseAddress): Promise<readonly string[]> {
  const rows = await rowsOf<{ purpose: string }>(database, `SELECT purpose FROM image WHERE delete_at > ${Date.now()} ORDER BY created_at, id`);
  return rows.map(({ purpose }) => purpose);
}

/** The reading processes of a gateway, as Linux tells them: its children that run the worker. */
export function readersOf(gateway: number | undefined): readonly number[] {
  if (gateway === undefined) return [];
  const children = readFileSync(`/proc/${gateway}/task/${gateway}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return children.filter((child) => commandOf(child).includes('documents/worker/main'));
}

/** Empty where the process is gone, or dead and not yet noticed. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** A reading process that has begun with something: it uses the processor. */
export async function reading(gateway: () => number | undefined): Promise<number> {
  return eventually('a document to be read', async () => {
    const [pid] = readersOf(gateway());
    return pid;
  }, 120_000);
}
