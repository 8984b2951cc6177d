/** What the pages of coming back show, and the fields of their forms. Times are epoch milliseconds. */
export interface TrustedDevicePageModels {
  /**
   * No question: the browser's key signs and the page goes on by itself. Forms: `device_key` (the proof), `collector`; an
   * empty form counts as a proof that is missing.
   */
  readonly device_proof: {
    /** What the key signs, once; replaced where it is old by the time it is answered, and then the page signs again. */
    readonly challenge: string;
    /** The server's time, for the proof's `iat`. */
    readonly now: number;
    /** RFC 7638 thumbprint of the key that is expected. */
    readonly keyId: string;
  };
  /** The device alone is not enough this time. Forms: `passkey` (the browser's answer), or `action` = `other`. */
  readonly device_challenge: {
    /** Whether the other way is a link to the known phone; otherwise it is the whole verification. */
    readonly canLink: boolean;
    /** For `navigator.credentials.get`, as JSON. */
    readonly passkey: { readonly options: Readonly<Record<string, unknown>> };
    /** A passkey was tried and not accepted. */
    readonly again: boolean;
  };
}
