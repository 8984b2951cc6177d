/** How the first page lets somebody come back with a passkey; what a passkey is, is known in `devices/`. */
import type { Evidence } from '../../journey/journey.ts';
import type { StepView } from '../step.ts';

/** What the page needs to ask the browser for a passkey (WebAuthn `PublicKeyCredentialRequestOptions`, as JSON). */
export interface PasskeyOffer {
  /** base64url; derived from the journey and its node, so that the page may stand for minutes and be shown again. */
  readonly challenge: string;
  readonly rpId: string;
}

export interface SessionPasskeys {
  /** What to put on the page; undefined where the workflow takes none. Pure: the same each time for a journey's node. */
  offer(view: StepView<unknown>): PasskeyOffer | undefined;
  /**
   * Whom the assertion in the field `passkey` (JSON of the browser's `AuthenticationResponseJSON`) stands for: evidence
   * `known_person` and `passkey_proof`. Undefined where it is not good here, whatever the cause: the page says only that.
   */
  verify(values: Readonly<Record<string, string>>, view: StepView<unknown>): Promise<{ readonly known: readonly Evidence[] } | undefined>;
}
