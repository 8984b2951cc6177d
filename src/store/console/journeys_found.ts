/** One journey with everything recorded of it besides personal data. */
import { z } from 'zod';
import type { FoundChecks, FoundJourney } from '../../admin/journeys/found.ts';
import { documentEvidence } from '../../journey/document_evidence.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Db } from '../database.ts';
import type { KeptImages } from '../images.ts';
import { journeyReport } from '../journey_report.ts';

export interface Finding {
  readonly db: Db;
  readonly vault: Pick<Vault, 'open'>;
  readonly images: Pick<KeptImages, 'ofJourney'>;
}

export async function foundJourney({ db, vault, images }: Finding, id: string): Promise<FoundJourney | undefined> {
  const report = await journeyReport(db, id);
  if (!report) return undefined;
  const [row, evidence, consents, messages, pictures, account] = await Promise.all([
    db.selectFrom('journey').select(['workflow_id', 'workflow_version', 'decided_at', 'delete_at', 'extensions', 'credential_hash', 'erased_at']).where('id', '=', id).executeTakeFirst(),
    db.selectFrom('evidence').select(['seq', 'kind', 'node', 'simulated', 'at', 'sealed']).where('journey_id', '=', id).orderBy('seq').execute(),
    db.selectFrom('consent').leftJoin('consent_text', 'consent_text.text_hash', 'consent.text_hash')
      .select(['consent.at', 'consent.node', 'consent.purpose', 'consent.text_hash', 'consent.locale', 'consent.method', 'consent_text.body'])
      .where('journey_id', '=', id).orderBy('seq').execute(),
    db.selectFrom('message').select(['id', 'attempt', 'status', 'provider', 'code', 'created_at', 'updated_at']).where('journey_id', '=', id).orderBy('created_at').orderBy('attempt').execute(),
    images.ofJourney(id),
    report.accountId === undefined ? undefined : db.selectFrom('account').select('erased_at').where('id', '=', report.accountId).executeTakeFirst(),
  ]);
  // Deleted between the two readings.
  if (!row) return undefined;
  const documents = evidence.filter(({ kind }) => kind === 'document' || kind === 'document_attempt');
  return {
    ...report,
    workflowId: row.workflow_id,
    workflowVersion: row.workflow_version,
    decidedAt: row.decided_at ?? undefined,
    deleteAt: row.delete_at,
    extensions: row.extensions,
    simulated: evidence.some(({ simulated }) => simulated),
    credentialBound: row.credential_hash !== null,
    erasedAt: row.erased_at ?? account?.erased_at ?? undefined,
    evidence: evidence.map(({ kind, node, simulated, at }) => ({ kind, node, simulated, at })),
    consents: consents.map(({ text_hash: textHash, body, ...consent }) => ({ ...consent, textHash, text: body ?? undefined })),
    messages: messages.map((message) => ({
      id: message.id, attempt: message.attempt, status: message.status, provider: message.provider ?? undefined, code: message.code ?? undefined,
      sentAt: message.created_at, updatedAt: message.updated_at,
    })),
    checks: await Promise.all(documents.map((one) => checksOf(vault, id, one))),
    pictures,
  };
}

const checked = z.looseObject({ findings: documentEvidence.shape.findings, reader: documentEvidence.shape.reader, authenticity: z.string() });

interface DocumentRow {
  readonly seq: number;
  readonly kind: string;
  readonly node: string;
  readonly at: number;
  readonly sealed: Uint8Array;
}

/** Of a sealed document only which checks were made and how they came out; what was read of it stays here. */
async function checksOf(vault: Finding['vault'], journeyId: string, { seq, kind, node, at, sealed }: DocumentRow): Promise<FoundChecks> {
  const head = { at, node, accepted: kind === 'document' };
  // One that was erased, or no longer opens, must not hide the rest of the journey.
  const box = await vault.open('evidence', sealed, `evidence:${journeyId}:${seq}`).catch(() => undefined);
  const read = checked.safeParse(box && jsonOf(box));
  if (!read.success) return { ...head, reader: '', authenticity: '', findings: [] };
  const { reader, authenticity, findings } = read.data;
  return { ...head, reader: `${reader.name} ${reader.version}`.trim(), authenticity, findings: findings.map(({ code, status, why }) => ({ code, status, why })) };
}

/** JSON from a box; undefined for what is none, such as a box that was emptied. */
export function jsonOf(box: Buffer): unknown {
  try {
    return JSON.parse(box.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
