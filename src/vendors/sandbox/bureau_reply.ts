import { z } from 'zod';
import { MATCH_ATTRIBUTES } from '../../journey/workflow.ts';
import type { MatchAttribute } from '../../journey/workflow.ts';
import { broke, readJson } from '../answer.ts';
import type { Judged } from '../answer.ts';
import type { AttributeVerdict, MatchAnswer } from '../ports.ts';

const comparison = z.object({
  verdict: z.enum(['exact', 'close', 'different', 'not_held']),
  similarity: z.number().int().min(0).max(100).nullable(),
});
const reply = z.object({ result: z.partialRecord(z.enum(MATCH_ATTRIBUTES), comparison) });

const VERDICT_OF = {
  exact: 'match',
  close: 'partial',
  different: 'no_match',
  not_held: 'not_available',
} as const satisfies Record<string, AttributeVerdict['verdict']>;

/** Judge the identity database's reply; an attribute it left out counts as not available. */
export function judgeBureau(
  raw: { readonly status: number; readonly body: string },
  asked: readonly MatchAttribute[],
): Judged<MatchAnswer> {
  if (raw.status === 404) return { kind: 'could_not_tell', code: 'no_record' };
  if (raw.status !== 200) return broke(`http_${raw.status}`);
  const body = readJson(raw.body, reply);
  if (body === undefined) return broke('malformed_reply');
  const attributes = Object.fromEntries(asked.map((attribute) => [attribute, verdictOf(body.result[attribute])]));
  if (Object.values(attributes).every(({ verdict }) => verdict === 'not_available')) {
    return { kind: 'could_not_tell', code: 'nothing_available' };
  }
  return { kind: 'answer', value: { attributes } };
}

function verdictOf(found: z.infer<typeof comparison> | undefined): AttributeVerdict {
  if (found === undefined || found.verdict === 'not_held') return { verdict: 'not_available', score: null };
  const score = found.verdict === 'exact' ? 100 : found.similarity;
  return { verdict: VERDICT_OF[found.verdict], score };
}
