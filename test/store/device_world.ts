/** What the suites of devices begin with: approvals that bind, on a store of their own. */
import { randomUUID } from 'node:crypto';
import { hashOfToken, newToken } from '../../src/devices/token.ts';
import type { DeviceKeyEvidence } from '../../src/journey/device_evidence.ts';
import type { Mode } from '../../src/journey/journey.ts';
import type { DeviceBinding, LoadedJourney } from '../../src/journey/store.ts';
import { Personal } from '../../src/personal.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { deviceStore } from '../../src/store/devices.ts';
import { change, newJourney, NOW, storesOn, type Stores } from './support.ts';

export const DAY = 86_400_000;
export const PHONE_ACR = 'urn:gatehouse:acr:phone';
export const DEVICE_ACR = 'urn:gatehouse:acr:device';

/** A key as it was shown; every one is another. */
export function shown(facts: Partial<DeviceKeyEvidence> = {}): DeviceKeyEvidence {
  return {
    channel: 'browser', kind: 'desktop', thumbprint: randomUUID(), jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
    look: { os: 'hash-of-linux', timezone: 'hash-of-new-york', version: 146 }, collectorVersion: 1, label: 'Chrome on Linux', country: 'US', at: NOW, ...facts,
  };
}

export const freshHash = (): string => hashOfToken(newToken());

export interface Approval {
  /** Another account where absent. */
  readonly identity?: string;
  readonly accountId?: string;
  readonly keys?: readonly DeviceKeyEvidence[];
  readonly mode?: Mode;
  readonly workflowId?: string;
  readonly credential?: string;
  readonly at?: number;
  readonly binding?: Partial<DeviceBinding>;
}

export interface DeviceWorld extends Stores {
  readonly opened: OpenedDatabase;
  readonly devices: ReturnType<typeof deviceStore>;
  approve(approval?: Approval): Promise<LoadedJourney>;
  /** Approve, and give the browser its cookie; gives the hash. */
  approveAndIssue(approval?: Approval): Promise<{ readonly token: string; readonly loaded: LoadedJourney }>;
  events(journeyId: string): Promise<readonly string[]>;
}

/** @param own stores on the same database whose vault is used again; a vault of its own by default */
export async function deviceWorld(opened: OpenedDatabase, own?: Stores): Promise<DeviceWorld> {
  const stores = own ?? (await storesOn(opened));
  const devices = deviceStore(opened.db);
  const approve = async ({ identity = randomUUID(), accountId, keys = [shown()], mode = 'test', workflowId = 'w', credential, at = NOW, binding = {} }: Approval = {}): Promise<LoadedJourney> => {
    const { journey } = await stores.journeys.open(newJourney({ mode, workflowId }));
    const written = await stores.journeys.record(journey, change(journey, {
      now: at,
      decision: { verdict: 'approve', reasons: [], policy: 'w@1', at },
      binding: {
        identity: accountId === undefined ? Personal.of(identity) : { accountId, by: binding.returned ?? { trustId: undefined, deviceId: undefined, passkeyId: undefined, journeyId: journey.id } }, profile: Personal.of({ name: identity }), credential: credential === undefined ? undefined : Personal.of(credential),
        devices: { keys, returned: undefined, acr: PHONE_ACR, reason: 'sms_link', expiresAt: { desktop: at + 180 * DAY, phone: at + 90 * DAY }, most: 10, ...binding },
      },
    }));
    if (!written) throw new Error('the approval was not written');
    return written;
  };
  return {
    ...stores, opened, devices, approve,
    async approveAndIssue(approval = {}) {
      const loaded = await approve(approval);
      const token = freshHash();
      if (!(await devices.issue({ journeyId: loaded.journey.id, channel: 'browser', fresh: token, presented: undefined, now: approval.at ?? NOW }))) throw new Error('no cookie was given');
      return { token, loaded };
    },
    async events(journeyId) {
      const rows = await opened.db.selectFrom('journey_event').selectAll().where('journey_id', '=', journeyId).orderBy('seq').execute();
      return rows.filter(({ name }) => name === 'device_binding' || name === 'deviceBinding').map(({ layer, outcome, reason }) => `${layer}:${outcome}:${reason}`);
    },
  };
}
