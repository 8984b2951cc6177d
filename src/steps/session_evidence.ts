import { z } from 'zod';
import type { Evidence, Journey, Visitor } from '../journey/journey.ts';
import type { Place, Sighting } from '../journey/store.ts';
import { Personal } from '../personal.ts';
import { browserName } from './browser_facts.ts';
import { deviceClass } from './device_class.ts';
import { collected, type Collected } from './session_risk/collector.ts';

export const SESSION_EVIDENCE_VERSION = 1;

const shape = z.strictObject({
  /** The one thing that the first page asked for, as the workflow says. */
  country: z.string().optional(),
  email: z.string().optional(),
  username: z.string().optional(),
  /** The canonical client address. */
  address: z.string(),
  /** Country the address is registered in, ISO 3166-1 alpha-2. */
  placeCountry: z.string().optional(),
  /** The point that the address was located at, and whose network it is, as far as known; where the person was, once they are. */
  point: z.strictObject({ latitude: z.number(), longitude: z.number(), radiusKm: z.number() }).partial().optional(),
  network: z.enum(['access', 'hosting', 'vpn', 'relay', 'mobile']).optional(),
  /** For people: `Chrome on Windows`. */
  browser: z.string().optional(),
  device: z.enum(['mobile', 'desktop', 'uncertain', 'robot']),
  userAgent: z.string(),
  /** The browser's components for later comparison; absent where the script did not run. */
  collector: collected.optional(),
  /** Epoch milliseconds. */
  at: z.number(),
});

/** What session risk keeps about the desktop's session, sealed, in evidence of kind `session`. */
export type SessionEvidence = Readonly<z.infer<typeof shape>>;

/** The evidence of a session. It is the browser's own word under test keys too: no sandbox stands behind it. */
export function sessionEvidence(
  said: { readonly visitor: Visitor; readonly now: number; readonly country?: string | undefined; readonly email?: string | undefined; readonly username?: string | undefined },
  data: Collected | undefined,
  place: Place,
): Evidence {
  const { visitor, country, email, username } = said;
  const { country: placeCountry, network, ...point } = place;
  const browser = browserName(visitor.userAgent);
  const kept: SessionEvidence = {
    ...(country === undefined ? {} : { country }),
    ...(email === undefined ? {} : { email }),
    ...(username === undefined ? {} : { username }),
    address: visitor.address.open(),
    ...(placeCountry === undefined ? {} : { placeCountry }),
    ...(Object.keys(point).length === 0 ? {} : { point }),
    ...(network === undefined ? {} : { network }),
    ...(browser === undefined ? {} : { browser }),
    device: deviceClass(visitor.userAgent, visitor.headers, data),
    userAgent: visitor.userAgent.slice(0, 1024),
    ...(data === undefined ? {} : { collector: data }),
    at: said.now,
  };
  return { kind: 'session', version: SESSION_EVIDENCE_VERSION, simulated: false, data: Personal.of(kept) };
}

/** The newest session evidence, opened; undefined when there is none. Throws on one that does not parse: a bug. */
export function sessionEvidenceOf(evidence: readonly Evidence[]): SessionEvidence | undefined {
  const found = evidence.findLast(({ kind, version }) => kind === 'session' && version === SESSION_EVIDENCE_VERSION);
  return found && shape.parse(found.data.open());
}

/** The application's own name for its user, as the one whose travel is judged; names of two workflows are two people's. */
export function namedSubject({ opening, workflowId }: Pick<Journey, 'opening' | 'workflowId'>): Personal<string> | undefined {
  return opening.credential?.map((name) => `credential\0${workflowId}\0${name}`);
}

/**
 * Where the person whom the application named was seen, to be written once the journey is approved: whoever merely knows
 * the name must not send them on a journey.
 */
export function approvedSightings(journey: Pick<Journey, 'opening' | 'workflowId'>, evidence: readonly Evidence[]): readonly Sighting[] {
  const subject = namedSubject(journey);
  const session = subject && sessionEvidenceOf(evidence);
  if (!session || (session.placeCountry === undefined && session.point?.latitude === undefined)) return [];
  const { placeCountry: country, point = {}, network } = session;
  const { latitude, longitude, radiusKm } = point;
  return [{
    subject,
    place: {
      ...(country === undefined ? {} : { country }),
      ...(latitude === undefined ? {} : { latitude }),
      ...(longitude === undefined ? {} : { longitude }),
      ...(radiusKm === undefined ? {} : { radiusKm }),
      ...(network === undefined ? {} : { network }),
    },
  }];
}
