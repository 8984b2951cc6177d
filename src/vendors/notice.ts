/** Notices of document vendors come in by webhook; a reader checks who is speaking before it believes a word. */
import type { DocumentVendorNotice } from './ports.ts';

/** A webhook as it arrived. */
export interface NoticeRequest {
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body, unparsed: signatures are over its bytes. */
  readonly body: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Undefined: not authenticated, too old, or not a notice; nothing in it may be used. */
export type NoticeReader = (request: NoticeRequest) => DocumentVendorNotice | undefined;
