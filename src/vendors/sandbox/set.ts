/**
 * The vendors of `test` keys: real clients, pointed at the sandbox. This folder is imported for them alone.
 */
import type { VendorIdentity } from '../answer.ts';
import { camaraClient } from '../camara/client.ts';
import type { CamaraClient } from '../camara/client.ts';
import type { VendorSet } from '../ports.ts';
import { Personal } from '../../personal.ts';
import { twilioLineType } from '../twilio/client.ts';
import { BUREAU_PATH } from './bureau.ts';
import { documentVendorClient } from '../document_http/client.ts';
import { kbaHttpClient } from '../kba_http/client.ts';
import { bureauClient } from './bureau_client.ts';
import { DOCUMENT_VENDOR } from './document_vendor.ts';
import { LINE_TYPE_USER } from './line_type.ts';
import { tokenEndpoint } from './start.ts';
import type { Sandbox } from './start.ts';

/** How to reach a sandbox. */
export type SandboxAccess = Pick<Sandbox, 'origin' | 'pageOrigin' | 'clientId' | 'clientKey' | 'secret' | 'webhookSecret'>;

const CARRIER: VendorIdentity = { vendor: 'sandbox_carrier', sourceClass: 'simulator', simulated: true };
const KBA: VendorIdentity = { vendor: 'sandbox_kba', sourceClass: 'simulator', simulated: true };
const DOCUMENTS: VendorIdentity = { vendor: DOCUMENT_VENDOR, sourceClass: 'simulator', simulated: true };
const LINE_TYPE: VendorIdentity = { vendor: 'sandbox_line_type', sourceClass: 'simulator', simulated: true };

/** The real CAMARA client as a client of the simulated operator. @param timeoutMs for one question */
export function sandboxCarrier(sandbox: SandboxAccess, timeoutMs: number): CamaraClient {
  return camaraClient(
    {
      name: CARRIER.vendor,
      apiRoot: sandbox.origin,
      tokenEndpoint: tokenEndpoint(sandbox.origin),
      audience: tokenEndpoint(sandbox.origin),
      clientId: sandbox.clientId,
      key: sandbox.clientKey,
      purpose: 'dpv:FraudPreventionAndDetection',
      timeoutMs,
    },
    CARRIER,
  );
}

/** Every capability but the sender. @param timeoutMs for one question */
export function sandboxSet(sandbox: SandboxAccess, timeoutMs: number): Omit<VendorSet, 'sms'> {
  const carrier = sandboxCarrier(sandbox, timeoutMs);
  return {
    carrierMatch: carrier.match,
    databaseMatch: bureauClient({ url: sandbox.origin + BUREAU_PATH, secret: sandbox.secret, timeoutMs }),
    simSwap: carrier.simSwap,
    numberRecycling: carrier.numberRecycling,
    lineType: twilioLineType(
      { base: sandbox.origin, username: LINE_TYPE_USER, password: Personal.of(sandbox.secret), timeoutMs },
      LINE_TYPE,
    ),
    kba: kbaHttpClient({ url: sandbox.origin, secret: Personal.of(sandbox.secret), timeoutMs }, KBA),
    documentVendor: documentVendorClient({ name: DOCUMENT_VENDOR, url: sandbox.origin, pageOrigin: sandbox.pageOrigin, token: Personal.of(sandbox.secret), timeoutMs }, DOCUMENTS),
  };
}
