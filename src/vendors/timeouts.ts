import type { VendorConfig } from './config.ts';

/** The longest that any configured vendor may take for one question, milliseconds: what a lease must outlast. */
export function longestTimeoutMs({ carrier, lineType, sms, kba, documentVendor, sandboxTimeoutMs }: VendorConfig): number {
  return Math.max(sandboxTimeoutMs, ...[carrier, lineType, sms.http, sms.twilio, kba, documentVendor].map((vendor) => vendor?.timeoutMs ?? 0));
}
