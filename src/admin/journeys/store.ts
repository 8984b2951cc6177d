/**
 * What finding and opening journeys needs kept; the console and the API look through the same desk. Nothing about the
 * person comes out of it but by {@link JourneyDesk.reveal}, {@link JourneyDesk.revealBeside} and {@link JourneyDesk.picture}, which put it on record first.
 */
import type { Mode, Verdict } from '../../journey/journey.ts';
import type { Personal } from '../../personal.ts';
import type { Actor } from '../actor.ts';
import type { FoundJourney } from './found.ts';
import type { RevealedData } from './revealed.ts';

export interface JourneyFilter {
  readonly workflowId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly mode?: Mode | undefined;
  /** `running`: not decided yet. */
  readonly verdict?: Verdict | 'running' | undefined;
  /** First reason of the decision. */
  readonly reason?: string | undefined;
  /** The step that ended last. */
  readonly step?: string | undefined;
  /** When it began, epoch milliseconds, from inclusive, until exclusive. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
}

/** One journey in a list. */
export interface JourneyLine {
  readonly id: string;
  readonly workflowId: string;
  readonly clientId: string;
  readonly mode: Mode;
  readonly createdAt: number;
  /** Undefined while it runs. */
  readonly verdict: Verdict | undefined;
  readonly reason: string | undefined;
  readonly lastStep: string | undefined;
}

export interface JourneyPage {
  /** Newest first. */
  readonly lines: readonly JourneyLine[];
  /** Opaque; asks for the older ones. Undefined on the last page. */
  readonly next: string | undefined;
}

export const PERSON_KINDS = ['phone', 'email', 'credential'] as const;
export type PersonKind = (typeof PERSON_KINDS)[number];

/** What a picture may be looked at by: once, soon, by whom and where it was revealed. */
export interface PictureGrant {
  readonly id: string;
  readonly purpose: string;
  readonly deleteAt: number;
  /** Shown nowhere but in the revealed page's own forms. */
  readonly grant: string;
}

export interface Revealed {
  readonly data: Personal<RevealedData>;
  readonly pictures: readonly PictureGrant[];
}

/** A picture as a page shows it beside the data. Times are epoch milliseconds. */
export interface PictureBeside {
  readonly id: string;
  readonly purpose: string;
  readonly createdAt: number;
  readonly deleteAt: number;
  /** Opened for this one answer; undefined where it could not be opened, or is gone meanwhile. */
  readonly jpeg: Personal<Uint8Array> | undefined;
}

/** Pictures past what one answer carries come as grants: each opens once, by itself. */
export interface RevealedBeside {
  readonly data: Personal<RevealedData>;
  readonly beside: readonly PictureBeside[];
  readonly further: readonly PictureGrant[];
}

export interface JourneyDesk {
  /** @throws GatehouseError `bad_cursor` */
  search(filter: JourneyFilter, before: string | undefined, most: number): Promise<JourneyPage>;
  /**
   * Opaque text that finds somebody's journeys: keyed hashes, so that what was typed need not be repeated.
   * @throws GatehouseError `bad_person` for what cannot be a number, address or name
   */
  personKey(kind: PersonKind, typed: Personal<string>): string;
  /**
   * Journeys of whoever the key stands for. That somebody was looked for is put on record, not whom.
   * @throws GatehouseError `bad_cursor`, `bad_person`
   */
  byPerson(actor: Actor, key: string, before: string | undefined, most: number): Promise<JourneyPage>;
  find(id: string): Promise<FoundJourney | undefined>;
  /**
   * Open what is about the person, the look being put on record first; undefined, and nothing recorded, where there is
   * no such journey. `viewer` binds the pictures' grants: the session, or the token.
   * @throws GatehouseError `reason_required`
   */
  reveal(actor: Actor, viewer: string, id: string, reason: string): Promise<Revealed | undefined>;
  /**
   * The same with the pictures themselves, the newest as far as one answer carries them; the record that comes first
   * names each one that is opened. Undefined, and nothing recorded, where there is no such journey.
   * @throws GatehouseError `reason_required`
   */
  revealBeside(actor: Actor, viewer: string, id: string, reason: string): Promise<RevealedBeside | undefined>;
  /**
   * One picture within a reveal, the look being put on record first. Undefined where it is gone by now.
   * @throws GatehouseError `picture_grant_ended` where the grant was used, ran out, or is another's
   */
  picture(actor: Actor, viewer: string, asked: { readonly journeyId: string; readonly imageId: string; readonly grant: string }): Promise<Personal<Uint8Array> | undefined>;
  /** What the filters may be set to: workflows and keys that are there, at most some hundreds. */
  choices(): Promise<{ readonly workflows: readonly string[]; readonly keys: readonly string[] }>;
}
