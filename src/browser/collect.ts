/**
 * Runs on pages that carry a hidden input named `collector`: looks at the browser, writes what it saw into the input as
 * JSON, and steps aside. Nothing here is about the person, nothing leaves the page but by the form's own submit, and the
 * form works the same when this script is blocked, fails or is late.
 */
import type { Agent } from '@fingerprintjs/fingerprintjs';
import type { BotDetectionResult, LoadOptions } from '@fingerprintjs/botd';
import { holdFor, later } from './hold.ts';

const FINGERPRINT_URL: string = '/assets/vendor/fp.js';
const BOTD_URL: string = '/assets/vendor/botd.js';
/** Whatever is known by then is written. */
const GIVE_UP_MS = 2_000;

interface FingerprintModule {
  load(options: { monitoring: boolean; delayFallback?: number }): Promise<Agent>;
  hashComponents(components: Record<string, { value: unknown; duration: number }>): string;
}

interface BotdModule {
  load(options: LoadOptions): Promise<{ detect(): BotDetectionResult }>;
}

type Report = Record<string, unknown>;

function cut(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : null;
}

function amount(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** What can be read at once and without a library; the report starts with it. */
function atOnce(): Report {
  const timezone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const asks = (query: string): boolean => window.matchMedia(query).matches;
  return {
    v: 1,
    userAgent: navigator.userAgent.slice(0, 1024),
    platform: cut(navigator.platform),
    languages: (navigator.languages ?? []).slice(0, 20).map((tag) => tag.slice(0, 40)),
    timezone: cut(timezone),
    hardwareConcurrency: amount(navigator.hardwareConcurrency),
    deviceMemory: amount((navigator as Navigator & { deviceMemory?: number }).deviceMemory),
    touchPoints: amount(navigator.maxTouchPoints),
    colorGamut: ['rec2020', 'p3', 'srgb'].find((gamut) => asks(`(color-gamut: ${gamut})`)) ?? null,
    screen: [screen.width, screen.height],
    webgl: null,
    canvas: null,
    audio: null,
    webdriver: navigator.webdriver === true,
    plugins: amount(navigator.plugins?.length),
    outer: [window.outerWidth, window.outerHeight],
    pointer: asks('(pointer: coarse)') ? 'coarse' : asks('(pointer: fine)') ? 'fine' : 'none',
    hover: asks('(hover: hover)'),
    portrait: asks('(orientation: portrait)'),
    bot: { verdict: 'unknown', kind: null },
  };
}

/** FingerprintJS: the renderer as named, canvas and audio as short hashes only. */
async function addComponents(report: Report): Promise<void> {
  const module = (await import(FINGERPRINT_URL)) as FingerprintModule;
  const agent = await module.load({ monitoring: false });
  const { components } = await agent.get();
  const hashed = (value: unknown): string => module.hashComponents({ it: { value, duration: 0 } }).slice(0, 16);

  const { webGlBasics, canvas, audio } = components;
  const webgl = 'value' in webGlBasics ? webGlBasics.value : undefined;
  if (typeof webgl === 'object') {
    report['webgl'] = {
      vendor: (webgl.vendorUnmasked || webgl.vendor).slice(0, 200),
      renderer: (webgl.rendererUnmasked || webgl.renderer).slice(0, 200),
    };
  }
  if ('value' in canvas && canvas.value !== undefined) report['canvas'] = hashed(canvas.value);
  // Negative numbers are FingerprintJS's way of saying that the browser does not render audio.
  if ('value' in audio && typeof audio.value === 'number' && audio.value >= 0) report['audio'] = hashed(audio.value);
}

async function addBotVerdict(report: Report): Promise<void> {
  const module = (await import(BOTD_URL)) as BotdModule;
  const detector = await module.load({ monitoring: false });
  const result = detector.detect();
  report['bot'] = result.bot ? { verdict: 'bot', kind: cut(result.botKind) } : { verdict: 'human', kind: null };
}

/** Writes what is known now, and again when all of it is known or time is up. */
async function collect(field: HTMLInputElement): Promise<void> {
  const report = atOnce();
  const write = (): void => {
    field.value = JSON.stringify(report);
  };
  write();
  // A library that is blocked or breaks leaves its part of the report as unknown, which the server does not take for clean.
  const parts = [addComponents(report), addBotVerdict(report)].map((part) => part.then(write, () => undefined));
  await Promise.race([Promise.all(parts), later(GIVE_UP_MS)]);
}

/**
 * A tablet or phone that asked for desktop pages: the server took it for a computer by its name and wrote so. What the
 * form brings decides; this only takes a warning away that does not concern such a device.
 */
function handheldInDesktopClothes(): boolean {
  if (/Macintosh/.test(navigator.userAgent)) return navigator.maxTouchPoints > 1;
  return /Linux/.test(navigator.userAgent) && navigator.maxTouchPoints >= 5 && window.matchMedia('(pointer: coarse) and (hover: none) and (orientation: portrait)').matches;
}

if (handheldInDesktopClothes()) document.querySelector('[data-for-desktops]')?.remove();

const field = document.querySelector('input[type="hidden"][name="collector"]');
/** Settles when the browser was looked at, or the time for it is up. Never fails. */
export const collected: Promise<void> = field instanceof HTMLInputElement ? collect(field).catch(() => undefined) : Promise.resolve();
if (field instanceof HTMLInputElement && field.form) holdFor(field.form, () => collected);
