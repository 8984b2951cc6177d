/**
 * Counts what vendors answer and how long they take, in memory: outcomes, codes and times, never what was asked or said.
 * The wiring puts it around the vendors; whoever asks them sees the same ports.
 */
import type { Mode } from '../journey/journey.ts';
import { SENDER_FAULTS, type SendAnswer, type SmsSender, type VendorAnswer, type Vendors, type VendorSet } from './ports.ts';
import type { AnswerOutcome, Capability, VendorTally } from './tally.ts';

/** One answer. */
export interface Noted {
  readonly vendor: string;
  readonly capability: Capability;
  readonly mode: Mode;
  readonly outcome: AnswerOutcome;
  readonly code?: string | undefined;
  readonly ms: number;
}

export interface VendorMeter {
  note(answer: Noted): void;
  /** Everything since the last time; the meter begins anew. */
  drain(): readonly VendorTally[];
  /** What was drained and could not be kept. */
  putBack(tallies: readonly VendorTally[]): void;
}

const HOUR = 3_600_000;
/** Different codes that one tally tells apart: a vendor that makes one up for each answer must not fill the memory. */
const MOST_CODES = 30;
const CODE = /^[A-Za-z0-9_.:-]{1,60}$/;

interface Mutable {
  readonly of: Pick<VendorTally, 'vendor' | 'capability' | 'mode' | 'hour'>;
  readonly outcomes: Record<AnswerOutcome, number>;
  readonly buckets: number[];
  readonly codes: Map<string, number>;
  last: VendorTally['last'];
}

/**
 * @param bounds of the latency buckets, milliseconds, ascending
 * @param now epoch milliseconds
 */
export function vendorMeter(bounds: readonly number[], now: () => number): VendorMeter {
  let tallies = new Map<string, Mutable>();

  const tallyOf = (of: Mutable['of'], last: VendorTally['last']): Mutable => {
    const key = JSON.stringify([of.vendor, of.capability, of.mode, of.hour]);
    const known = tallies.get(key) ?? { of, outcomes: { ok: 0, could_not_tell: 0, timed_out: 0, broke: 0 }, buckets: Array.from({ length: bounds.length + 1 }, () => 0), codes: new Map<string, number>(), last };
    if (last.at >= known.last.at) known.last = last;
    tallies.set(key, known);
    return known;
  };
  const addCode = ({ codes }: Mutable, outcome: AnswerOutcome, code: string, count: number): void => {
    const key = `${outcome} ${code}`;
    const kept = codes.has(key) || codes.size < MOST_CODES ? key : `${outcome} other`;
    codes.set(kept, (codes.get(kept) ?? 0) + count);
  };

  return {
    note({ vendor, capability, mode, outcome, code, ms }) {
      const at = now();
      const plain = code === undefined ? undefined : CODE.test(code) ? code : 'other';
      const tally = tallyOf({ vendor: CODE.test(vendor) ? vendor : 'other', capability, mode, hour: at - (at % HOUR) }, { at, outcome, code: plain, ms });
      tally.outcomes[outcome] += 1;
      const bucket = bounds.findIndex((bound) => ms <= bound);
      const place = bucket < 0 ? bounds.length : bucket;
      tally.buckets[place] = (tally.buckets[place] ?? 0) + 1;
      if (plain !== undefined) addCode(tally, outcome, plain, 1);
    },
    drain() {
      const drained = [...tallies.values()];
      tallies = new Map();
      return drained.map(({ of, outcomes, buckets, codes, last }) => ({
        ...of, outcomes, buckets, last,
        codes: [...codes].map(([key, count]) => ({ outcome: key.slice(0, key.indexOf(' ')) as AnswerOutcome, code: key.slice(key.indexOf(' ') + 1), count })),
      }));
    },
    putBack(again) {
      for (const { vendor, capability, mode, hour, outcomes, buckets, codes, last } of again) {
        const tally = tallyOf({ vendor, capability, mode, hour }, last);
        for (const [outcome, count] of Object.entries(outcomes)) tally.outcomes[outcome as AnswerOutcome] += count;
        for (const [place, count] of buckets.entries()) tally.buckets[place] = (tally.buckets[place] ?? 0) + count;
        for (const { outcome, code, count } of codes) addCode(tally, outcome, code, count);
      }
    },
  };
}

/** The same vendors, with every answer noted. What is not configured answers nothing, and nothing is noted of it. */
export function measured(vendors: Vendors, meter: Pick<VendorMeter, 'note'>): Vendors {
  return { test: measuredSet(vendors.test, 'test', meter), live: measuredSet(vendors.live, 'live', meter) };
}

function measuredSet(set: VendorSet, mode: Mode, meter: Pick<VendorMeter, 'note'>): VendorSet {
  /** Ask, and note what came: a vendor whose adapter throws broke, whoever's fault it is. */
  const noted = async <T>(capability: Capability, ask: () => Promise<VendorAnswer<T>>): Promise<VendorAnswer<T>> => {
    const begun = performance.now();
    try {
      const answer = await ask();
      if (answer.kind !== 'not_configured') {
        meter.note({
          capability, mode, vendor: answer.meta.vendor, outcome: answer.kind === 'answer' ? 'ok' : answer.kind, ms: answer.meta.latencyMs,
          code: 'code' in answer ? answer.code : undefined,
        });
      }
      return answer;
    } catch (thrown) {
      meter.note({ capability, mode, vendor: 'unknown', outcome: 'broke', code: 'threw', ms: Math.round(performance.now() - begun) });
      throw thrown;
    }
  };
  const { carrierMatch, databaseMatch, simSwap, numberRecycling, lineType, kba, documentVendor, sms } = set;
  return {
    carrierMatch: { match: (query) => noted('carrierMatch', () => carrierMatch.match(query)) },
    databaseMatch: { match: (query) => noted('databaseMatch', () => databaseMatch.match(query)) },
    simSwap: { check: (phone, hours) => noted('simSwap', () => simSwap.check(phone, hours)) },
    numberRecycling: { check: (phone, since) => noted('numberRecycling', () => numberRecycling.check(phone, since)) },
    lineType: { lookup: (phone) => noted('lineType', () => lineType.lookup(phone)) },
    kba: {
      questions: (subject, wanted) => noted('kba', () => kba.questions(subject, wanted)),
      grade: (setId, answers) => noted('kba', () => kba.grade(setId, answers)),
    },
    documentVendor: {
      name: documentVendor.name,
      start: (request) => noted('documentVendor', () => documentVendor.start(request)),
      upload: (sessionId, pictures) => noted('documentVendor', () => documentVendor.upload(sessionId, pictures)),
      result: (sessionId) => noted('documentVendor', () => documentVendor.result(sessionId)),
    },
    sms: measuredSender(sms, mode, meter),
  };
}

function measuredSender(sms: SmsSender, mode: Mode, meter: Pick<VendorMeter, 'note'>): SmsSender {
  return {
    name: sms.name,
    async send(message) {
      const begun = performance.now();
      const note = (outcome: AnswerOutcome, code: string | undefined): void =>
        meter.note({ capability: 'sms', mode, vendor: sms.name, outcome, code, ms: Math.round(performance.now() - begun) });
      let answer: SendAnswer;
      try {
        answer = await sms.send(message);
      } catch (thrown) {
        note('broke', 'threw');
        throw thrown;
      }
      if (answer.kind === 'accepted') note('ok', undefined);
      // Of a number that takes nothing the sender said so, and works; access refused to us is another thing.
      else if (answer.kind === 'rejected' && !SENDER_FAULTS.has(answer.code)) note('ok', answer.code);
      else if (answer.kind === 'unknown' && answer.code === 'timed_out') note('timed_out', answer.code);
      else if (answer.code !== 'not_configured') note('broke', answer.code);
      return answer;
    },
  };
}
