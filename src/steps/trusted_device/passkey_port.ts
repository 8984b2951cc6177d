/** What coming back by a passkey needs of whoever speaks WebAuthn: an offer for the page, and a judgement on its answer. */
import type { Mode } from '../../journey/journey.ts';
import type { Workflow } from '../../journey/workflow.ts';

/** Whose passkeys are asked for, and for what. */
export interface PasskeyAsk {
  readonly accountId: string;
  /** Passkeys of this workflow and of those it trusts (`options.devices.trustFrom`) count. */
  readonly workflow: Workflow;
  readonly mode: Mode;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** One single-use offer. The step keeps it, shows `options` to the browser and hands `challenge` back with the answer. */
export interface PasskeyOffer {
  /** base64url, as it stands in the options. */
  readonly challenge: string;
  /** `PublicKeyCredentialRequestOptionsJSON` (WebAuthn level 3), for `navigator.credentials.get`. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A passkey's signature, judged. Codes are stable and tell nothing of the person. */
export type PasskeyJudged =
  | { readonly kind: 'good'; readonly passkeyId: string; readonly deviceType: 'singleDevice' | 'multiDevice'; readonly userVerified: boolean }
  | { readonly kind: 'bad'; readonly code: string };

export interface PasskeyPort {
  /** Undefined where the account has no passkey that is good here. */
  offered(ask: PasskeyAsk): Promise<PasskeyOffer | undefined>;
  /**
   * Judge what the browser answered: the passkey is one of this account's, alive, and signed this challenge for our
   * origin. May be called twice with the very same response, because a form is taken again after a conflict: the second
   * call answers as the first, and a signature counter that stands where this response left it is no copy.
   *
   * @param response the form field `passkey`: an `AuthenticationResponseJSON` as text, straight from the browser
   */
  verify(response: string, challenge: string, ask: PasskeyAsk): Promise<PasskeyJudged>;
}
