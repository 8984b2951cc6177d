/**
 * Offers to add a passkey where a journey ended well, on devices that can keep one; elsewhere the offer stays hidden and
 * the page goes on as if there were none. While it is shown the page does not move on by itself.
 */
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/browser';
import { goOn } from './go-on.ts';
import { keepsPasskeys, webauthn } from './webauthn.ts';

const OPTIONS_URL = '/passkeys/options';
const REGISTER_URL = '/passkeys';

/** The server's answer, or its refusal. */
async function ask(address: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(address, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()) as Record<string, unknown>;
}

async function add(ticket: string): Promise<void> {
  const library = await webauthn();
  const { options } = await ask(OPTIONS_URL, { ticket });
  const made = await library.startRegistration({ optionsJSON: options as PublicKeyCredentialCreationOptionsJSON });
  await ask(REGISTER_URL, { ticket, answer: JSON.stringify(made) });
}

/** What became of it, as the last part of a `data-` name that holds the words. */
function wordsFor(error: unknown): 'known' | 'stopped' | 'failed' {
  const name = error instanceof Error ? error.name : '';
  // By the names of the WebAuthn standard, section 5.1.3.
  if (name === 'InvalidStateError') return 'known';
  return name === 'NotAllowedError' || name === 'AbortError' ? 'stopped' : 'failed';
}

function show(offer: HTMLElement): void {
  offer.hidden = false;
  const lead = document.querySelector<HTMLElement>('[data-staying]');
  if (lead?.dataset['staying']) lead.textContent = lead.dataset['staying'];
  const button = offer.querySelector<HTMLButtonElement>('button[data-passkey-add]');
  const status = offer.querySelector<HTMLElement>('[data-passkey-status]');
  const say = (which: 'added' | 'known' | 'stopped' | 'failed'): void => {
    if (status) status.textContent = status.dataset[which] ?? '';
  };
  offer.querySelector('button[data-passkey-not-now]')?.addEventListener('click', () => {
    offer.hidden = true;
    goOn();
  });
  const tried = async (): Promise<void> => {
    try {
      await add(offer.dataset['ticket'] ?? '');
    } catch (error) {
      button?.removeAttribute('aria-disabled');
      return say(wordsFor(error));
    }
    say('added');
    for (const one of offer.querySelectorAll('button')) one.remove();
    // Where the page leads on, it does so as it would have: there is a moment to read this.
    goOn();
  };
  button?.addEventListener('click', () => {
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    void tried();
  });
}

const offer = document.querySelector<HTMLElement>('[data-passkey-offer]');
if (offer) void keepsPasskeys().then((able) => (able ? show(offer) : goOn()));
