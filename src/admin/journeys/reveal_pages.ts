import type { ReadDocument } from '../../journey/document_evidence.ts';
import type { AdminPage } from '../page.ts';
import type { FoundJourney } from './found.ts';
import { SHORTEST_REASON } from '../reason.ts';
import type { RevealedData } from './revealed.ts';
import type { Revealed } from './store.ts';

const trailTo = (id: string) => [{ title: 'Journeys', href: '/admin/journeys' }, { title: `Journey ${id}`, href: `/admin/journeys/${id}` }];

/** Asks for the reason; shows nothing yet. */
export function revealFormPage(found: FoundJourney): AdminPage {
  return {
    view: 'admin/journeys/reveal.njk', title: 'Reveal personal data', area: 'journeys', trail: trailTo(found.id),
    model: {
      id: found.id, action: `/admin/journeys/${found.id}/reveal`, cancelHref: `/admin/journeys/${found.id}`, erasedAt: found.erasedAt ?? false,
      kinds: [...new Set(found.evidence.map(({ kind }) => kind))], pictures: found.pictures.length, shortest: SHORTEST_REASON,
    },
  };
}

type Rows = readonly { readonly name: string; readonly value: string }[];

const PERSON_NAMES = {
  givenName: 'Given name', familyName: 'Family name', street: 'Street', city: 'City', region: 'Region', postalCode: 'Postal code', country: 'Country',
  phone: 'Phone', birthDate: 'Birth date', email: 'Email', username: 'User name', phoneVerified: 'Phone in hand',
} as const;

/** What there is of somebody, in the order of the names; what is empty is left out. */
function personRows(person: object | undefined): Rows {
  const values = new Map(Object.entries(person ?? {}) as [string, unknown][]);
  return Object.entries(PERSON_NAMES).flatMap(([key, name]) => {
    const value = values.get(key);
    if (value === undefined || value === '') return [];
    return [{ name, value: typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value) }];
  });
}

function documentRows({ type, issuer, number, familyName, givenName, birthDate, expiryDate, address, method }: ReadDocument): Rows {
  const rows = { 'Type': type, 'Issuer': issuer, 'Number': number, 'Family name': familyName, 'Given name': givenName, 'Birth date': birthDate, 'Expires': expiryDate, 'Read from': method };
  return [...Object.entries(rows).filter(([, value]) => value !== '').map(([name, value]) => ({ name, value })), ...personRows(address)];
}

function sectionsOf({ credential, prefill, typed, claimed, released, documents }: RevealedData): readonly { readonly title: string; readonly rows: Rows }[] {
  return [
    { title: 'The application’s name for its user', rows: credential === undefined ? [] : [{ name: 'Credential', value: credential }] },
    { title: 'Supplied by the application', rows: personRows(prefill) },
    { title: 'Given on the first page', rows: personRows(typed) },
    { title: 'Claimed by the person', rows: personRows(claimed) },
    { title: 'Released to applications', rows: personRows(released) },
    ...documents.map(({ accepted, document }, index) => ({ title: `Document ${index + 1}${accepted ? '' : ' (not accepted)'}`, rows: documentRows(document) })),
  ];
}

const PLACES = { session: 'Browser the journey began in', capture: 'What took the pictures', consent: 'What consented' } as const;

/** The one page that shows what is about a person: the answer to the form, kept by nothing. */
export function revealedPage(found: FoundJourney, { data, pictures }: Revealed, reason: string): AdminPage {
  const { id } = found;
  const opened = data.open();
  return {
    view: 'admin/journeys/revealed.njk', title: 'Personal data', area: 'journeys', trail: trailTo(id),
    model: {
      id, backHref: `/admin/journeys/${id}`, reason, erasedAt: found.erasedAt ?? false, unreadable: opened.unreadable,
      sections: sectionsOf(opened),
      places: opened.places.map((place) => ({ of: PLACES[place.of], at: place.at, address: place.address ?? '', userAgent: place.userAgent ?? '' })),
      pictures: pictures.map((picture) => ({ ...picture, action: `/admin/journeys/${id}/pictures/${picture.id}` })),
    },
  };
}
