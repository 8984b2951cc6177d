/**
 * Twilio's words and numbers, as tables: kinds of line, error codes, states of a message.
 */
import type { LineType } from '../../journey/workflow.ts';
import type { DeliveryReport } from '../ports.ts';

/** Lookup v2 `line_type_intelligence.type`. What is known and not of the first four is `other`; `unknown` is null. */
export const LINE_TYPE_OF: Readonly<Record<string, LineType | null>> = {
  mobile: 'mobile',
  landline: 'landLine',
  fixedVoip: 'fixedVoip',
  nonFixedVoip: 'nonFixedVoip',
  tollFree: 'other',
  personal: 'other',
  premium: 'other',
  voicemail: 'other',
  sharedCost: 'other',
  uan: 'other',
  pager: 'other',
  unknown: null,
};

interface MessageErrorRow {
  readonly twilio: number;
  readonly code: string;
  /** `rejected`: will not arrive, whatever we do. `unknown`: sending again may help. */
  readonly outcome: 'rejected' | 'unknown';
}

/** Error codes of the Messages API, at sending and in reports. */
export const MESSAGE_ERRORS: readonly MessageErrorRow[] = [
  { twilio: 20003, code: 'not_authenticated', outcome: 'rejected' },
  { twilio: 20429, code: 'rate_limited', outcome: 'unknown' },
  { twilio: 21211, code: 'invalid_number', outcome: 'rejected' },
  { twilio: 21214, code: 'invalid_number', outcome: 'rejected' },
  { twilio: 21217, code: 'invalid_number', outcome: 'rejected' },
  { twilio: 21408, code: 'region_not_permitted', outcome: 'rejected' },
  { twilio: 21610, code: 'opted_out', outcome: 'rejected' },
  { twilio: 21611, code: 'rate_limited', outcome: 'unknown' },
  { twilio: 21612, code: 'unreachable', outcome: 'rejected' },
  { twilio: 21614, code: 'not_mobile', outcome: 'rejected' },
  { twilio: 30001, code: 'rate_limited', outcome: 'unknown' },
  { twilio: 30003, code: 'unreachable', outcome: 'rejected' },
  { twilio: 30004, code: 'blocked', outcome: 'rejected' },
  { twilio: 30005, code: 'unknown_destination', outcome: 'rejected' },
  { twilio: 30006, code: 'landline', outcome: 'rejected' },
  { twilio: 30007, code: 'filtered', outcome: 'rejected' },
  { twilio: 30008, code: 'unknown_error', outcome: 'unknown' },
  { twilio: 30450, code: 'pumping_blocked', outcome: 'rejected' },
];

/** `MessageStatus` of a status callback. */
export const MESSAGE_STATUS_OF: Readonly<Record<string, DeliveryReport['status']>> = {
  accepted: 'queued',
  scheduled: 'queued',
  queued: 'queued',
  sending: 'queued',
  sent: 'sent',
  delivered: 'delivered',
  read: 'delivered',
  undelivered: 'failed',
  failed: 'failed',
  canceled: 'failed',
};
