/** What coming back keeps between requests; sealed at rest. */
import { z } from 'zod';
import { deviceKeyEvidence } from '../../journey/device_evidence.ts';
import type { ProofFault } from '../../devices/proof.ts';
import type { Change, StepView } from '../step.ts';

const FAULTS = {
  proof_missing: 0, proof_malformed: 0, proof_type: 0, proof_alg: 0, proof_key: 0, proof_key_mismatch: 0, proof_signature: 0, proof_challenge: 0,
  proof_audience: 0, proof_skewed: 0,
} satisfies Readonly<Record<ProofFault, 0>>;
const PROOFS = ['good', 'other_device', ...(Object.keys(FAULTS) as ProofFault[])] as const;

/** What the carrier said of the SIM: `swapped` since it was last known not to be. */
export const SIM_FINDINGS = ['unchanged', 'swapped', 'could_not_tell', 'not_asked'] as const;
export type SimFinding = (typeof SIM_FINDINGS)[number];

const known = z.strictObject({
  deviceId: z.string(),
  /** Of the key that the device is bound by. */
  thumbprint: z.string(),
  trustId: z.string(),
  accountId: z.string(),
  /** The journey that verified the person, what it reached, and what it told of them. */
  journeyId: z.string(),
  acr: z.string(),
  profile: z.looseObject({ phone: z.string(), phoneVerified: z.boolean() }),
  /** E.164; matched to the person when they were verified. */
  linkPhone: z.string().optional(),
  grantedAt: z.number(),
  /** When the carrier was last asked about the SIM; absent where it never was. */
  simCheckedAt: z.number().optional(),
});
/** Whom the device stands for, as far as its cookie says. */
export type Known = z.infer<typeof known>;

/** The session's own decision, and its evidence as it is recorded in the end. */
const sessionSeen = z.strictObject({
  outcome: z.enum(['allow', 'challenge', 'deny']),
  version: z.number().int(),
  simulated: z.boolean(),
  data: z.unknown(),
});

const weighed = {
  known,
  /** The cookie that came with the proof; `gone`: none that we know. */
  cookie: z.enum(['current', 'previous', 'lost', 'replayed', 'gone', 'other_device']),
  /** Whom the device is trusted for, where its cookie is in two hands: for none of them any more. */
  exposed: z.array(z.string()),
  /** Why the trust that was good a moment ago is not any more. */
  withdrawn: z.string().optional(),
  /** `good`, `other_device`, or the fault. */
  proof: z.enum(PROOFS),
  /** Of the key that the browser keeps in hardware by its own protocol, where the device has one. */
  hardware: z.enum(['proven', 'missing', 'none']),
  band: z.enum(['same', 'drifted', 'different', 'contradictory', 'not_compared']),
  session: sessionSeen,
  /** The key that signed, be it the bound one or a new one, with its browser. */
  shown: deviceKeyEvidence.optional(),
};

export const stateShape = z.discriminatedUnion('at', [
  /** The browser's key is asked for. */
  z.strictObject({
    at: z.literal('proving'), known, challenge: z.string(), madeAt: z.number(), rounds: z.number().int().min(1),
    /** The journey's version from which on this challenge stands on the page. */
    askedFrom: z.number().int(),
  }),
  /** Answered: what it comes to, and what the carrier says, is worked out. */
  z.strictObject({ at: z.literal('weighing'), ...weighed }),
  /** Not enough: a passkey may make up for it. */
  z.strictObject({
    at: z.literal('choosing'), ...weighed,
    sim: z.enum(SIM_FINDINGS),
    passkey: z.strictObject({ challenge: z.string(), options: z.record(z.string(), z.unknown()) }),
    tries: z.number().int().min(0),
  }),
]);
export type State = z.infer<typeof stateShape>;
export type Proving = Extract<State, { readonly at: 'proving' }>;
export type Weighing = Extract<State, { readonly at: 'weighing' }>;
export type Choosing = Extract<State, { readonly at: 'choosing' }>;
/** What was learned of the browser that came back. */
export type Weighed = Omit<Weighing, 'at'>;

/** What the step may look at. */
export type View = StepView<State>;
/** How what the world answered changes the state that is current by then. */
export type Apply = (current: View) => Change<State> | undefined;
