/** The last look at the operator's lists: who an approval would be of, and the devices that would be bound. */
import { z } from 'zod';
import { GatehouseError } from '../errors.ts';
import { identityKey, returnedAccount } from '../journey/binding.ts';
import { deviceKeysOf, deviceProofOf, knownPersonOf } from '../journey/device_evidence.ts';
import { newestOf, shownIn, type ReadDocument } from '../journey/document_evidence.ts';
import type { ClaimedIdentity, Evidence, EvidenceKind } from '../journey/journey.ts';
import { ofOnePerson } from '../journey/one_person.ts';
import { releasedProfile } from '../journey/released.ts';
import { claimedIdentities, documentIdentities, documentText, listedCode, thingsOfDecision, type ListedCode, type ListedThings, type Lists, type Looked } from '../journey/rules/lists.ts';
import type { LoadedJourney, Recording } from '../journey/store.ts';
import { Personal } from '../personal.ts';

export interface ListedApproval {
  readonly code: ListedCode;
  readonly entry: string;
}

type Looking = Pick<LoadedJourney, 'journey' | 'evidence'>;

/**
 * What stands against an approval; undefined where nothing does. The phone and mailbox that it would tell of are asked
 * again here: the steps looked when they were typed, and a link or a queue may have taken an hour since. Whoever comes back
 * by a device or passkey typed neither, and is looked for by what their earlier decision tells.
 *
 * @throws GatehouseError `lists_stale` where nobody can tell: the journey stays as it is, and is decided in a moment; `evidence_unreadable`
 */
export function listedAtApproval(lists: Lists, { journey, evidence }: Looking, now: number): ListedApproval | undefined {
  const person = ofOnePerson(evidence);
  const claimed = newestOf(person, 'claimed_identity')?.data as Personal<ClaimedIdentity> | undefined;
  const { blocked, fresh } = lists.look({
    ...thingsOfDecision({ accountId: returnedAccount(evidence), deviceId: undefined, boundDevices: [], profile: releasedProfile(evidence) }),
    identities: [
      ...[identityKey(evidence)].filter((key) => key !== undefined),
      ...(claimed ? claimedIdentities(claimed) : []),
      ...documentsIn(person).flatMap(documentIdentities),
    ],
    devices: devicesIn(evidence),
  }, { mode: journey.mode, workflowId: journey.workflowId, now });
  const hit = blocked.find(({ kind }) => kind === 'identity') ?? blocked[0];
  if (hit) return { code: listedCode(hit.kind), entry: hit.entry };
  told(fresh);
  return undefined;
}

/**
 * Whether something stands against an approval by a reviewer. No step looks any more between the decision to wait and
 * theirs, and it may have been a day: so everything is asked that anybody said or showed in the journey, whomever it
 * would be an approval of, by every strength that an account of theirs could have been blocked with.
 *
 * @throws GatehouseError `lists_stale` where nobody can tell, `evidence_unreadable`
 */
export function listedAtReview(lists: Lists, loaded: Looking, now: number): boolean {
  const { journey, evidence } = loaded;
  if (listedAtApproval(lists, loaded, now)) return true;
  const known = knownPersonOf(evidence);
  const claims = dataOf(evidence, 'claimed_identity') as readonly Personal<ClaimedIdentity>[];
  const documents = documentsIn(evidence);
  const contacts = [...claims, ...dataOf(evidence, 'phone_possession'), ...dataOf(evidence, 'session'), ...(journey.opening.prefill ? [journey.opening.prefill] : [])].map((data) => contact.parse(data.open()));
  const looks: readonly ListedThings[] = [
    {
      accountId: known?.accountId,
      identities: [...claims.flatMap(claimedIdentities), ...documents.flatMap(documentIdentities)],
      // Without its number it would be every document of that issuer.
      documents: documents.filter(({ number }) => number !== '').map((document) => Personal.of(documentText(document))),
    },
    ...said([...contacts.map(({ phone }) => phone), known?.profile.phone, known?.linkPhone]).map((phone) => ({ phone })),
    ...said(contacts.map(({ email }) => email)).map((email) => ({ email })),
  ];
  const found = looks.map((things): Looked => lists.look(things, { mode: journey.mode, workflowId: journey.workflowId, now }));
  if (found.some(({ blocked }) => blocked.length > 0)) return true;
  told(found.every(({ fresh }) => fresh));
  return false;
}

/** Which entry it was is told on the timeline. */
export function withListed(recording: Recording, { code, entry }: ListedApproval): Recording {
  return { ...recording, events: [{ layer: 'block', name: 'listCheck', outcome: 'fail', reason: code, details: { entry } }, ...recording.events] };
}

const contact = z.object({ phone: z.string().optional(), email: z.string().optional() });

function dataOf(evidence: readonly Evidence[], kind: EvidenceKind): readonly Personal<unknown>[] {
  return evidence.filter((one) => one.kind === kind).map(({ data }) => data);
}

function documentsIn(evidence: readonly Evidence[]): readonly ReadDocument[] {
  return [...shownIn(evidence, 'document'), ...shownIn(evidence, 'document_attempt')].flat();
}

function devicesIn(evidence: readonly Evidence[]): readonly string[] {
  const proved = deviceProofOf(evidence)?.deviceId;
  return [...deviceKeysOf(evidence).map(({ thumbprint }) => thumbprint), ...(proved === undefined ? [] : [proved])];
}

/** Each once. */
function said(values: readonly (string | undefined)[]): readonly Personal<string>[] {
  return [...new Set(values.filter((value) => value !== undefined && value !== ''))].map((value) => Personal.of(value as string));
}

/** @throws GatehouseError `lists_stale` */
function told(fresh: boolean): void {
  if (!fresh) throw new GatehouseError('lists_stale', 503, 'the lists have not been read for too long to approve anybody by them', { visitor: 'unavailable' });
}
