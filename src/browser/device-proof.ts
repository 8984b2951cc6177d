/**
 * The page that recognises a browser without a question: once the key has signed and the browser was looked at, the form is
 * sent by itself, and the page that follows replaces this one. Its button does the same by hand.
 */
import { collected } from './collect.ts';
import { fillKeyField, keyField } from './device-key.ts';
import { later } from './hold.ts';

/** Nobody waits longer than this for a look at the browser; what is known by then is sent. */
const LOOK_MS = 1_200;
const PAUSES_MS = [800, 2_500];

/** The page that follows; undefined where the answer is a page for eyes, which the form's own way leads to. */
async function sendOnce(form: HTMLFormElement): Promise<string | undefined> {
  const body = new URLSearchParams();
  for (const { name, value } of form.querySelectorAll<HTMLInputElement>('input[type="hidden"]')) body.append(name, value);
  const answer = await fetch(form.action, { method: 'POST', body, headers: { accept: 'application/json' }, cache: 'no-store' });
  // Busy or broken: worth another try.
  if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
  const told = answer.ok ? ((await answer.json()) as { readonly next?: unknown }) : {};
  const next = typeof told.next === 'string' ? new URL(told.next, location.href) : undefined;
  return next?.origin === location.origin ? next.href : undefined;
}

async function goOn(form: HTMLFormElement): Promise<void> {
  await Promise.race([collected, later(LOOK_MS)]);
  for (const pause of [...PAUSES_MS, undefined]) {
    await fillKeyField();
    try {
      const next = await sendOnce(form);
      // `replace`, so that the back button leads to where the person came from.
      if (next !== undefined) location.replace(next);
      else HTMLFormElement.prototype.submit.call(form);
      return;
    } catch {
      if (pause === undefined) break;
      await later(pause);
    }
  }
  // The button stays, for whoever is back online.
}

if (keyField?.form) void goOn(keyField.form);
