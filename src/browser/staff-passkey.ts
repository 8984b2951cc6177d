/**
 * Adds a passkey of the staff. The page holds what the authenticator is asked in `data-passkey-new` of the hidden field
 * `passkey`; its answer is written into the field and the form is sent. Where the browser knows no passkeys the button
 * stays hidden, and the page says what else there is.
 */
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/browser';
import { knowsPasskeys, webauthn } from './webauthn.ts';

const field = document.querySelector<HTMLInputElement>('input[name="passkey"][data-passkey-new]');
const button = document.querySelector<HTMLButtonElement>('button[data-passkey-make]');
const status = document.querySelector<HTMLElement>('[data-passkey-status]');

async function make(into: HTMLInputElement, pressed: HTMLButtonElement): Promise<void> {
  if (pressed.getAttribute('aria-disabled') === 'true') return;
  pressed.setAttribute('aria-disabled', 'true');
  if (status) status.textContent = '';
  try {
    const library = await webauthn();
    const options = JSON.parse(into.dataset['passkeyNew'] ?? '{}') as PublicKeyCredentialCreationOptionsJSON;
    into.value = JSON.stringify(await library.startRegistration({ optionsJSON: options }));
    into.form?.requestSubmit();
  } catch {
    // Thought better of, or there already: browsers hardly tell which.
    pressed.removeAttribute('aria-disabled');
    if (status) status.textContent = status.dataset['failed'] ?? '';
  }
}

if (field && button && knowsPasskeys()) {
  button.hidden = false;
  button.addEventListener('click', () => void make(field, button));
}
