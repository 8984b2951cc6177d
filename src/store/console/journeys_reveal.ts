/**
 * Opening what is about the person of a journey. That it was looked at is written down and committed before the first
 * box is opened, so that a reveal that fails half way is on record all the same.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Actor } from '../../admin/actor.ts';
import type { PictureBeside, PictureGrant, Revealed, RevealedBeside } from '../../admin/journeys/store.ts';
import { revealReason } from '../../admin/journeys/revealed.ts';
import { GatehouseError } from '../../errors.ts';
import { Personal } from '../../personal.ts';
import type { Vault } from '../../vault/vault.ts';
import type { KeptImage, KeptImages } from '../images.ts';
import { ticketStore } from '../tickets.ts';
import { auditLog, type Auditing } from './audit.ts';
import { openedJourney } from './journeys_opened.ts';

export interface Revealing extends Auditing {
  readonly vault: Vault;
  readonly images: Pick<KeptImages, 'ofJourney' | 'reveal'>;
}

/** How long pictures may be looked at after the page that offers them, milliseconds. */
const GRANT_MS = 10 * 60_000;
const PURPOSE = 'journey_picture';

/** What a grant holds; who, where and what it was given for. */
interface Granted {
  readonly viewer: string;
  readonly journeyId: string;
  readonly imageId: string;
  readonly reason: string;
}

/** What stands in a path may be anything; the log keeps ids alone. */
const asId = (text: string): string => (/^[\w-]{1,100}$/.test(text) ? text : 'not an id');
const hashOf = (grant: string): string => createHash('sha256').update(grant, 'utf8').digest('base64url');

export async function revealJourney(deps: Revealing, actor: Actor, viewer: string, id: string, typed: string): Promise<Revealed | undefined> {
  const { db, vault, images } = deps;
  const reason = reasonOf(typed);
  if (!(await isKept(deps, id))) return undefined;
  await auditLog(deps).note(actor, { action: 'journey.revealed', target: { kind: 'journey', id }, reason });
  const data = await openedJourney(db, vault, id);
  return data && { data, pictures: await grantsFor(deps, { viewer, journeyId: id, reason }, await images.ofJourney(id)) };
}

/**
 * Sealed bytes of pictures that one answer carries at most in all: a document, its selfies and a second try stay below,
 * and whoever sent more cannot make the page, or the process, as large as they like.
 */
export const MOST_BESIDE_BYTES = 12 * 1024 * 1024;

/**
 * What is about the person, and the pictures themselves with it. They travel within this one answer and have no address:
 * an address that an `img` could load would hold a secret that stays in histories, and would fail where the browser
 * loads it twice, to print or to save. Each picture opened is named by the entry that is committed before.
 *
 * @param most sealed bytes of pictures in all; what is beyond, the older first, is granted as by {@link revealJourney}
 */
export async function revealBeside(
  deps: Revealing, actor: Actor, viewer: string, id: string, typed: string, most: number = MOST_BESIDE_BYTES,
): Promise<RevealedBeside | undefined> {
  const { db, vault, images } = deps;
  const reason = reasonOf(typed);
  if (!(await isKept(deps, id))) return undefined;
  const kept = await images.ofJourney(id);
  const fitting = newestWithin(kept, most);
  await auditLog(deps).note(actor, {
    action: 'journey.revealed', target: { kind: 'journey', id }, reason,
    details: { pictures: fitting.map((one) => ({ image: one.id, shows: one.purpose })) },
  });
  const data = await openedJourney(db, vault, id);
  if (!data) return undefined;
  const beside = await Promise.all(fitting.map(async ({ id: imageId, purpose, createdAt, deleteAt }): Promise<PictureBeside> => {
    // A picture whose store is away, or that no longer opens, hides nothing else.
    const found = await images.reveal(imageId, { actor: `${actor.kind}:${actor.id}`, reason }).catch(() => undefined);
    return { id: imageId, purpose, createdAt, deleteAt, jpeg: found?.journeyId === id ? found.jpeg : undefined };
  }));
  const further = kept.filter((one) => !fitting.includes(one));
  return { data, beside, further: await grantsFor(deps, { viewer, journeyId: id, reason }, further) };
}

/** The newest that fit together, in the order in which they were given; the first that does not fit ends it. Pure. */
function newestWithin(kept: readonly KeptImage[], most: number): readonly KeptImage[] {
  let [room, from] = [most, kept.length];
  while (from > 0) {
    room -= kept[from - 1]?.bytes ?? 0;
    if (room < 0) break;
    from -= 1;
  }
  return kept.slice(from);
}

function reasonOf(typed: string): string {
  const said = revealReason(typed);
  if ('fault' in said) throw new GatehouseError('reason_required', 422, said.fault);
  return said.reason;
}

async function isKept({ db }: Revealing, id: string): Promise<boolean> {
  return (await db.selectFrom('journey').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}

function grantsFor({ db, vault, now }: Revealing, to: Omit<Granted, 'imageId'>, kept: readonly KeptImage[]): Promise<readonly PictureGrant[]> {
  const tickets = ticketStore(db, vault);
  return Promise.all(kept.map(async ({ id, purpose, deleteAt }) => {
    const grant = randomBytes(32).toString('base64url');
    const holds: Granted = { ...to, imageId: id };
    await tickets.make({ hash: hashOf(grant), purpose: PURPOSE, holds: Personal.of<unknown>(holds), now: now(), expiresAt: now() + GRANT_MS });
    return { id, purpose, deleteAt, grant };
  }));
}

export async function revealPicture(
  deps: Revealing, actor: Actor, viewer: string, { journeyId, imageId, grant }: { readonly journeyId: string; readonly imageId: string; readonly grant: string },
): Promise<Personal<Uint8Array> | undefined> {
  const { db, vault, images, now } = deps;
  const audit = auditLog(deps);
  const held = grant === '' ? undefined : await ticketStore(db, vault).take(hashOf(grant), PURPOSE, now());
  // Used up by the very try: nobody can go through viewers or pictures with one grant.
  const granted = held?.open() as Granted | undefined;
  if (!granted || granted.viewer !== viewer || granted.journeyId !== journeyId || granted.imageId !== imageId) {
    await audit.note(actor, { action: 'journey.picture_revealed', target: { kind: 'journey', id: asId(journeyId) }, details: { image: asId(imageId) }, outcome: 'refused' });
    throw new GatehouseError('picture_grant_ended', 410, 'this picture can be looked at once, and soon after it was revealed; reveal the journey again');
  }
  const { reason } = granted;
  const kept = (await images.ofJourney(journeyId)).find(({ id }) => id === imageId);
  if (!kept) return undefined;
  await audit.note(actor, { action: 'journey.picture_revealed', target: { kind: 'journey', id: journeyId }, details: { image: imageId, shows: kept.purpose }, reason });
  const found = await images.reveal(imageId, { actor: `${actor.kind}:${actor.id}`, reason });
  return found?.journeyId === journeyId ? found.jpeg : undefined;
}
