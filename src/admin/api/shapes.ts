/** Shapes that several doors of the admin API share. */
import { z } from 'zod';
import { GatehouseError } from '../../errors.ts';
import { LONGEST_REASON, SHORTEST_REASON } from '../reason.ts';

/** Epoch milliseconds as ISO 8601; null where there is no time. */
export const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

export const time = z.iso.datetime().nullable();
export const mode = z.enum(['test', 'live']);
/** As long as the console asks for. */
export const reason = z.string().trim().min(SHORTEST_REASON).max(LONGEST_REASON).describe('Why; goes into the audit log.');

/** Cursor paging: `next` of one answer is `before` of the next request. */
export const paging = {
  before: z.string().max(300).optional().describe('The `next` of the page before.'),
  most: z.coerce.number().int().min(1).max(100).default(50),
};
export const pageOf = <Shape extends z.ZodType>(item: Shape) => z.object({ data: z.array(item), next: z.string().nullable() });

/** A time of the query, from ISO 8601 to epoch milliseconds. */
export const moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** A named part of the path. */
export function part(params: Readonly<Record<string, string>>, name: string): string {
  return params[name] ?? '';
}

/** What was found, or 404. */
export function found<T>(value: T | undefined | false, what: string): T {
  if (value === undefined || value === false) throw new GatehouseError('not_found', 404, `there is no such ${what}`);
  return value;
}

/** Faults by field, as one refusal. */
export function refusedFields(faults: Readonly<Record<string, string | undefined>>): GatehouseError {
  return new GatehouseError('invalid_request', 422, Object.entries(faults).map(([field, text]) => `${field}: ${text ?? ''}`).join(' '));
}
