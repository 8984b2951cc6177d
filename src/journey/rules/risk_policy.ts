/**
 * Risk policies: what a workflow says in its own options (version 0), and the versions that operators try in the shadow
 * and then make active. A version holds only what it changes.
 */
import { z } from 'zod';
import { GatehouseError } from '../../errors.ts';
import type { RiskPolicy } from '../workflow.ts';
import { HARD_RULE_NAMES, type HardRuleName } from './hard_rules.ts';
import { SIGNAL_IDS } from './points.ts';
import { VELOCITY_RULES, type VelocityLimits } from './velocity.ts';

/** What a signal counts that could not look (`unknown`) or broke (`error`). `points`: what its code is worth. */
export const UNKNOWN_HANDLING = ['ignore', 'points', 'deny'] as const;
export type UnknownHandling = (typeof UNKNOWN_HANDLING)[number];

const percent = z.number().int().min(1).max(100);
const nets = z.array(z.string().max(60)).max(10_000);
const limits = z.strictObject({ challengeAt: z.number().int().min(1).max(10_000), denyAt: z.number().int().min(1).max(10_000) })
  .refine(({ challengeAt, denyAt }) => challengeAt <= denyAt, 'challengeAt must not be above denyAt');

/** What a version changes; everything left out stays as the workflow's options say. */
export const riskPolicyDocument = z.strictObject({
  challengeAt: percent.exactOptional(),
  denyAt: percent.exactOptional(),
  /** Points per signal code that replace the built-in table's. */
  points: z.record(z.string().max(60), z.number().int().min(0).max(100)).exactOptional(),
  /** By id of the signal; `points` where nothing is said. */
  unknown: z.partialRecord(z.enum(SIGNAL_IDS), z.enum(UNKNOWN_HANDLING)).exactOptional(),
  allowedNets: nets.exactOptional(),
  deniedNets: nets.exactOptional(),
  deniedCountries: z.array(z.string().regex(/^[A-Z]{2}$/)).max(250).exactOptional(),
  /** Limits by name of the velocity rule. */
  velocity: z.record(z.string().refine((name) => VELOCITY_RULES.some((rule) => rule.name === name), 'no such velocity rule'), limits).exactOptional(),
  /** Hard rules by name; on where nothing is said. */
  rules: z.partialRecord(z.enum(HARD_RULE_NAMES), z.boolean()).exactOptional(),
});
export type RiskPolicyDocument = Readonly<z.infer<typeof riskPolicyDocument>>;

/** A policy with nothing left open. */
export interface EffectivePolicy {
  /** 0: the workflow's own. */
  readonly version: number;
  readonly challengeAt: number;
  readonly denyAt: number;
  readonly points: Readonly<Record<string, number>>;
  readonly unknown: Readonly<Partial<Record<string, UnknownHandling>>>;
  readonly allowedNets: readonly string[];
  readonly deniedNets: readonly string[];
  readonly deniedCountries: readonly string[];
  readonly velocity: VelocityLimits;
  readonly rules: Readonly<Partial<Record<HardRuleName, boolean>>>;
  readonly velocityDeniesTest: boolean;
}

export type PolicyStatus = 'draft' | 'shadow' | 'active' | 'retired';

/** A version as it is kept. */
export interface PolicyVersion {
  readonly workflowId: string;
  readonly version: number;
  readonly status: PolicyStatus;
  readonly document: RiskPolicyDocument;
  readonly note: string | undefined;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** What decisions of a workflow are made by now. Implemented in `store/risk_policies.ts`. */
export interface CurrentPolicies {
  of(workflowId: string): Promise<{ readonly active: PolicyVersion | undefined; readonly shadow: PolicyVersion | undefined }>;
}

/** The workflow's own policy with what a version changes in it. Points and limits are replaced one by one, lists whole. */
export function effectivePolicy(own: RiskPolicy, changed?: Pick<PolicyVersion, 'version' | 'document'>): EffectivePolicy {
  const { challengeAt, denyAt, points, velocityDeniesTest, deniedNets, allowedNets, deniedCountries } = own;
  const base: EffectivePolicy = {
    version: 0, challengeAt, denyAt, points, unknown: {}, allowedNets, deniedNets, deniedCountries, velocity: {}, rules: {}, velocityDeniesTest,
  };
  if (!changed) return base;
  const { document } = changed;
  return { ...base, ...document, version: changed.version, points: { ...points, ...document.points } };
}

/** From which standing to which a version may go. A retired one was active once, so that going back to it is quick. */
const TRANSITIONS: Readonly<Record<PolicyStatus, readonly PolicyStatus[]>> = {
  draft: ['shadow'],
  shadow: ['active', 'draft'],
  active: ['retired'],
  retired: ['active', 'shadow'],
};

/**
 * Check a change of standing.
 *
 * @throws GatehouseError `risk_policy_transition`, which says what would have been allowed
 */
export function checkTransition(from: PolicyStatus, to: PolicyStatus): void {
  if (TRANSITIONS[from].includes(to)) return;
  throw new GatehouseError('risk_policy_transition', 409, `a policy that is ${from} cannot become ${to}, only ${TRANSITIONS[from].join(' or ')}`);
}
