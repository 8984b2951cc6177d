/**
 * A workflow is data: nodes, and for every outcome of every node where it leads. This file holds its shape; the checks
 * that publishing makes are in `publish.ts`, the built-in ones in `templates/`.
 */
import { z } from 'zod';
import { automations } from './automation_options.ts';
import { documentOptions, kbaOptions } from './document_options.ts';
import { STEP_NAMES } from './journey.ts';

export const LINE_TYPES = ['mobile', 'landLine', 'fixedVoip', 'nonFixedVoip', 'other'] as const;
export type LineType = (typeof LINE_TYPES)[number];

/** Attributes a carrier or identity database can be asked to match. */
export const MATCH_ATTRIBUTES = [
  'givenName',
  'familyName',
  'street',
  'city',
  'region',
  'postalCode',
  'country',
  'birthDate',
] as const;
export type MatchAttribute = (typeof MATCH_ATTRIBUTES)[number];

const target = z.union([
  z.strictObject({ go: z.string().min(1) }),
  z.strictObject({ end: z.enum(['approve', 'deny', 'review']) }),
]);

/** Where an outcome leads: to another node, or to a decision. */
export type Target = z.infer<typeof target>;

const node = z.strictObject({
  step: z.enum(STEP_NAMES),
  routes: z.record(z.string(), target),
});

const matchPolicy = z.strictObject({
  /** Least score, 0 to 100, at which an attribute counts as matching; an attribute without a threshold is not asked. */
  thresholds: z.partialRecord(z.enum(MATCH_ATTRIBUTES), z.number().int().min(1).max(100)).default({
    givenName: 80,
    familyName: 85,
    street: 80,
    postalCode: 100,
  }),
  /** Each of these must match. */
  mustMatch: z.array(z.enum(MATCH_ATTRIBUTES)).default(['familyName', 'givenName']),
  /** At least this many of the asked attributes must match. */
  atLeast: z.number().int().min(1).max(MATCH_ATTRIBUTES.length).default(3),
});
export type MatchPolicy = z.infer<typeof matchPolicy>;

const phoneRisk = z.strictObject({
  lineType: z.boolean().default(true),
  /** Line types that count as risky. */
  riskyLineTypes: z.array(z.enum(LINE_TYPES)).default(['landLine', 'fixedVoip', 'nonFixedVoip', 'other']),
  simSwap: z.boolean().default(true),
  /** Hours to look back for a SIM change; CAMARA allows 1 to 2400. */
  simSwapWindowHours: z.number().int().min(1).max(2400).default(72),
  recycled: z.boolean().default(true),
  /** Days since when a change of subscriber counts as recycled at a first onboarding. */
  recycledWithinDays: z.number().int().min(1).max(3650).default(90),
});
export type PhoneRiskPolicy = z.infer<typeof phoneRisk>;

const riskPolicy = z.strictObject({
  /** What is collected on the first page. */
  collect: z.enum(['country', 'email', 'username', 'nothing']).default('country'),
  challengeAt: z.number().int().min(1).max(100).default(40),
  denyAt: z.number().int().min(1).max(100).default(80),
  /** Points per signal code that replace the built-in table's. */
  points: z.record(z.string(), z.number().int().min(0).max(100)).default({}),
  /** Velocity rules deny under `test` keys too (SPEC 11: otherwise they are evaluated and recorded only). */
  velocityDeniesTest: z.boolean().default(false),
  /** Addresses and nets (CIDR) of this workflow that are denied outright. */
  deniedNets: z.array(z.string()).default([]),
  /** Addresses and nets whose signals never deny or challenge; hard rules stand before them. */
  allowedNets: z.array(z.string()).default([]),
  /** Countries (ISO 3166-1 alpha-2) whose addresses are denied. */
  deniedCountries: z.array(z.string().regex(/^[A-Z]{2}$/)).default([]),
  /** The email risk add-on: disposable domains and mail exchangers are looked up. */
  emailRisk: z.boolean().default(false),
});
export type RiskPolicy = z.infer<typeof riskPolicy>;

const devices = z.strictObject({
  /** Devices are bound on approval and let people come back. */
  trust: z.boolean().default(true),
  desktopDays: z.number().int().min(1).max(365).default(180),
  phoneDays: z.number().int().min(1).max(365).default(90),
  /** Devices one person may have trusted at a time; the one longest unused goes first. */
  most: z.number().int().min(1).max(50).default(10),
  /** Further workflows whose trust counts here. */
  trustFrom: z.array(z.string().min(1)).max(20).default([]),
  /** Ask the carrier on return whether the SIM was swapped since, at most once a day. */
  simSwap: z.boolean().default(true),
  /** Passkeys are offered and accepted. */
  passkeys: z.boolean().default(true),
});
export type DevicePolicy = z.infer<typeof devices>;

const link = z.strictObject({
  lifetimeSeconds: z.number().int().min(60).max(3600).default(600),
  /** The phone picks the number that the desktop shows. */
  numberTransfer: z.boolean().default(true),
  /** Confirming on a desktop: deny, or allow one more try within the link's life. */
  desktopOpen: z.enum(['deny', 'one_more_try']).default('deny'),
  /** Messages per journey, the first one included. */
  maxSends: z.number().int().min(1).max(10).default(3),
  resendAfterSeconds: z.number().int().min(5).max(600).default(30),
  /** Messages per phone number in 24 hours (denies only under live keys unless `velocityDeniesTest`). */
  maxPerPhonePerDay: z.number().int().min(1).max(50).default(5),
});
export type LinkPolicy = z.infer<typeof link>;

const review = z.strictObject({
  /** By when a case is to be decided, hours after it was opened. */
  slaHours: z.number().int().min(1).max(720).default(24),
  /** An approval or a denial by one person has to be confirmed by another. */
  fourEyes: z.boolean().default(false),
  /** How long somebody who is asked for a step again has for it, hours. */
  againHours: z.number().int().min(1).max(720).default(72),
});
export type ReviewPolicy = z.infer<typeof review>;

const texts = z.record(z.string(), z.string().min(1));

export const workflowOptions = z.strictObject({
  match: matchPolicy.prefault({}),
  phoneRisk: phoneRisk.prefault({}),
  risk: riskPolicy.prefault({}),
  link: link.prefault({}),
  documents: documentOptions.prefault({}),
  devices: devices.prefault({}),
  kba: kbaOptions.prefault({}),
  review: review.prefault({}),
  /** What happens by itself once a journey is decided. */
  automations,
  /** Who says who the person is: the person on the form, or the application, which the person must match. */
  identity: z.enum(['person', 'application']).default('person'),
  /** Ask for the date of birth on the form. */
  askBirthDate: z.boolean().default(false),
  /** Countries whose people go by the phone path; others end pii_validation as `unsupported_country`. */
  phoneCountries: z.array(z.string().regex(/^[A-Z]{2}$/)).default(['US', 'GB', 'CA']),
  /** How often a person may send details to be matched; only the last failure leaves the step. */
  piiAttempts: z.number().int().min(1).max(5).default(1),
  journeySeconds: z.number().int().min(120).max(7200).default(1800),
  /** How often a person may ask for more time; each adds half of `journeySeconds`. */
  maxExtensions: z.number().int().min(0).max(5).default(2),
  /** Where the phone lands when a capture ends: https, or a registered app scheme. */
  asyncUIRedirect: z.url().optional(),
  /** `error`: `access_denied`; `token`: a code whose token says `policyDecision: "deny"` (SPEC 6). */
  denyAs: z.enum(['error', 'token']).default('error'),
  /** For how long a session's proof counts as recent, so that coming back loads no page at all, seconds; 0 asks every time. */
  reuseSeconds: z.number().int().min(0).max(15552000).default(900),
  /** Tell a `persistent_id`: the same for a person at every application of this workflow, whatever their sectors. */
  persistentId: z.boolean().default(false),
  /** Shown beside the phone field, by locale; recorded with its hash. `{app}` is replaced by the application's name. */
  consentTexts: texts.default({}),
  retentionDays: z.number().int().min(1).max(3650).default(365),
  theme: z
    .strictObject({
      name: z.string().max(60).optional(),
      /** CSS colour `#rrggbb`. */
      accent: z.string().regex(/^#[0-9a-fA-F]{6}$/).optional(),
      logo: z.string().regex(/^data:image\/(png|svg\+xml|webp);base64,[A-Za-z0-9+/=]+$/).max(100_000).optional(),
    })
    .prefault({}),
});
export type WorkflowOptions = z.infer<typeof workflowOptions>;

export const workflowDefinition = z.strictObject({
  name: z.string().min(1).max(80),
  template: z.string().min(1),
  entry: z.string().min(1),
  nodes: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,40}$/), node),
  options: workflowOptions.prefault({}),
});

/** A workflow as written by its author: parsed, not yet checked for publishing. */
export type WorkflowDefinition = z.infer<typeof workflowDefinition>;
/** What an author may leave out, filled in by {@link workflowDefinition}. */
export type WorkflowSource = z.input<typeof workflowDefinition>;

/** A deployed version; it never changes, and journeys keep the version they began with. */
export interface Workflow {
  readonly id: string;
  readonly version: number;
  readonly definition: WorkflowDefinition;
}

/** `user_onboarding@3`: names the policy a decision was made under. */
export function policyOf(workflow: Workflow): string {
  return `${workflow.id}@${workflow.version}`;
}
