import type { DeviceStore, IncidentStore } from '../../devices/store.ts';
import type { Mode } from '../../journey/journey.ts';
import type { SimSwapPort } from '../../vendors/ports.ts';
import type { DeviceKeyDeps } from '../device_key.ts';
import type { Gathered, GatherInput } from '../session_risk/gather.ts';
import type { PasskeyPort } from './passkey_port.ts';
import type { Verified } from './verified.ts';

/** What coming back needs of the world. */
export interface TrustedDeviceDeps {
  readonly devices: Pick<DeviceStore, 'byToken' | 'byThumbprint' | 'ofAccount' | 'seen' | 'revoke'>;
  readonly incidents: Pick<IncidentStore, 'open'>;
  /** Whom a journey verified; undefined where its evidence is gone. */
  readonly verifiedBy: (journeyId: string) => Promise<Verified | undefined>;
  /** The session's signals, judged as on the first page. */
  readonly gather: (input: GatherInput) => Promise<Gathered>;
  readonly vendors: Readonly<Record<Mode, { readonly simSwap: SimSwapPort }>>;
  /** Keyed hash of the application's own name for its user. */
  readonly credentialHash: (mode: Mode, credential: string) => string;
  /** Origin and place, as for every page with a device-key field. */
  readonly deviceKeys: Pick<DeviceKeyDeps, 'origin' | 'roughPlace' | 'fingerprintHash'>;
  /** Keys in hardware are asked for; otherwise one that a device registered once is not held against it. */
  readonly hardwareKeys?: boolean;
  /** Absent where nobody speaks WebAuthn: then none is offered. */
  readonly passkeys?: PasskeyPort | undefined;
}
