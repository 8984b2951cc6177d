/**
 * Vendor name to factory: the one place that knows the implementations. `test` keys get the sandbox, always, and it is
 * built into no other set; `live` keys get what is configured, and "not configured" for the rest.
 */
import { GatehouseError } from '../errors.ts';
import { camaraClient } from './camara/client.ts';
import type { SenderName, VendorConfig } from './config.ts';
import { httpSmsSender } from './http_sms/client.ts';
import { httpSmsStatusReader } from './http_sms/status.ts';
import { documentVendorClient } from './document_http/client.ts';
import { documentNoticeReader } from './document_http/notice.ts';
import { kbaHttpClient } from './kba_http/client.ts';
import type { NoticeReader } from './notice.ts';
import { noDocumentVendor, noIdentityMatch, noKba, noLineType, noNumberRecycling, noSimSwap, noSmsSender } from './not_configured.ts';
import { outboxSender } from './outbox/sender.ts';
import type { OutboxStore } from './outbox/store.ts';
import type { Mode } from '../journey/journey.ts';
import { Personal } from '../personal.ts';
import type { SmsSender, Vendors, VendorSet } from './ports.ts';
import { numbersWithMessage } from './sandbox/numbers.ts';
import { DOCUMENT_VENDOR } from './sandbox/document_vendor.ts';
import { sandboxSet } from './sandbox/set.ts';
import type { SandboxAccess } from './sandbox/set.ts';
import type { StatusReader } from './status.ts';
import { onlyTestNumbers } from './test_numbers.ts';
import { twilioLineType, twilioSmsSender } from './twilio/client.ts';
import { twilioStatusReader } from './twilio/status.ts';

export { vendorConfigFrom } from './config.ts';
export { longestTimeoutMs } from './timeouts.ts';
export { measured, vendorMeter } from './measured.ts';
export type { VendorConfig } from './config.ts';
export { DOCUMENT_VENDOR } from './sandbox/document_vendor.ts';
export { startSandbox } from './sandbox/start.ts';
export type { Sandbox } from './sandbox/start.ts';

/** What the wiring hands in. */
export interface VendorParts {
  readonly outbox: OutboxStore;
  readonly sandbox: SandboxAccess;
  /** Public address that Twilio's status callbacks are told to call; their signature covers it. */
  readonly twilioStatusUrl: string;
}

const SENDER_FACTORIES: Readonly<Record<SenderName, (config: VendorConfig, parts: VendorParts) => SmsSender>> = {
  outbox: (_config, { outbox }) =>
    outboxSender(outbox, { rejected: numbersWithMessage('rejected'), unknown: numbersWithMessage('unknown') }),
  http: ({ sms }) => httpSmsSender(configured(sms.http, 'http')),
  twilio: ({ sms }, { twilioStatusUrl }) => twilioSmsSender(configured(sms.twilio, 'twilio'), twilioStatusUrl),
};

/** @throws GatehouseError `vendor_not_configured`: the parsed configuration names no sender without its access */
function configured<T>(access: T | undefined, sender: SenderName): T {
  if (access !== undefined) return access;
  throw new GatehouseError('vendor_not_configured', 500, `the sender ${sender} is chosen and has no access configured`);
}

/**
 * Both sets of vendors.
 * @throws GatehouseError `vendor_not_configured`
 */
export function makeVendors(config: VendorConfig, parts: VendorParts): Vendors {
  const name = config.sms.sender;
  const sender = SENDER_FACTORIES[name](config, parts);
  return {
    test: {
      ...sandboxSet(parts.sandbox, config.sandboxTimeoutMs),
      sms: name === 'outbox' ? sender : onlyTestNumbers(sender, config.sms.testNumbers),
    },
    // Nobody would read a live person's message in the outbox.
    live: { ...liveSet(config), sms: name === 'outbox' ? noSmsSender : sender },
  };
}

function liveSet({ carrier, lineType, kba, documentVendor }: VendorConfig): Omit<VendorSet, 'sms'> {
  const camara =
    carrier === undefined
      ? undefined
      : camaraClient(carrier, { vendor: carrier.name, sourceClass: 'operator', simulated: false });
  return {
    carrierMatch: camara?.match ?? noIdentityMatch,
    // No identity database of the real world is built in.
    databaseMatch: noIdentityMatch,
    simSwap: camara?.simSwap ?? noSimSwap,
    numberRecycling: camara?.numberRecycling ?? noNumberRecycling,
    lineType:
      lineType === undefined
        ? noLineType
        : twilioLineType(lineType, { vendor: 'twilio', sourceClass: 'bureau', simulated: false }),
    kba: kba === undefined ? noKba : kbaHttpClient(kba, { vendor: 'kba_http', sourceClass: 'bureau', simulated: false }),
    documentVendor:
      documentVendor === undefined
        ? noDocumentVendor
        : documentVendorClient(documentVendor, { vendor: documentVendor.name, sourceClass: 'bureau', simulated: false }),
  };
}

/** Readers of document vendors' notices, by the vendor's name in the webhook's path. */
export function makeNoticeReaders({ documentVendor }: VendorConfig, sandbox: SandboxAccess): Readonly<Record<string, NoticeReader>> {
  return {
    [DOCUMENT_VENDOR]: documentNoticeReader({ name: DOCUMENT_VENDOR, webhookSecret: Personal.of(sandbox.webhookSecret) }),
    ...(documentVendor === undefined ? {} : { [documentVendor.name]: documentNoticeReader(documentVendor) }),
  };
}

/** Readers of delivery reports, by the provider's name in the webhook's path; absent where it is not configured. */
export function makeStatusReaders({ sms }: VendorConfig): Readonly<Partial<Record<'http' | 'twilio', StatusReader>>> {
  return {
    ...(sms.http === undefined ? {} : { http: httpSmsStatusReader(sms.http) }),
    ...(sms.twilio === undefined ? {} : { twilio: twilioStatusReader(sms.twilio) }),
  };
}

/** Who is asked for what, by the names that answers carry; undefined where nobody is. For the console. */
export function vendorNames({ carrier, lineType, kba, documentVendor, sms }: VendorConfig): Readonly<Record<Mode, Readonly<Record<keyof VendorSet, string | undefined>>>> {
  return {
    test: {
      carrierMatch: 'sandbox_carrier', databaseMatch: 'sandbox_bureau', simSwap: 'sandbox_carrier', numberRecycling: 'sandbox_carrier', lineType: 'sandbox_line_type',
      kba: 'sandbox_kba', documentVendor: DOCUMENT_VENDOR, sms: sms.sender,
    },
    live: {
      carrierMatch: carrier?.name, databaseMatch: undefined, simSwap: carrier?.name, numberRecycling: carrier?.name, lineType: lineType && 'twilio',
      kba: kba && 'kba_http', documentVendor: documentVendor?.name, sms: sms.sender === 'outbox' ? undefined : sms.sender,
    },
  };
}
