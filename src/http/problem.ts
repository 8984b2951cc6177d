import { randomBytes } from 'node:crypto';
import type { GatehouseError } from '../errors.ts';

/** RFC 9457 problem details. `code` is stable; `reference` finds the operator's line in the log. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly reference: string;
}

/** A short number to quote: 8 characters without look-alikes. */
export function newReference(): string {
  const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
  return [...randomBytes(8)].map((byte) => alphabet[byte % alphabet.length]).join('');
}

export function problem(error: GatehouseError, title: string, reference: string): Problem {
  return { type: `urn:gatehouse:error:${error.code}`, title, status: error.status, code: error.code, reference };
}
