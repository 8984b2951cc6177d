/**
 * Goes on to the page that follows without letting go of the camera: where it is a page of the wanted kind, its contents
 * replace this one's; any other page is loaded as usual.
 */
import { localTimes } from './local-time.ts';
import { later } from './upload.ts';

/** While the pictures are read. */
const WORKING = 'working';
const EVERY_MS = 700;
/** After this the browser loads the page itself, and tells what is the matter, milliseconds. */
const PATIENCE_MS = 60_000;

/** True where the wanted page now stands here; false where the browser is leaving. */
export async function goOnWithin(href: string, wanted: string, signal: AbortSignal): Promise<boolean> {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until && !signal.aborted) {
    const next = await load(href, signal);
    const name = next?.body.dataset['page'];
    if (next && name === wanted && adopt(next)) return true;
    if (name !== undefined && name !== WORKING) break;
    await later(EVERY_MS);
  }
  if (!signal.aborted) leaveFor(href);
  return false;
}

/** A plain load of the address: the page before is not come back to. */
export function leaveFor(href: string): void {
  location.replace(href);
}

/** This page again, as the server sees it now. */
export function loadAgain(): void {
  leaveFor(location.pathname + location.search);
}

let replaced = false;

/**
 * After the camera is closed, where the focus is nowhere: the button that opened the camera went with its page, and the
 * heading of the new page takes the focus; the button itself where it is still there.
 */
export function focusPage(): void {
  if (document.activeElement !== null && document.activeElement !== document.body) return;
  const heading = replaced ? document.querySelector<HTMLElement>('main h1') : null;
  if (heading) heading.tabIndex = -1;
  (heading ?? document.querySelector<HTMLElement>('[data-open]'))?.focus();
}

async function load(href: string, signal: AbortSignal): Promise<Document | undefined> {
  try {
    const answer = await fetch(href, { headers: { accept: 'text/html' }, cache: 'no-store', signal });
    return new DOMParser().parseFromString(await answer.text(), 'text/html');
  } catch {
    return undefined;
  }
}

function adopt(next: Document): boolean {
  const [old, fresh] = [document.querySelector('main'), next.querySelector('main')];
  if (!old || !fresh) return false;
  document.title = next.title;
  document.body.dataset['page'] = next.body.dataset['page'] ?? '';
  old.replaceWith(document.adoptNode(fresh));
  localTimes(fresh);
  replaced = true;
  return true;
}
