/** Everything kept about the person of a journey, opened. What does not open is named, and hides nothing else. */
import { z } from 'zod';
import type { RevealedData, RevealedPlace } from '../../admin/journeys/revealed.ts';
import { captureDevice, readDocument, type ReadDocument } from '../../journey/document_evidence.ts';
import type { ClaimedIdentity, Evidence, EvidenceKind, Prefill } from '../../journey/journey.ts';
import { releasedProfile } from '../../journey/released.ts';
import { Personal } from '../../personal.ts';
import { sessionEvidenceOf } from '../../steps/session_evidence.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Db } from '../database.ts';
import { jsonOf } from './journeys_found.ts';

type Opens = Pick<Vault, 'open'>;

const said = z.looseObject({ opening: z.looseObject({ credential: z.string().optional(), prefill: z.record(z.string(), z.string()).optional() }) });
const claimed = z.looseObject({
  givenName: z.string(), familyName: z.string(), street: z.string(), city: z.string(), region: z.string(), postalCode: z.string(), country: z.string(),
  phone: z.string(), birthDate: z.string().optional(),
});
const documents = z.looseObject({ documents: z.array(readDocument), at: z.number(), device: captureDevice.optional() });
const proof = z.looseObject({ address: z.string().optional(), userAgent: z.string().optional() });

interface Row {
  readonly kind: string;
  readonly version: number;
  readonly at: number;
  readonly data: unknown;
}

/** Undefined where the journey is gone. */
export async function openedJourney(db: Db, vault: Opens, id: string): Promise<Personal<RevealedData> | undefined> {
  const [journey, evidence, consents] = await Promise.all([
    db.selectFrom('journey').select(['sealed', 'erased_at']).where('id', '=', id).executeTakeFirst(),
    db.selectFrom('evidence').select(['seq', 'kind', 'version', 'simulated', 'at', 'sealed']).where('journey_id', '=', id).orderBy('seq').execute(),
    db.selectFrom('consent').select(['seq', 'at', 'sealed']).where('journey_id', '=', id).orderBy('seq').execute(),
  ]);
  if (!journey) return undefined;
  const unreadable = new Set<string>();
  const open = async (purpose: 'journey' | 'evidence' | 'consent', sealed: Uint8Array, context: string, kind: string): Promise<unknown> => {
    const box = await vault.open(purpose, sealed, context).catch(() => undefined);
    const data = box && jsonOf(box);
    if (data === undefined) unreadable.add(kind);
    return data;
  };
  const erased = journey.erased_at !== null;
  const [opening, rows, proofs] = await Promise.all([
    erased ? undefined : open('journey', journey.sealed, `journey:${id}`, 'opening'),
    Promise.all(evidence.map(async (row): Promise<Row & { readonly simulated: boolean }> =>
      ({ kind: row.kind, version: row.version, simulated: row.simulated, at: row.at, data: await open('evidence', row.sealed, `evidence:${id}:${row.seq}`, row.kind) }))),
    // What is left of a consent after an erasure has no proof beside it.
    Promise.all(erased ? [] : consents.map(async (row) => ({ at: row.at, data: await open('consent', row.sealed, `consent:${id}:${row.seq}`, 'consent') }))),
  ]);
  const read = <T>(schema: z.ZodType<T>, row: { readonly data: unknown } | undefined, kind: string): T | undefined => {
    if (row?.data === undefined) return undefined;
    const parsed = schema.safeParse(row.data);
    if (!parsed.success) unreadable.add(kind);
    return parsed.data;
  };
  const newest = (kind: EvidenceKind): Row | undefined => rows.findLast((row) => row.kind === kind);
  const usable = rows.filter(({ data }) => data !== undefined);
  const asEvidence: readonly Evidence[] = usable.map(({ kind, version, simulated, data }) => ({ kind: kind as EvidenceKind, version, simulated, data: Personal.of(data) }));
  const trying = <T>(kind: string, compute: () => T): T | undefined => {
    try {
      return compute();
    } catch {
      unreadable.add(kind);
      return undefined;
    }
  };
  const session = trying('session', () => sessionEvidenceOf(asEvidence));
  const seen = rows.filter(({ kind }) => kind === 'document' || kind === 'document_attempt')
    .map((row) => ({ accepted: row.kind === 'document', at: row.at, found: read(documents, row, row.kind) }));
  const capture = read(captureDevice, newest('capture_device'), 'capture_device');
  const captures = [...seen.flatMap(({ found }) => found?.device ?? []), ...(capture ? [capture] : [])];
  const { opening: begun } = read(said, opening === undefined ? undefined : { data: opening }, 'opening') ?? {};
  const places: readonly RevealedPlace[] = [
    ...(session ? [{ of: 'session' as const, at: session.at, address: session.address, userAgent: session.userAgent }] : []),
    ...captures.map(({ at, address, userAgent }) => ({ of: 'capture' as const, at, address, userAgent })),
    ...proofs.flatMap((row) => {
      const found = read(proof, row, 'consent');
      return found ? [{ of: 'consent' as const, at: row.at, address: found.address, userAgent: found.userAgent }] : [];
    }),
  ];
  return Personal.of<RevealedData>({
    credential: begun?.credential,
    prefill: begun?.prefill as Prefill | undefined,
    typed: session && { country: session.country, email: session.email, username: session.username },
    claimed: read(claimed, newest('claimed_identity'), 'claimed_identity') as ClaimedIdentity | undefined,
    released: trying('released', () => releasedProfile(asEvidence)?.open()),
    documents: seen.flatMap(({ accepted, at, found }) => (found?.documents ?? []).map((document) => ({ accepted, at, document: document as ReadDocument }))),
    places,
    unreadable: [...unreadable],
  });
}
