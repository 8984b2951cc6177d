/**
 * One browser's cookies (RFC 6265): by host, path, Secure and expiry, with the `__Host-` and `__Secure-` rules of
 * RFC 6265bis. Ports do not separate cookies, as in a browser. Loopback counts as secure, as in Chromium.
 */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  /** Undefined for a host-only cookie. */
  readonly domain: string | undefined;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: string | undefined;
  /** Epoch milliseconds; undefined for a session cookie. */
  readonly expiresAt: number | undefined;
}

function trustworthy(url: URL): boolean {
  return url.protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
}

function defaultPath(url: URL): string {
  const end = url.pathname.lastIndexOf('/');
  return end <= 0 ? '/' : url.pathname.slice(0, end);
}

function pathMatches(path: string, cookiePath: string): boolean {
  return path === cookiePath || (path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/'));
}

/** Read one Set-Cookie line; undefined where a browser would refuse it. */
function parse(line: string, url: URL): Cookie | undefined {
  const [pair = '', ...attributes] = line.split(';');
  const equals = pair.indexOf('=');
  if (equals < 1) return undefined;
  const name = pair.slice(0, equals).trim();
  const given = new Map(
    attributes.map((attribute) => {
      const at = attribute.indexOf('=');
      const key = (at < 0 ? attribute : attribute.slice(0, at)).trim().toLowerCase();
      return [key, at < 0 ? '' : attribute.slice(at + 1).trim()];
    }),
  );
  const domain = given.get('domain')?.replace(/^\./, '').toLowerCase();
  if (domain !== undefined && domain !== url.hostname && !url.hostname.endsWith(`.${domain}`)) return undefined;
  const path = given.get('path');
  const maxAge = given.get('max-age');
  const expires = given.get('expires');
  const cookie: Cookie = {
    name,
    value: pair.slice(equals + 1).trim(),
    host: url.hostname,
    domain,
    path: path?.startsWith('/') ? path : defaultPath(url),
    secure: given.has('secure'),
    httpOnly: given.has('httponly'),
    sameSite: given.get('samesite')?.toLowerCase(),
    expiresAt:
      maxAge !== undefined ? Date.now() + Number(maxAge) * 1000 : expires !== undefined ? Date.parse(expires) : undefined,
  };
  if (cookie.secure && !trustworthy(url)) return undefined;
  if (/^__secure-/i.test(name) && !cookie.secure) return undefined;
  if (/^__host-/i.test(name) && (!cookie.secure || domain !== undefined || path !== '/')) return undefined;
  return cookie;
}

export class CookieJar {
  #cookies: readonly Cookie[] = [];
  /** Set-Cookie lines that a browser would have refused: a test may demand that there are none. */
  readonly refused: string[] = [];

  /** Take what a response sets. */
  take(lines: readonly string[], url: URL): void {
    for (const line of lines) {
      const cookie = parse(line, url);
      if (!cookie) {
        this.refused.push(line);
        continue;
      }
      const others = this.#cookies.filter(
        (old) => !(old.name === cookie.name && old.path === cookie.path && (old.domain ?? old.host) === (cookie.domain ?? cookie.host)),
      );
      const gone = cookie.expiresAt !== undefined && cookie.expiresAt <= Date.now();
      this.#cookies = gone ? others : [...others, cookie];
    }
  }

  /** The cookies that go to an address, longest path first. */
  for(url: URL): readonly Cookie[] {
    return this.#cookies
      .filter((cookie) => cookie.domain === undefined
        ? cookie.host === url.hostname
        : url.hostname === cookie.domain || url.hostname.endsWith(`.${cookie.domain}`))
      .filter((cookie) => pathMatches(url.pathname, cookie.path))
      .filter((cookie) => !cookie.secure || trustworthy(url))
      .filter((cookie) => cookie.expiresAt === undefined || cookie.expiresAt > Date.now())
      .toSorted((a, b) => b.path.length - a.path.length);
  }

  /** Value of the Cookie header for an address, or undefined where none goes. */
  header(url: URL): string | undefined {
    const line = this.for(url).map((cookie) => `${cookie.name}=${cookie.value}`).join('; ');
    return line === '' ? undefined : line;
  }

  /** Everything held, for a test to look at. */
  all(): readonly Cookie[] {
    return this.#cookies;
  }

  /** Forget cookies by name, or all of them. */
  forget(name?: string): void {
    this.#cookies = name === undefined ? [] : this.#cookies.filter((cookie) => cookie.name !== name);
  }
}
