/**
 * What kind of device a request comes from. Policy evidence, not proof: a browser's developer tools can pretend to be
 * a phone.
 */
import { isbot } from 'isbot';
import { z } from 'zod';
import { browserFacts } from './browser_facts.ts';

/**
 * `robot` is a link preview, a scanner, a prefetch or a driven browser. It gets the page that everybody gets, because
 * looking changes nothing; what it sends back with a one-time link is refused, and nothing is recorded.
 */
export type DeviceClass = 'mobile' | 'desktop' | 'uncertain' | 'robot';

const probes = z.object({
  touchPoints: z.number().int().min(0).max(1000).nullable(),
  pointer: z.enum(['coarse', 'fine', 'none']),
  hover: z.boolean(),
  portrait: z.boolean(),
});

/** What the browser script saw of the device's hardware. */
export type DeviceProbes = Readonly<z.infer<typeof probes>>;

const MAX_PROBES = 16 * 1024;

/** Reads the probes out of the collector's JSON (form field `collector`); undefined for none and for garbage. */
export function readProbes(text: string | undefined): DeviceProbes | undefined {
  if (text === undefined || text === '' || text.length > MAX_PROBES) return undefined;
  try {
    return probes.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

type Headers = Readonly<Record<string, string>>;

function isRobot(userAgent: string, headers: Headers): boolean {
  // `Purpose` is what older browsers and iOS mail previews send in place of `Sec-Purpose`.
  const purpose = `${headers['sec-purpose'] ?? ''} ${headers['purpose'] ?? ''} ${headers['x-purpose'] ?? ''}`;
  return /\b(prefetch|prerender|preview)\b/i.test(purpose) || isbot(userAgent);
}

/**
 * The class by user agent, client hints and probes; without probes (no JavaScript) the first two decide.
 *
 * @param headers lower-cased names
 */
export function deviceClass(userAgent: string, headers: Headers, seen?: DeviceProbes): DeviceClass {
  if (isRobot(userAgent, headers)) return 'robot';
  const { os, mobile } = browserFacts(userAgent);
  const hint = headers['sec-ch-ua-mobile'];
  const touches = seen?.touchPoints ?? 0;

  const saysMobile = hint === '?1' || os === 'ios' || os === 'android';
  if (saysMobile) {
    // A desktop in a phone's clothes: no touch screen behind a mobile user agent.
    if (seen && touches === 0 && seen.pointer === 'fine') return 'desktop';
    if (hint === '?0' && mobile) return 'uncertain';
    if (hint === '?1' && (os === 'windows' || os === 'macos' || os === 'chromeos')) return 'uncertain';
    return 'mobile';
  }
  // An iPad asks for desktop pages and calls itself a Macintosh; no Macintosh has a touch screen.
  if (os === 'macos' && touches > 1) return 'mobile';
  // An Android phone with "desktop site" switched on calls itself Linux.
  if (os === 'linux' && seen && seen.pointer === 'coarse' && !seen.hover && seen.portrait && touches >= 5) return 'uncertain';
  return os === undefined ? 'uncertain' : 'desktop';
}
