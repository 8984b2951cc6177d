/**
 * Rules that decide alone, in their order; the score is asked only when none of them matched. Deny stands before
 * everything else: this is identity proofing, where a wrong allow costs more than a wrong deny.
 */
export interface HardRule {
  readonly name: string;
  readonly outcome: 'deny' | 'challenge';
  /** Signal codes that set it off. */
  readonly codes: readonly string[];
}

export const HARD_RULES: readonly HardRule[] = [
  { name: 'tor_exit', outcome: 'deny', codes: ['tor_exit'] },
  { name: 'listed_address', outcome: 'deny', codes: ['listed_address'] },
  { name: 'denied_net', outcome: 'deny', codes: ['denied_net'] },
  { name: 'velocity_deny', outcome: 'deny', codes: ['velocity_deny'] },
  { name: 'automation', outcome: 'deny', codes: ['automation_detected', 'user_agent_robot', 'user_agent_headless'] },
  { name: 'velocity_challenge', outcome: 'challenge', codes: ['velocity_challenge'] },
];
