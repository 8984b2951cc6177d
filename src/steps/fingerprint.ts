import { browserFacts } from './browser_facts.ts';
import type { Collected } from './session_risk/collector.ts';

/**
 * What a browser looks like, as one text to be counted by (it is hashed before it is stored). Undefined where that would
 * tell too little apart: phones of one make all look alike, and so do browsers that hold back how they draw.
 *
 * @param device the class the browser was taken for
 */
export function fingerprintOf(userAgent: string, device: string, data: Collected | undefined): string | undefined {
  if (device !== 'desktop' || !data?.canvas || !data.audio || !data.webgl) return undefined;
  const { os, engine, major } = browserFacts(userAgent);
  const { platform, languages, timezone, hardwareConcurrency, deviceMemory, colorGamut, screen, webgl, canvas, audio, plugins } = data;
  return JSON.stringify([os, engine, major, platform, languages, timezone, hardwareConcurrency, deviceMemory, colorGamut, screen, webgl.vendor, webgl.renderer, canvas, audio, plugins]);
}
