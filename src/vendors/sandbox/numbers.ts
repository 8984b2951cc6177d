/**
 * Numbers with a story. All are `+1 202 555 01xx`: valid in form, reserved for fiction, assigned to nobody. Every other
 * number (`+1 407 555 01xx`, say) is ordinary: a mobile line, neither swapped nor recycled, whose subscriber is the
 * persona asked for.
 *
 * | number           | what happens                                                                             |
 * |------------------|------------------------------------------------------------------------------------------|
 * | +1 202 555 0111  | carrier, identity database and line type answer too slowly                               |
 * | +1 202 555 0112  | all three are broken (500)                                                               |
 * | +1 202 555 0113  | all three answer with text that is not JSON                                              |
 * | +1 202 555 0114  | all three answer with JSON of the wrong types                                            |
 * | +1 202 555 0115  | all three refuse for too many requests (429)                                             |
 * | +1 202 555 0116  | nobody knows the number (404 IDENTIFIER_NOT_FOUND, line type unknown)                    |
 * | +1 202 555 0117  | only the carrier is broken; the identity database answers                                |
 * | +1 202 555 0118  | all three break the connection in the middle of the body                                 |
 * | +1 202 555 0119  | all three answer with far too much                                                       |
 * | +1 202 555 0120  | SIM changed 12 hours ago                                                                 |
 * | +1 202 555 0121  | number given to another subscriber 30 days ago                                           |
 * | +1 202 555 0122  | landline                                                                                 |
 * | +1 202 555 0123  | fixed VoIP                                                                               |
 * | +1 202 555 0124  | non-fixed VoIP                                                                           |
 * | +1 202 555 0125  | line type unknown (null)                                                                 |
 * | +1 202 555 0126  | toll-free (line type other)                                                              |
 * | +1 202 555 0127  | partial match exactly at the default thresholds (80, 85, 80): passes                     |
 * | +1 202 555 0128  | partial match one below them (79, 84, 79): fails                                         |
 * | +1 202 555 0129  | carrier allows a SIM look-back of 240 hours at most (400 OUT_OF_RANGE)                   |
 * | +1 202 555 0130  | carrier refuses every SIM look-back (400 OUT_OF_RANGE)                                   |
 * | +1 202 555 0131  | only the carrier is slow; the identity database answers                                  |
 * | +1 202 555 0132  | only the identity database is broken; the carrier answers                                |
 * | +1 202 555 0133  | only the line-type look-up is broken                                                     |
 * | +1 202 555 0134  | carrier and identity database hold nothing on any attribute (not_available)              |
 * | +1 202 555 0135  | matches; messages to it are rejected                                                     |
 * | +1 202 555 0136  | matches; messages to it are kept, but the answer to the send is lost                     |
 */

/** Who can be troubled. */
export type SandboxService = 'carrier' | 'bureau' | 'lineType';

export type Trouble =
  | 'slow'
  | 'broken'
  | 'malformed_json'
  | 'malformed_shape'
  | 'rate_limited'
  | 'unknown_number'
  | 'reset'
  | 'huge';

export interface NumberEffects {
  readonly trouble?: Readonly<Partial<Record<SandboxService, Trouble>>>;
  readonly simSwappedHoursAgo?: number;
  /** Longest SIM look-back the carrier allows, hours. */
  readonly simSwapLongestHours?: number;
  readonly recycledDaysAgo?: number;
  /** In the words of Lookup v2; null where it has none. */
  readonly lineType?: string | null;
  /** Similarities reported instead of the computed ones. */
  readonly scores?: { readonly givenName: number; readonly familyName: number; readonly street: number };
  readonly nothingHeld?: true;
  readonly message?: 'rejected' | 'unknown';
}

export interface SpecialNumber {
  /** Stable name, for tests and documents. */
  readonly name: string;
  /** E.164. */
  readonly number: string;
  readonly effects: NumberEffects;
}

const everywhere = (trouble: Trouble): NumberEffects => ({
  trouble: { carrier: trouble, bureau: trouble, lineType: trouble },
});

export const SPECIAL_NUMBERS = [
  { name: 'slow', number: '+12025550111', effects: everywhere('slow') },
  { name: 'broken', number: '+12025550112', effects: everywhere('broken') },
  { name: 'malformed_json', number: '+12025550113', effects: everywhere('malformed_json') },
  { name: 'malformed_shape', number: '+12025550114', effects: everywhere('malformed_shape') },
  { name: 'rate_limited', number: '+12025550115', effects: everywhere('rate_limited') },
  { name: 'unknown_number', number: '+12025550116', effects: everywhere('unknown_number') },
  { name: 'carrier_broken', number: '+12025550117', effects: { trouble: { carrier: 'broken' } } },
  { name: 'reset', number: '+12025550118', effects: everywhere('reset') },
  { name: 'huge', number: '+12025550119', effects: everywhere('huge') },
  { name: 'sim_swapped', number: '+12025550120', effects: { simSwappedHoursAgo: 12 } },
  { name: 'recycled', number: '+12025550121', effects: { recycledDaysAgo: 30 } },
  { name: 'landline', number: '+12025550122', effects: { lineType: 'landline' } },
  { name: 'fixed_voip', number: '+12025550123', effects: { lineType: 'fixedVoip' } },
  { name: 'non_fixed_voip', number: '+12025550124', effects: { lineType: 'nonFixedVoip' } },
  { name: 'line_type_unknown', number: '+12025550125', effects: { lineType: null } },
  { name: 'toll_free', number: '+12025550126', effects: { lineType: 'tollFree' } },
  {
    name: 'partial_at_thresholds',
    number: '+12025550127',
    effects: { scores: { givenName: 80, familyName: 85, street: 80 } },
  },
  {
    name: 'partial_below_thresholds',
    number: '+12025550128',
    effects: { scores: { givenName: 79, familyName: 84, street: 79 } },
  },
  { name: 'sim_window_240', number: '+12025550129', effects: { simSwapLongestHours: 240 } },
  { name: 'sim_window_none', number: '+12025550130', effects: { simSwapLongestHours: 0 } },
  { name: 'carrier_slow', number: '+12025550131', effects: { trouble: { carrier: 'slow' } } },
  { name: 'bureau_broken', number: '+12025550132', effects: { trouble: { bureau: 'broken' } } },
  { name: 'line_type_broken', number: '+12025550133', effects: { trouble: { lineType: 'broken' } } },
  { name: 'nothing_held', number: '+12025550134', effects: { nothingHeld: true } },
  { name: 'message_rejected', number: '+12025550135', effects: { message: 'rejected' } },
  { name: 'message_unknown', number: '+12025550136', effects: { message: 'unknown' } },
] as const satisfies readonly SpecialNumber[];

export type SpecialNumberName = (typeof SPECIAL_NUMBERS)[number]['name'];

const effectsByNumber: ReadonlyMap<string, NumberEffects> = new Map(
  SPECIAL_NUMBERS.map(({ number, effects }) => [number, effects]),
);

/** What is special about a number (E.164); nothing for an ordinary one. */
export function effectsOf(number: string): NumberEffects {
  return effectsByNumber.get(number) ?? {};
}

/** The special number of a name, E.164. */
export function specialNumber(name: SpecialNumberName): string {
  const found = SPECIAL_NUMBERS.find((special) => special.name === name);
  if (found === undefined) throw new Error(`no special number is called ${name}`);
  return found.number;
}

/** Numbers (E.164) to which messages have this fate. */
export function numbersWithMessage(fate: 'rejected' | 'unknown'): ReadonlySet<string> {
  const all: readonly SpecialNumber[] = SPECIAL_NUMBERS;
  return new Set(all.filter(({ effects }) => effects.message === fate).map(({ number }) => number));
}
