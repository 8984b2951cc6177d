/** The four answers to somebody who comes back on a device that is trusted for them. A table; pure. */
import type { Reason } from '../journey/journey.ts';
import type { Band } from './fingerprint.ts';
import type { ProofFault } from './proof.ts';
import type { TokenStanding } from './store.ts';

/** `blocked`: deny; `high`: the whole verification; `elevated`: a link to the known phone; `trusted`: nothing is asked. */
export type Answer = 'trusted' | 'elevated' | 'high' | 'blocked';

/** What was found out about a return. */
export interface ReturnFacts {
  /** The session's own decision, with what it was decided for. */
  readonly session: 'allow' | 'challenge' | 'deny';
  readonly cookie: TokenStanding;
  /** `other_device`: the proof is good, by a key that belongs to another device we know. */
  readonly proof: 'good' | 'other_device' | ProofFault;
  readonly band: Band | 'not_compared';
  /** `missing`: the device keeps a key in hardware too, and this request does not come with its cookie. */
  readonly hardware?: 'proven' | 'missing' | 'none';
  /** `not_asked`: no phone was matched to the person, or the carrier was asked a short while ago. */
  readonly sim: 'unchanged' | 'swapped' | 'could_not_tell' | 'not_asked';
  /** The application wants the person to do something (`prompt=login`, `max_age`). */
  readonly active: boolean;
  /** Whether the wanted level is reached by the device, by the link, or by neither. */
  readonly acr: 'by_device' | 'by_link' | 'beyond_link';
  /** A phone was matched to the person: a link can be sent to it. */
  readonly knownPhone: boolean;
}

interface Row {
  readonly answer: Exclude<Answer, 'trusted'>;
  readonly code: string;
  readonly when: (facts: ReturnFacts) => boolean;
}

const failedProof = (fault: ProofFault): Row => ({ answer: 'elevated', code: fault, when: ({ proof }) => proof === fault });

/** Strictest first: the first row that holds gives the answer, and every row that holds is a reason. */
const ROWS: readonly Row[] = [
  { answer: 'blocked', code: 'session_denied', when: ({ session }) => session === 'deny' },
  // Contradictory evidence: not the browser it says it is, or not alone in being it.
  { answer: 'high', code: 'fingerprint_contradictory', when: ({ band }) => band === 'contradictory' },
  { answer: 'high', code: 'cookie_replayed', when: ({ cookie }) => cookie === 'replayed' },
  { answer: 'high', code: 'sim_swapped', when: ({ sim }) => sim === 'swapped' },
  // Without a proof the link would be all there is, and it may go to whoever took the number over.
  { answer: 'high', code: 'sim_change_unknown', when: ({ sim, proof }) => sim === 'could_not_tell' && proof !== 'good' },
  { answer: 'high', code: 'key_of_another_device', when: ({ proof }) => proof === 'other_device' },
  { answer: 'high', code: 'acr_beyond_link', when: ({ acr }) => acr === 'beyond_link' },
  // Less than clean: one more proof from the person themselves.
  failedProof('proof_missing'),
  failedProof('proof_malformed'),
  failedProof('proof_type'),
  failedProof('proof_alg'),
  failedProof('proof_key'),
  failedProof('proof_key_mismatch'),
  failedProof('proof_signature'),
  failedProof('proof_challenge'),
  failedProof('proof_audience'),
  failedProof('proof_skewed'),
  { answer: 'elevated', code: 'hardware_key_missing', when: ({ hardware }) => hardware === 'missing' },
  { answer: 'elevated', code: 'fingerprint_different', when: ({ band }) => band === 'different' },
  { answer: 'elevated', code: 'session_challenged', when: ({ session }) => session === 'challenge' },
  { answer: 'elevated', code: 'active_login_wanted', when: ({ active }) => active },
  { answer: 'elevated', code: 'acr_above_device', when: ({ acr }) => acr === 'by_link' },
  { answer: 'elevated', code: 'sim_change_unknown', when: ({ sim, proof }) => sim === 'could_not_tell' && proof === 'good' },
];

/**
 * The answer, with every cause. A cookie that is `lost` asks for nothing more: nobody came with the one that followed it,
 * so its answer never arrived, and the key has signed. Where no phone is known, what a link would do the whole
 * verification does (`no_known_phone`).
 */
export function answerFor(facts: ReturnFacts): { readonly answer: Answer; readonly reasons: readonly Reason[] } {
  const causes = ROWS.filter((row) => row.when(facts));
  const reasons: readonly Reason[] = causes.map(({ code }) => ({ code }));
  const [first] = causes;
  if (!first) return { answer: 'trusted', reasons: [{ code: 'device_trusted', detail: { band: facts.band, cookie: facts.cookie } }] };
  if (first.answer === 'elevated' && !facts.knownPhone) return { answer: 'high', reasons: [...reasons, { code: 'no_known_phone' }] };
  return { answer: first.answer, reasons };
}
