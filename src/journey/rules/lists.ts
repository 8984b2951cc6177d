/**
 * The operator's own lists: what is kept out, and what is let past the score. Deny first: a block beats every allow.
 * Pure; who holds the entries is behind {@link Lists}.
 */
import { z } from 'zod';
import { GatehouseError } from '../../errors.ts';
import { Personal } from '../../personal.ts';
import { identityKey, identityOfDocument } from '../binding.ts';
import type { ReadDocument } from '../document_evidence.ts';
import type { ClaimedIdentity, Evidence, EvidenceKind, Mode, Reason } from '../journey.ts';

export const LIST_KINDS = ['address', 'net', 'device', 'phone', 'email', 'identity', 'document'] as const;
export type ListKind = (typeof LIST_KINDS)[number];

export const LIST_EFFECTS = ['block', 'allow'] as const;
export type ListEffect = (typeof LIST_EFFECTS)[number];

/** Kinds that can be let past something. What vendors and documents say is overruled by no list, and a mailbox is typed by whoever knows it. */
export const ALLOWED_KINDS: readonly ListKind[] = ['address', 'net', 'device', 'phone'];

/** Kinds that name a person, or what is theirs: a block of these ends whatever was granted to them too. */
export const KINDS_OF_PERSON: readonly ListKind[] = ['device', 'phone', 'email', 'identity'];

/** Under which keys an entry counts. */
export const LIST_MODES = ['both', 'test', 'live'] as const;
export type ListMode = (typeof LIST_MODES)[number];

/** What is asked for; whatever is absent is not looked for. */
export interface ListedThings {
  /** The client address; nets are asked for it too. */
  readonly address?: string | undefined;
  /** Ids of devices, and thumbprints of the keys that they showed. */
  readonly devices?: readonly string[];
  /** E.164. */
  readonly phone?: Personal<string> | undefined;
  readonly email?: Personal<string> | undefined;
  readonly accountId?: string | undefined;
  /** Texts by which accounts are found (`identityKey`). */
  readonly identities?: readonly Personal<string>[];
  /** As {@link documentText} makes them. */
  readonly documents?: readonly Personal<string>[];
}

/** Whose lists, and when. */
export interface ListScope {
  readonly mode: Mode;
  readonly workflowId: string;
  /** Epoch milliseconds: an entry ends at its expiry, to the millisecond. */
  readonly now: number;
}

/** An entry that holds one of the things. */
export interface ListHit {
  readonly kind: ListKind;
  /** Id of the entry, which tells nothing of its value. */
  readonly entry: string;
}

export interface Looked {
  /** False where this process has not heard from the database for too long to say that something is not listed. */
  readonly fresh: boolean;
  readonly blocked: readonly ListHit[];
  readonly allowed: readonly ListHit[];
}

/** The lists as a process has them: asking costs no statement. Implemented in `store/console/lists_snapshot.ts`. */
export interface Lists {
  look(things: ListedThings, scope: ListScope): Looked;
}

export type ListedCode = `listed_${ListKind}`;

/** The stable code of a block. */
export function listedCode(kind: ListKind): ListedCode {
  return `listed_${kind}`;
}

/** What a look says against somebody: every block, or that nobody can tell. Empty where there is nothing. Pure. */
export function reasonsAgainst({ fresh, blocked }: Looked): readonly Reason[] {
  if (blocked.length > 0) return blocked.map(({ kind, entry }) => ({ code: listedCode(kind), detail: { entry } }));
  return fresh ? [] : [{ code: 'lists_stale' }];
}

/** Of what a decision tells about its person, what can be listed; withheld strings are empty. */
const contacts = z.object({ phone: z.string().optional(), email: z.string().optional() });

/**
 * What is asked of the lists before a decision is used again: whose it is, by which devices, and the phone and mailbox
 * that it tells of. They come out of the decision itself, so a mailbox is found by its domain too, however late the
 * entry was made, and an entry that fits everybody costs no more than one that fits nobody. A phone that was merely typed
 * beside a document is not among them: no decision rests on it. Pure.
 *
 * @throws GatehouseError `profile_unreadable`: a decision of which nobody can tell is not used again
 */
export function thingsOfDecision({ accountId, deviceId, boundDevices, profile }: {
  readonly accountId: string | undefined; readonly deviceId: string | undefined; readonly boundDevices: readonly string[]; readonly profile: Personal<unknown> | undefined;
}): ListedThings {
  const read = profile && contacts.safeParse(profile.open());
  if (read?.success === false) throw new GatehouseError('profile_unreadable', 500, 'the profile sealed with a decision does not have its shape');
  const { phone = '', email = '' } = read?.data ?? {};
  return {
    accountId,
    devices: [...new Set([...(deviceId === undefined ? [] : [deviceId]), ...boundDevices])],
    ...(phone === '' ? {} : { phone: Personal.of(phone) }),
    ...(email === '' ? {} : { email: Personal.of(email) }),
  };
}

/** One document however a reader spells its number. Hashed before it is kept. Pure. */
export function documentText({ issuer, type, number }: { readonly issuer: string; readonly type: string; readonly number: string }): string {
  return JSON.stringify([issuer, type, number.replace(/[^A-Za-z0-9]/g, '').toUpperCase()]);
}

/** With each of these a claim finds an account of its own strength. */
const STRENGTHS: readonly (readonly EvidenceKind[])[] = [['identity_match', 'phone_possession'], ['identity_match'], ['kba']];

/** Every account that somebody who says this could come to, whatever they prove of it. Pure. */
export function claimedIdentities(claimed: Personal<ClaimedIdentity>): readonly Personal<string>[] {
  const made = (kind: EvidenceKind, data: Personal<unknown>): Evidence => ({ kind, version: 1, simulated: false, data });
  return STRENGTHS.flatMap((kinds) => identityKey([
    made('claimed_identity', claimed), ...kinds.map((kind) => made(kind, claimed.map(({ phone }) => ({ phone })))),
  ]) ?? []);
}

/** The same of somebody who shows this document, accepted or not. Pure. */
export function documentIdentities(document: ReadDocument): readonly Personal<string>[] {
  return (['document', 'reviewed'] as const).map((strength) => identityOfDocument(strength, document));
}
