/**
 * Opening what is about the person of a journey. That it was looked at is written down and committed before the first
 * box is opened, so that a reveal that fails half way is on record all the same.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Actor } from '../../admin/actor.ts';
import type { PictureGrant, Revealed } from '../../admin/journeys/store.ts';
import { revealReason } from '../../admin/journeys/revealed.ts';
import { GatehouseError } from '../../errors.ts';
import { Personal } from '../../personal.ts';
import type { Vault } from '../../vault/vault.ts';
import type { KeptImages } from '../images.ts';
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
  const { db, vault, images, now } = deps;
  const said = revealReason(typed);
  if ('fault' in said) throw new GatehouseError('reason_required', 422, said.fault);
  const { reason } = said;
  const known = await db.selectFrom('journey').select('id').where('id', '=', id).executeTakeFirst();
  if (!known) return undefined;
  await auditLog(deps).note(actor, { action: 'journey.revealed', target: { kind: 'journey', id }, reason });
  const data = await openedJourney(db, vault, id);
  if (!data) return undefined;
  const tickets = ticketStore(db, vault);
  const granted = async (image: { readonly id: string; readonly purpose: string; readonly deleteAt: number }): Promise<PictureGrant> => {
    const grant = randomBytes(32).toString('base64url');
    const holds: Granted = { viewer, journeyId: id, imageId: image.id, reason };
    await tickets.make({ hash: hashOf(grant), purpose: PURPOSE, holds: Personal.of<unknown>(holds), now: now(), expiresAt: now() + GRANT_MS });
    return { ...image, grant };
  };
  return { data, pictures: await Promise.all((await images.ofJourney(id)).map(granted)) };
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
