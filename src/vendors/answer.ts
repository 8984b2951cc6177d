/**
 * From what a reply says to what a port answers: the same few kinds everywhere, with the record of who answered.
 */
import type { z } from 'zod';
import type { VendorAnswer, VendorMeta } from './ports.ts';

/** Who is asked: the part of {@link VendorMeta} that is known beforehand. */
export type VendorIdentity = Pick<VendorMeta, 'vendor' | 'sourceClass' | 'simulated'>;

/** What a reply means, as the pure half of an adapter sees it. Codes are from tables or ours, never vendor prose. */
export type Judged<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'could_not_tell'; readonly code: string }
  | { readonly kind: 'broke'; readonly code: string };

/** Marks every reply of the sandbox; a live vendor that sends it is not a live vendor. */
export const SIMULATED_HEADER = 'x-gatehouse-simulated';

/** A broken reply with its code. */
export function broke(code: string): { readonly kind: 'broke'; readonly code: string } {
  return { kind: 'broke', code };
}

/** Parse a JSON body against a schema; undefined where it is no JSON or has another shape. */
export function readJson<T>(body: string, schema: z.ZodType<T>): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** Begin timing a question; the function returned puts the record of who answered onto what was learned. */
export function timed(
  identity: VendorIdentity,
  requestId?: string,
): <T>(judged: Judged<T> | { readonly kind: 'timed_out' }) => VendorAnswer<T> {
  const started = performance.now();
  return (judged) => ({
    ...judged,
    meta: {
      vendor: identity.vendor,
      sourceClass: identity.sourceClass,
      simulated: identity.simulated,
      latencyMs: Math.round(performance.now() - started),
      ...(requestId === undefined ? {} : { requestId }),
    },
  });
}
