/**
 * A signal is one fact found about a session, with a stable code. Gathering signals is the step's work; what they add
 * up to is decided here, in pure functions.
 */
import { z } from 'zod';

export const SEVERITIES = ['none', 'low', 'medium', 'high'] as const;

const detailValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const signal = z.strictObject({
  /** Which gatherer: one gatherer always reports under one id. */
  id: z.string(),
  /** Version of the gatherer, so that recorded signals stay readable when one changes. */
  version: z.number().int(),
  /** `ok`: looked and knows; `unknown`: could not look; `error`: looked and broke. Only `ok` can be clean. */
  status: z.enum(['ok', 'unknown', 'error']),
  severity: z.enum(SEVERITIES),
  /** Stable code; points and hard rules are keyed by it. */
  code: z.string(),
  /** Codes, counts and names of lists; never personal data. */
  details: z.record(z.string(), detailValue),
  /** What the fact was read from: `headers`, `collector`, `feed`, `workflow`, `store`, `address`. */
  source: z.string(),
  /** Version of the list behind the fact: a digest and its date. */
  feedVersion: z.string().exactOptional(),
});

/** One fact found about a session. */
export type Signal = Readonly<z.infer<typeof signal>>;
