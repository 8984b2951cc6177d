/** A world for the first page and for whoever gathers signals: everything it asks answers what a test says. */
import { createHash } from 'node:crypto';
import type { FeedAnswer } from '../../../src/feeds/feeds.ts';
import { riskPolicyDocument, type PolicyVersion, type RiskPolicyDocument } from '../../../src/journey/rules/risk_policy.ts';
import type { SeenPlace } from '../../../src/journey/rules/travel.ts';
import type { VelocityQuestion } from '../../../src/journey/rules/velocity.ts';
import type { Place } from '../../../src/journey/store.ts';
import type { DeviceKeyDeps } from '../../../src/steps/device_key.ts';
import { shownAtToken } from '../../../src/steps/session_risk/fill_signals.ts';
import type { GatherDeps } from '../../../src/steps/session_risk/gather.ts';
import type { MailAnswer } from '../../../src/steps/session_risk/mail_exchangers.ts';
import type { SessionPasskeys } from '../../../src/steps/session_risk/passkey_port.ts';

export const NOW = 1_800_000_000_000;
export const NOT_CONFIGURED: FeedAnswer = { kind: 'not_configured' };
export const LISTED: FeedAnswer = { kind: 'listed', list: 0, version: 'v' };

export interface World {
  readonly tor?: FeedAnswer;
  readonly denied?: FeedAnswer;
  readonly hosting?: FeedAnswer;
  readonly vpn?: FeedAnswer;
  /** How often everything was seen, or by name of the rule. */
  readonly seen?: number | Readonly<Record<string, number>>;
  readonly place?: Place;
  readonly last?: SeenPlace;
  readonly active?: RiskPolicyDocument;
  readonly shadow?: RiskPolicyDocument;
  readonly mail?: MailAnswer;
  readonly passkeys?: SessionPasskeys;
}

export const sign = (text: string): string => createHash('sha256').update(`test${text}`).digest('base64url');
/** The token of a page of journey `j1` and node `session_risk`. */
export const signed = (now: number, journeyId = 'j1'): string => shownAtToken(sign, { journeyId, node: 'session_risk', now });

/** Nobody shows a key. */
export const NO_KEYS: DeviceKeyDeps = { challenge: sign, origin: 'https://id.example', roughPlace: () => undefined, fingerprintHash: () => sign };

const version = (workflowId: string, number: number, status: PolicyVersion['status'], document: RiskPolicyDocument): PolicyVersion =>
  ({ workflowId, version: number, status, document: riskPolicyDocument.parse(document), note: undefined, createdAt: NOW, changedAt: NOW });

export function makeWorld({ tor = NOT_CONFIGURED, denied = NOT_CONFIGURED, hosting = NOT_CONFIGURED, vpn = NOT_CONFIGURED, seen = 0, place, last, active, shadow, mail = { kind: 'takes_mail' } }: World = {}) {
  const asked: VelocityQuestion[] = [];
  const resolved: string[] = [];
  const deps: GatherDeps = {
    feeds: {
      look: async () => ({ tor, denied, hosting, vpn }),
      locate: (address) => place ?? (address.startsWith('8.') ? { country: 'US' } : {}),
      disposable: { look: (domain) => (domain === 'thrown.example' ? LISTED : { kind: 'not_listed', version: 'd1' }) },
    },
    velocity: {
      count: async (questions) => {
        asked.push(...questions);
        return new Map(questions.map(({ rule, cap }) => [rule, Math.min(cap, typeof seen === 'number' ? seen : (seen[rule] ?? 0))]));
      },
    },
    sightings: { last: async () => last },
    policies: { of: async (id) => ({ active: active && version(id, 4, 'active', active), shadow: shadow && version(id, 5, 'shadow', shadow) }) },
    mail: { of: async (domain) => { resolved.push(domain); return mail; } },
    sign,
  };
  return { deps, asked, resolved };
}
