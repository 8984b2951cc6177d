import { isbot } from 'isbot';
import type { Visitor } from '../../journey/journey.ts';
import type { Signal } from '../../journey/rules/signal.ts';
import { browserFacts, type BrowserFacts, type OsFamily } from '../browser_facts.ts';

type Headers = Visitor['headers'];

function fromHeaders(
  id: string,
  severity: Signal['severity'],
  code: string,
  details: Signal['details'] = {},
): Signal {
  return { id, version: 1, status: 'ok', severity, code, details, source: 'headers' };
}

const PLATFORM_HINT: Readonly<Record<string, OsFamily>> = {
  Windows: 'windows',
  macOS: 'macos',
  Linux: 'linux',
  Android: 'android',
  'Chrome OS': 'chromeos',
  'Chromium OS': 'chromeos',
  iOS: 'ios',
};

/** Brands of a `Sec-CH-UA` header with their major versions. */
function brandsOf(header: string): ReadonlyMap<string, number> {
  const found = header.slice(0, 1024).matchAll(/"([^"\\]*)"\s*;\s*v="(\d{1,4})/g);
  return new Map([...found].map(([, brand = '', major]) => [brand, Number(major)]));
}

function userAgentSignal(userAgent: string, facts: BrowserFacts, headers: Headers): Signal {
  const id = 'user_agent';
  if (userAgent === '') return fromHeaders(id, 'medium', 'user_agent_missing');
  const headlessBrand = [...brandsOf(headers['sec-ch-ua'] ?? '').keys()].some((brand) => /headless/i.test(brand));
  if (facts.headless || headlessBrand) return fromHeaders(id, 'high', 'user_agent_headless');
  if (isbot(userAgent)) return fromHeaders(id, 'high', 'user_agent_robot');
  if (facts.engine === undefined || facts.os === undefined) return fromHeaders(id, 'low', 'user_agent_unrecognised');
  return fromHeaders(id, 'none', 'user_agent_ordinary', { engine: facts.engine, os: facts.os });
}

/** Which hints say something else than the user agent. */
function hintContradictions(facts: BrowserFacts, headers: Headers): readonly string[] {
  const brands = brandsOf(headers['sec-ch-ua'] ?? '');
  const chromium = brands.get('Chromium');
  const mobile = headers['sec-ch-ua-mobile'];
  const platform = PLATFORM_HINT[(headers['sec-ch-ua-platform'] ?? '').replaceAll('"', '').trim()];
  // Android with "desktop site" calls itself Linux in one place and Android in the other, depending on the version.
  const linuxKin = [platform, facts.os].every((os) => os === 'linux' || os === 'android');
  return [
    ...(brands.size > 0 && facts.engine !== 'blink' ? ['engine'] : []),
    ...(facts.engine === 'blink' && chromium !== undefined && chromium !== facts.major ? ['version'] : []),
    ...((mobile === '?1' && !facts.mobile) || (mobile === '?0' && facts.mobile) ? ['mobile'] : []),
    ...(platform !== undefined && facts.os !== undefined && platform !== facts.os && !linuxKin ? ['platform'] : []),
  ];
}

function clientHintsSignal(facts: BrowserFacts, headers: Headers): Signal {
  const id = 'client_hints';
  const against = hintContradictions(facts, headers);
  if (against.length > 0) return fromHeaders(id, 'medium', 'client_hints_contradict', { fields: against.join(',') });
  if (headers['sec-ch-ua'] !== undefined) return fromHeaders(id, 'none', 'client_hints_agree');
  // Chromium sends the low-entropy hints from 89 on.
  if (facts.engine === 'blink' && facts.major >= 89) return fromHeaders(id, 'low', 'client_hints_missing');
  return fromHeaders(id, 'none', 'client_hints_not_expected');
}

function acceptLanguageSignal(headers: Headers): Signal {
  const missing = (headers['accept-language'] ?? '').trim() === '';
  return missing
    ? fromHeaders('accept_language', 'low', 'accept_language_missing')
    : fromHeaders('accept_language', 'none', 'accept_language_present');
}

/** First versions that send Fetch Metadata: Chromium 80, Firefox 90, Safari 16.4. */
function sendsFetchMetadata({ engine, major, minor }: BrowserFacts): boolean {
  if (engine === 'blink') return major >= 80;
  if (engine === 'gecko') return major >= 90;
  return engine === 'webkit' && (major > 16 || (major === 16 && minor >= 4));
}

function fetchMetadataSignal(facts: BrowserFacts, headers: Headers): Signal {
  const id = 'fetch_metadata';
  const present = headers['sec-fetch-site'] !== undefined && headers['sec-fetch-mode'] !== undefined;
  if (present) return fromHeaders(id, 'none', 'fetch_metadata_present');
  return sendsFetchMetadata(facts)
    ? fromHeaders(id, 'low', 'fetch_metadata_missing')
    : fromHeaders(id, 'none', 'fetch_metadata_not_expected');
}

/** What the request's own headers say: one signal per thing looked at, clean ones included. */
export function headerSignals(visitor: Pick<Visitor, 'userAgent' | 'headers'>): readonly Signal[] {
  const userAgent = visitor.userAgent.slice(0, 1024);
  const facts = browserFacts(userAgent);
  return [
    userAgentSignal(userAgent, facts, visitor.headers),
    clientHintsSignal(facts, visitor.headers),
    acceptLanguageSignal(visitor.headers),
    fetchMetadataSignal(facts, visitor.headers),
  ];
}
