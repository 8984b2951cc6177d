/** The desk that journeys are found and opened at, in PostgreSQL. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { PERSON_KINDS, type JourneyDesk, type PersonKind } from '../../admin/journeys/store.ts';
import { GatehouseError } from '../../errors.ts';
import type { Vault } from '../../vault/vault.ts';
import type { KeptImages } from '../images.ts';
import { auditLog, type Auditing } from './audit.ts';
import { foundJourney } from './journeys_found.ts';
import { credentialHashes, emailHash, phoneHash } from './journeys_index.ts';
import { revealBeside, revealJourney, revealPicture } from './journeys_reveal.ts';
import { searchJourneys, searchPerson } from './journeys_search.ts';

export interface JourneyDeskDeps extends Auditing {
  readonly vault: Vault;
  readonly images: Pick<KeptImages, 'ofJourney' | 'reveal'>;
  /** Bytes of pictures that one answer carries; `MOST_BESIDE_BYTES` by default. */
  readonly mostBesideBytes?: number;
}

const MOST_CHOICES = 300;
const LONGEST_TYPED = 320;
/** A kind and one or two keyed hashes. */
const KEY = /^(phone|email|credential)((?:\.[\w-]{43}){1,2})$/;

export function journeyDesk(deps: JourneyDeskDeps): JourneyDesk {
  const { db, vault } = deps;
  const audit = auditLog(deps);
  return {
    search: (filter, before, most) => searchJourneys(db, filter, before, most),
    personKey(kind, typed) {
      return [kind, ...hashesOf(vault, kind, typed.open().normalize('NFC').trim())].join('.');
    },
    async byPerson(actor, key, before, most) {
      const [, kind, hashes] = KEY.exec(key) ?? [];
      if (kind === undefined || hashes === undefined) throw badPerson('somebody is looked for by what this gateway did not make');
      const page = await searchPerson(db, kind as PersonKind, hashes.slice(1).split('.'), before, most);
      await audit.note(actor, { action: 'journey.searched', target: { kind: 'person', id: kind }, details: { by: kind, found: page.lines.length, further: before !== undefined } });
      return page;
    },
    find: (id) => foundJourney(deps, id),
    reveal: (actor, viewer, id, reason) => revealJourney(deps, actor, viewer, id, reason),
    revealBeside: (actor, viewer, id, reason) => revealBeside(deps, actor, viewer, id, reason, deps.mostBesideBytes),
    picture: (actor, viewer, asked) => revealPicture(deps, actor, viewer, asked),
    async choices() {
      const [workflows, keys] = await Promise.all([
        db.selectFrom('workflow').select('id').orderBy('id').limit(MOST_CHOICES).execute(),
        db.selectFrom('workflow_key').select('client_id').orderBy('client_id').limit(MOST_CHOICES).execute(),
      ]);
      return { workflows: workflows.map(({ id }) => id), keys: keys.map((key) => key.client_id) };
    },
  };
}

function hashesOf(vault: Vault, kind: PersonKind, typed: string): readonly string[] {
  if (typed === '' || typed.length > LONGEST_TYPED) throw badPerson('what somebody is looked for by is empty or too long');
  switch (kind) {
    case 'phone': {
      const number = parsePhoneNumberFromString(typed);
      if (!number) throw badPerson('Enter the number with its country, such as +1 407 555 0123.');
      return [phoneHash(vault, number.number)];
    }
    case 'email':
      if (!/^[^\s@]+@[^\s@]+$/.test(typed)) throw badPerson('Enter a whole email address.');
      return [emailHash(vault, typed)];
    case 'credential':
      return credentialHashes(vault, typed);
    default:
      throw badPerson(`nobody can be looked for by this; there are ${PERSON_KINDS.join(', ')}`);
  }
}

function badPerson(why: string): GatehouseError {
  return new GatehouseError('bad_person', 422, why);
}
