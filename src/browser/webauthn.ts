/** The library that speaks WebAuthn, loaded when somebody is about to need it: most people never do. */
import type * as Library from '@simplewebauthn/browser';

const LIBRARY_URL: string = '/assets/vendor/webauthn.js';

export type WebAuthn = Pick<typeof Library, 'startRegistration' | 'startAuthentication' | 'browserSupportsWebAuthnAutofill' | 'WebAuthnAbortService'>;

let loading: Promise<WebAuthn> | undefined;

/** Loads it once; a load that failed is tried again by the next who asks. */
export function webauthn(): Promise<WebAuthn> {
  loading ??= import(LIBRARY_URL).then(
    // Its one file for browsers leaves itself as a global.
    () => (globalThis as unknown as { readonly SimpleWebAuthnBrowser: WebAuthn }).SimpleWebAuthnBrowser,
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/** Whether this browser knows passkeys at all. */
export function knowsPasskeys(): boolean {
  return typeof (window as { PublicKeyCredential?: unknown }).PublicKeyCredential === 'function';
}

/** Whether this very device can keep one, behind its own lock. */
export async function keepsPasskeys(): Promise<boolean> {
  if (!knowsPasskeys()) return false;
  try {
    return await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable();
  } catch {
    return false;
  }
}
