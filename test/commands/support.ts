/** A journey as it lies in the database when everything went its way, devices, passkey and risk decision included. */
import { randomUUID } from 'node:crypto';
import type { DecisionRecord } from '../../src/journey/rules/decision_record.ts';
import { Personal } from '../../src/personal.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { passkeyStore } from '../../src/store/passkeys.ts';
import { change, newJourney, NOW, type Stores } from '../store/support.ts';

export const SECRET = 'Andrew Roshell +14075550123';

export const RECORD: DecisionRecord = {
  version: 2, policy: 'w@1', policyVersion: 3, mode: 'test', facts: { country: 'US' },
  signals: [
    { id: 'tor', version: 1, status: 'ok', severity: 'none', code: 'tor_not_listed', details: {}, source: 'feed', feedVersion: 'ab12 2026-11-21' },
    { id: 'hosting', version: 1, status: 'ok', severity: 'medium', code: 'hosting_net', details: { asn: 64500 }, source: 'feed' },
    { id: 'listed', version: 1, status: 'unknown', severity: 'low', code: 'list_unknown', details: {}, source: 'feed' },
  ],
  rules: [],
  points: [{ code: 'hosting_net', points: 30, enforced: true, unknown: false }, { code: 'list_unknown', points: 5, enforced: false, unknown: true }],
  score: 30, thresholds: { challengeAt: 30, denyAt: 70 }, allowListed: null, rule: 'score', outcome: 'challenge',
  reasons: [{ code: 'score_challenge', detail: { score: 30 } }, { code: 'hosting_net', detail: { points: 30 } }],
  whatIf: [{ without: 'hosting_net', kind: 'signal', outcome: 'allow', score: 0 }],
};

export interface Written {
  readonly journeyId: string;
  readonly accountId: string;
  readonly deviceId: string;
  readonly passkeyId: string;
}

/** Write it; the personal parts say {@link SECRET}. */
export async function writtenJourney(opened: OpenedDatabase, { journeys }: Stores): Promise<Written> {
  const passkeyId = `-${randomUUID()}`;
  const { journey } = await journeys.open(newJourney());
  const written = await journeys.record(journey, change(journey, {
    node: 'sms_link',
    states: Personal.of({ sms_link: { phone: SECRET } }),
    result: { node: 'sms_link', step: 'sms_link', outcome: 'confirmed', reasons: [{ code: 'number_chosen', detail: { tries: 1 } }], at: NOW },
    evidence: [{ kind: 'claimed_identity', version: 1, simulated: true, data: Personal.of({ name: SECRET }) }],
    decision: { verdict: 'approve', reasons: [{ code: 'possession_confirmed' }], policy: 'w@1', at: NOW },
    binding: {
      identity: Personal.of(randomUUID()), profile: Personal.of({ name: SECRET }), credential: Personal.of(SECRET),
      devices: {
        keys: [{
          channel: 'browser', kind: 'desktop', thumbprint: randomUUID(), jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }, collectorVersion: 1, label: 'Chrome on Windows', country: 'US', at: NOW,
        }],
        returned: undefined, acr: 'urn:gatehouse:acr:phone', reason: 'sms_link', expiresAt: { desktop: NOW + 180 * 86_400_000, phone: NOW + 90 * 86_400_000 }, most: 10,
      },
    },
    events: [{ layer: 'block', name: 'possessionLink', outcome: 'success', reason: 'confirmed', details: { tries: 1 } }],
  }));
  const accountId = written?.accountId ?? '';
  await opened.db.insertInto('risk_decision').values([
    { journey_id: journey.id, seq: 1, workflow_id: 'w', mode: 'test', node: 'session_risk', policy_version: 3, outcome: 'challenge', score: 30, record: JSON.stringify(RECORD), shadow_version: 4, shadow_outcome: 'deny', shadow: JSON.stringify({ ...RECORD, outcome: 'deny', rule: 'hosting_denied', score: 100 }), at: NOW },
    { journey_id: journey.id, seq: 2, workflow_id: 'w', mode: 'test', node: 'later', policy_version: 0, outcome: 'allow', score: 0, record: JSON.stringify({ version: 99 }), shadow_version: null, shadow_outcome: null, shadow: null, at: NOW },
  ]).execute();
  await passkeyStore(opened.db).add({
    id: passkeyId, accountId, workflowId: 'w', mode: 'test', credentialHash: undefined, userHandle: 'u', publicKey: new Uint8Array([1]), counter: 0, transports: [], deviceType: 'multiDevice',
    backedUp: true, label: 'Chrome on Android', journeyId: journey.id, acr: 'urn:gatehouse:acr:phone', createdAt: NOW,
  });
  const { device_id: deviceId } = await opened.db.selectFrom('journey_device').select('device_id').where('journey_id', '=', journey.id).executeTakeFirstOrThrow();
  return { journeyId: journey.id, accountId, deviceId, passkeyId };
}
