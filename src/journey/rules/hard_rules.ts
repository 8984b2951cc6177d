/**
 * Rules that decide alone, in their order. Those that deny come before everything else, allow lists too: this is
 * identity proofing, where a wrong allow costs more than a wrong deny. A policy may switch any of them off by its name;
 * the points of its codes stay, so that a rule that is off can still weigh.
 */
export interface HardRule {
  readonly name: HardRuleName;
  readonly outcome: 'deny' | 'challenge';
  /** Signal codes that set it off. */
  readonly codes: readonly string[];
}

export const HARD_RULE_NAMES = [
  'tor_exit', 'listed_address', 'listed_net', 'listed_device', 'listed_phone', 'listed_email', 'listed_identity', 'denied_net', 'denied_country', 'unknown_denied', 'velocity_deny', 'automation', 'velocity_challenge',
] as const;
export type HardRuleName = (typeof HARD_RULE_NAMES)[number];

export const HARD_RULES: readonly HardRule[] = [
  { name: 'tor_exit', outcome: 'deny', codes: ['tor_exit'] },
  { name: 'listed_address', outcome: 'deny', codes: ['listed_address'] },
  // What the operator listed by hand; addresses of theirs have the code of the feeds' lists.
  { name: 'listed_net', outcome: 'deny', codes: ['listed_net'] },
  { name: 'listed_device', outcome: 'deny', codes: ['listed_device'] },
  { name: 'listed_phone', outcome: 'deny', codes: ['listed_phone'] },
  { name: 'listed_email', outcome: 'deny', codes: ['listed_email'] },
  { name: 'listed_identity', outcome: 'deny', codes: ['listed_identity'] },
  { name: 'denied_net', outcome: 'deny', codes: ['denied_net'] },
  { name: 'denied_country', outcome: 'deny', codes: ['denied_country'] },
  // Set off by what a policy says of signals that could not look: see `RiskPolicyDocument.unknown`.
  { name: 'unknown_denied', outcome: 'deny', codes: [] },
  { name: 'velocity_deny', outcome: 'deny', codes: ['velocity_deny'] },
  { name: 'automation', outcome: 'deny', codes: ['automation_detected', 'user_agent_robot', 'user_agent_headless'] },
  { name: 'velocity_challenge', outcome: 'challenge', codes: ['velocity_challenge'] },
];
