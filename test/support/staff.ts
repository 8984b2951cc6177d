/**
 * Staff at the console's front door, over HTTP with a cookie jar: sets up the first administrator, signs in, sends forms as
 * the pages have them. Works against any gateway.
 */
import { Secret, TOTP } from 'otpauth';
import { CookieJar } from './cookie_jar.ts';
import { readPage, type Page } from './html.ts';

/** What the console answered. */
export interface StaffAnswer {
  readonly status: number;
  /** Where it led in the end, path and query. */
  readonly path: string;
  readonly html: string;
  readonly page: Page;
  readonly headers: Headers;
}

/** What somebody on the staff knows and has. */
export interface StaffPerson {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  /** Base32, of their authenticator app. */
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

export const STAFF_PASSWORD = 'four words and a lamp';

/** The app's code at a time. Each is taken once: a second sign-in within half a minute needs that of the next step. */
export function totpCode(secret: string, at: number = Date.now()): string {
  return new TOTP({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30 }).generate({ timestamp: at });
}

const MOST_REDIRECTS = 6;

/** A browser at the console. */
export class StaffBrowser {
  readonly origin: string;
  readonly jar = new CookieJar();
  /** Where redirects to other sites stop. */
  readonly #stopOutside: boolean;

  constructor(origin: string, { stopOutside = true }: { readonly stopOutside?: boolean } = {}) {
    this.origin = origin;
    this.#stopOutside = stopOutside;
  }

  /** Get a page, following redirects. */
  get(path: string): Promise<StaffAnswer> {
    return this.#send(path, { method: 'GET' });
  }

  /** Send fields to a path with a form token that a page had, following redirects. */
  post(path: string, fields: Readonly<Record<string, string>>, from: StaffAnswer): Promise<StaffAnswer> {
    const csrf = /name="csrf" value="([^"]+)"/.exec(from.html)?.[1];
    return this.#send(path, {
      method: 'POST', body: new URLSearchParams({ ...(csrf === undefined ? {} : { csrf }), ...fields }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: this.origin, referer: `${this.origin}${from.path}` },
    });
  }

  /** Get a page and send a form to a path of it. */
  async submit(page: string, fields: Readonly<Record<string, string>>, action: string = page): Promise<StaffAnswer> {
    return this.post(action, fields, await this.get(page));
  }

  async #send(path: string, init: RequestInit): Promise<StaffAnswer> {
    let url = new URL(path, this.origin);
    let now = init;
    for (let hops = 0; hops < MOST_REDIRECTS; hops += 1) {
      const headers = new Headers(now.headers);
      const cookies = this.jar.header(url);
      if (cookies !== undefined) headers.set('cookie', cookies);
      headers.set('user-agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0');
      const response = await fetch(url, { ...now, headers, redirect: 'manual' });
      this.jar.take(response.headers.getSetCookie(), url);
      const location = response.headers.get('location');
      const next = location === null ? undefined : new URL(location, url);
      if (!next || response.status < 300 || response.status > 399 || (this.#stopOutside && next.origin !== this.origin)) {
        const html = await response.text();
        return { status: response.status, path: next ? next.href : `${url.pathname}${url.search}`, html, page: readPage(html, url.href), headers: response.headers };
      }
      await response.body?.cancel();
      url = next;
      now = { method: 'GET' };
    }
    throw new Error('the console redirects without end');
  }
}

/** The key that a page with a QR code also shows as text. */
export function secretOn(html: string): string {
  const key = /class="staff-key">([^<]+)</.exec(html)?.[1];
  if (key === undefined) throw new Error('there is no key on this page');
  return key.replaceAll(' ', '');
}

/**
 * Use an invitation or set-up link up and be signed in. `at`: the console's clock.
 */
export async function acceptInvitation(
  origin: string, link: string, who: { readonly name?: string; readonly email?: string; readonly password?: string; readonly at?: number } = {},
): Promise<{ readonly browser: StaffBrowser; readonly person: StaffPerson }> {
  const { name = 'Ada Byron', email = 'ada@example.com', password = STAFF_PASSWORD, at = Date.now() } = who;
  const browser = new StaffBrowser(origin);
  const path = new URL(link).pathname;
  const enrol = await browser.submit(path, { name, email, password, again: password });
  if (enrol.path !== '/admin/enrol') throw new Error(`the invitation led to ${enrol.path} (${enrol.status}): ${enrol.page.text}`);
  const secret = secretOn(enrol.html);
  const codes = await browser.post('/admin/enrol', { code: totpCode(secret, at) }, enrol);
  const recoveryCodes = [...codes.html.matchAll(/<li><code>([^<]+)<\/code><\/li>/g)].map(([, code]) => code ?? '');
  if (recoveryCodes.length === 0) throw new Error(`no account came of it (${codes.status}): ${codes.page.text}`);
  return { browser, person: { name, email, password, secret, recoveryCodes } };
}

/** Set up the first administrator with the link that the start printed, and be signed in as them. */
export function signInAsAdministrator(origin: string, setupLink: string): ReturnType<typeof acceptInvitation> {
  return acceptInvitation(origin, setupLink);
}

/**
 * Sign in with password and code.
 * @param at of the code; give the time of the next step where the present one was used
 */
export async function signIn(browser: StaffBrowser, person: StaffPerson, at: number = Date.now()): Promise<StaffAnswer> {
  const second = await browser.submit('/admin/sign-in', { email: person.email, password: person.password });
  return second.path === '/admin/sign-in/second' ? browser.post('/admin/sign-in/second', { code: totpCode(person.secret, at) }, second) : second;
}
