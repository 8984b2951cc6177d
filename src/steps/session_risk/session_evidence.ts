import { z } from 'zod';
import type { Evidence } from '../../journey/journey.ts';
import { collected } from './collector.ts';

export const SESSION_EVIDENCE_VERSION = 1;

const sessionEvidence = z.strictObject({
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
export type SessionEvidence = Readonly<z.infer<typeof sessionEvidence>>;

/** The newest session evidence, opened; undefined when there is none. Throws on one that does not parse: a bug. */
export function sessionEvidenceOf(evidence: readonly Evidence[]): SessionEvidence | undefined {
  const found = evidence.findLast(({ kind, version }) => kind === 'session' && version === SESSION_EVIDENCE_VERSION);
  return found && sessionEvidence.parse(found.data.open());
}
