/**
 * Coming back with a passkey. The page holds what the authenticator is asked in `data-passkey` of the hidden field
 * `passkey`; its answer is written into the field and the form is sent. Without this script, or where the browser knows
 * no passkeys, the page does not speak of them.
 */
import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/browser';
import { knowsPasskeys, webauthn } from './webauthn.ts';

const field = document.querySelector<HTMLInputElement>('input[name="passkey"][data-passkey]');
const button = document.querySelector<HTMLButtonElement>('button[data-passkey-get]');
const status = document.querySelector<HTMLElement>('[data-passkey-status]');

function say(words: string): void {
  if (status) status.textContent = words;
}

function send(form: HTMLFormElement, answer: AuthenticationResponseJSON): void {
  if (field) field.value = JSON.stringify(answer);
  // As if by hand, so that scripts which add to the form get their turn; no button's own value goes along.
  if (typeof (form.requestSubmit as typeof form.requestSubmit | undefined) === 'function') form.requestSubmit();
  else HTMLFormElement.prototype.submit.call(form);
}

async function use(form: HTMLFormElement, optionsJSON: PublicKeyCredentialRequestOptionsJSON, pressed: HTMLButtonElement): Promise<void> {
  if (pressed.getAttribute('aria-disabled') === 'true') return;
  pressed.setAttribute('aria-disabled', 'true');
  say('');
  try {
    const library = await webauthn();
    send(form, await library.startAuthentication({ optionsJSON }));
  } catch {
    // Thought better of, or no passkey for this site: browsers do not tell which, and it is all the same here.
    pressed.removeAttribute('aria-disabled');
    say(status?.dataset['failed'] ?? '');
  }
}

/** Passkeys among what the browser suggests for a field, where there is such a field and a browser that does it. */
async function suggest(form: HTMLFormElement, optionsJSON: PublicKeyCredentialRequestOptionsJSON): Promise<void> {
  if (!form.querySelector('input[autocomplete$="webauthn"]')) return;
  try {
    const library = await webauthn();
    if (await library.browserSupportsWebAuthnAutofill()) send(form, await library.startAuthentication({ optionsJSON, useBrowserAutofill: true }));
  } catch {
    // Nobody asked for it: whatever goes wrong, the page is there without it.
  }
}

if (field?.form && button && knowsPasskeys()) {
  const { form } = field;
  const options = JSON.parse(field.dataset['passkey'] ?? '{}') as PublicKeyCredentialRequestOptionsJSON;
  button.hidden = false;
  button.addEventListener('click', () => void use(form, options, button));
  // Some browsers forget that somebody pressed a button while a library is still being loaded.
  for (const near of ['pointerenter', 'focus']) button.addEventListener(near, () => void webauthn().catch(() => undefined), { once: true });
  void suggest(form, options);
}
