import type { Visitor } from '../../journey/journey.ts';
import type { Signal } from '../../journey/rules/signal.ts';
import { browserFacts, type OsFamily } from '../browser_facts.ts';
import type { Collected, CollectorReading } from './collector.ts';

function fromCollector(
  id: string,
  severity: Signal['severity'],
  code: string,
  details: Signal['details'] = {},
  status: Signal['status'] = 'ok',
): Signal {
  return { id, version: 1, status, severity, code, details, source: 'collector' };
}

/** The kind comes from the browser: only what BotD can say is repeated. */
function kindOf(kind: string | null): string {
  return kind !== null && /^[a-z_]{1,30}$/.test(kind) ? kind : 'other';
}

function automationSignal({ bot, webdriver, userAgent }: Collected): Signal {
  const id = 'automation';
  const kinds = [
    ...(webdriver ? ['webdriver'] : []),
    ...(bot.verdict === 'bot' ? [kindOf(bot.kind)] : []),
    ...(browserFacts(userAgent).headless ? ['headless_user_agent'] : []),
  ];
  if (kinds.length > 0) {
    return fromCollector(id, 'high', 'automation_detected', { kinds: [...new Set(kinds)].join(',') });
  }
  if (bot.verdict === 'unknown') return fromCollector(id, 'none', 'automation_unknown', {}, 'unknown');
  return fromCollector(id, 'none', 'automation_not_seen');
}

const SOFTWARE_RENDERER = /swiftshader|llvmpipe|softpipe|software rasterizer|basic render/i;

/** What browsers without a screen tend to look like; virtual machines share some of it, so it is weak. */
function headlessTraits(data: Collected): Signal {
  const { engine, os } = browserFacts(data.userAgent);
  const desktop = os === 'windows' || os === 'macos' || os === 'linux' || os === 'chromeos';
  const traits = [
    ...(data.webgl && SOFTWARE_RENDERER.test(data.webgl.renderer) ? ['software_renderer'] : []),
    ...(data.outer?.[0] === 0 && data.outer[1] === 0 ? ['no_window'] : []),
    ...(data.plugins === 0 && engine === 'blink' && desktop ? ['no_plugins'] : []),
    ...(data.languages.length === 0 ? ['no_languages'] : []),
  ];
  return traits.length > 0
    ? fromCollector('headless', 'low', 'headless_traits', { traits: traits.join(',') })
    : fromCollector('headless', 'none', 'headless_not_seen');
}

/** `navigator.platform` names a kernel more than a system: these are told apart, and no finer. */
type Kernel = 'windows' | 'apple' | 'linux';

const KERNEL_OF_OS: Readonly<Record<OsFamily, Kernel>> = {
  windows: 'windows',
  macos: 'apple',
  ios: 'apple',
  linux: 'linux',
  android: 'linux',
  chromeos: 'linux',
};

function kernelOfPlatform(platform: string): Kernel | undefined {
  if (platform.startsWith('Win')) return 'windows';
  if (/^(Mac|iPhone|iPad|iPod)/.test(platform)) return 'apple';
  return /^(Linux|Android)/.test(platform) ? 'linux' : undefined;
}

/** Primary subtags: `en-GB;q=0.8` is `en`. */
function primaryTags(tags: readonly string[]): ReadonlySet<string> {
  return new Set(tags.map((tag) => tag.split(/[-;]/)[0]!.trim().toLowerCase()).filter((tag) => /^[a-z]{2,3}$/.test(tag)));
}

function consistencySignals(data: Collected, visitor: Pick<Visitor, 'userAgent' | 'headers'>): readonly Signal[] {
  const id = 'collector_consistency';
  const found: Signal[] = [];
  if (data.userAgent !== visitor.userAgent.slice(0, 1024)) {
    found.push(fromCollector(id, 'medium', 'user_agent_contradicts'));
  }
  const { os } = browserFacts(visitor.userAgent);
  const kernel = kernelOfPlatform(data.platform ?? '');
  if (os !== undefined && kernel !== undefined && kernel !== KERNEL_OF_OS[os]) {
    found.push(fromCollector(id, 'medium', 'platform_contradicts', { os, kernel }));
  }
  const asked = primaryTags((visitor.headers['accept-language'] ?? '').slice(0, 500).split(','));
  const spoken = primaryTags(data.languages);
  if (asked.size > 0 && spoken.size > 0 && ![...asked].some((tag) => spoken.has(tag))) {
    found.push(fromCollector(id, 'low', 'languages_contradict'));
  }
  if (data.timezone === null || data.timezone === '') found.push(fromCollector(id, 'low', 'timezone_missing'));
  return found.length > 0 ? found : [fromCollector(id, 'none', 'collector_consistent')];
}

/** What the browser script saw. Without it nothing is known, which is not the same as clean. */
export function collectorSignals(
  reading: CollectorReading,
  visitor: Pick<Visitor, 'userAgent' | 'headers'>,
): readonly Signal[] {
  if (reading.kind === 'missing') return [fromCollector('collector', 'low', 'collector_missing', {}, 'unknown')];
  if (reading.kind === 'unreadable') return [fromCollector('collector', 'medium', 'collector_unreadable', {}, 'error')];
  return [
    fromCollector('collector', 'none', 'collector_present'),
    automationSignal(reading.data),
    headlessTraits(reading.data),
    ...consistencySignals(reading.data, visitor),
  ];
}
