/**
 * What a user agent string says of itself. Nothing here is proof: it is compared with the other things the same client
 * says, and shown to people ("Chrome on Windows").
 */
import Bowser from 'bowser';

export type OsFamily = 'windows' | 'macos' | 'linux' | 'android' | 'chromeos' | 'ios';

export interface BrowserFacts {
  readonly os: OsFamily | undefined;
  readonly engine: 'blink' | 'gecko' | 'webkit' | undefined;
  /** Of the engine as its vendor counts: Chromium's, Firefox's or Safari's major, and Safari's minor. */
  readonly major: number;
  readonly minor: number;
  /** The `Mobile` token: phones have it, tablets and desktops have not (iPads of old do). */
  readonly mobile: boolean;
  readonly tablet: boolean;
  readonly headless: boolean;
}

const OS: readonly (readonly [RegExp, OsFamily])[] = [
  [/iPhone|iPad|iPod/, 'ios'],
  [/Android/, 'android'],
  [/CrOS/, 'chromeos'],
  [/Windows/, 'windows'],
  [/Macintosh|Mac OS X/, 'macos'],
  [/Linux|X11/, 'linux'],
];

const NONE = { engine: undefined, major: 0, minor: 0 } as const;

function engineOf(userAgent: string, os: OsFamily | undefined): Pick<BrowserFacts, 'engine' | 'major' | 'minor'> {
  const version = (found: RegExpExecArray | null) => ({ major: Number(found?.[1] ?? 0), minor: Number(found?.[2] ?? 0) });
  // Every browser on iOS is WebKit, whatever name it carries; its version is that of the system.
  if (os === 'ios') return { engine: 'webkit', ...version(/OS (\d{1,3})_(\d{1,3})/.exec(userAgent)) };
  const blink = /Chrom(?:e|ium)\/(\d{1,4})/.exec(userAgent);
  if (blink) return { engine: 'blink', ...version(blink) };
  const gecko = /Gecko\/\S+ Firefox\/(\d{1,4})/.exec(userAgent);
  if (gecko) return { engine: 'gecko', ...version(gecko) };
  const webkit = /Version\/(\d{1,3})\.(\d{1,3}).* Safari\//.exec(userAgent);
  return webkit ? { engine: 'webkit', ...version(webkit) } : NONE;
}

/** Reads at most the first kilobyte: real ones are shorter, and hostile ones are not worth the time. */
export function browserFacts(header: string): BrowserFacts {
  const userAgent = header.slice(0, 1024);
  const os = OS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const mobile = /\bMobile\b|\bMobi\b/.test(userAgent);
  return {
    os,
    ...engineOf(userAgent, os),
    mobile,
    tablet: /iPad/.test(userAgent) || (os === 'android' && !mobile),
    headless: /Headless|PhantomJS/i.test(userAgent),
  };
}

/** For people: `Chrome on Windows`; undefined where nothing is recognised. Names only, no versions. */
export function browserName(userAgent: string): string | undefined {
  if (userAgent === '') return undefined;
  const { browser, os } = Bowser.parse(userAgent.slice(0, 1024));
  return browser.name && os.name ? `${browser.name} on ${os.name}` : browser.name || undefined;
}
