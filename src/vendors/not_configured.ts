/**
 * The ports of capabilities that nobody configured. They say so: `unknown` in decisions and "not configured" in the
 * console, never "clean".
 */
import type {
  DocumentVendorPort,
  IdentityMatchPort,
  KbaPort,
  LineTypePort,
  NumberRecyclingPort,
  SimSwapPort,
  SmsSender,
  VendorAnswer,
} from './ports.ts';

const answer: VendorAnswer<never> = { kind: 'not_configured' };

export const noIdentityMatch: IdentityMatchPort = { match: async () => answer };
export const noSimSwap: SimSwapPort = { check: async () => answer };
export const noNumberRecycling: NumberRecyclingPort = { check: async () => answer };
export const noLineType: LineTypePort = { lookup: async () => answer };

export const noKba: KbaPort = { questions: async () => answer, grade: async () => answer };
export const noDocumentVendor: DocumentVendorPort = { name: 'none', start: async () => answer, upload: async () => answer, result: async () => answer };

/** Rejects every message with `not_configured`: definitely not sent, so the journey takes another way at once. */
export const noSmsSender: SmsSender = {
  name: 'none',
  send: async () => ({ kind: 'rejected', provider: 'none', code: 'not_configured' }),
};
