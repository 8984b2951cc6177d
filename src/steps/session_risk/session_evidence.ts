import { z } from 'zod';
import type { Evidence, Visitor } from '../../journey/journey.ts';
import { Personal } from '../../personal.ts';
import { browserName } from '../browser_facts.ts';
import { deviceClass } from '../device_class.ts';
import { collected, type Collected } from './collector.ts';

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
  place: { readonly country?: string } | undefined,
): Evidence {
  const { visitor, country, email, username } = said;
  const browser = browserName(visitor.userAgent);
  const kept: SessionEvidence = {
    ...(country === undefined ? {} : { country }),
    ...(email === undefined ? {} : { email }),
    ...(username === undefined ? {} : { username }),
    address: visitor.address.open(),
    ...(place?.country === undefined ? {} : { placeCountry: place.country }),
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
