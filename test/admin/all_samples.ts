/** Every sample of every page of the console, from the areas' own files. */
import { readdirSync } from 'node:fs';
import type { AdminSample } from '../../src/admin/page.ts';

const HERE = new URL('./', import.meta.url);

export async function allSamples(): Promise<readonly AdminSample[]> {
  const files = readdirSync(HERE, { recursive: true, encoding: 'utf8' }).filter((file) => /(^|\/)\w*samples\.ts$/.test(file) && !file.endsWith('all_samples.ts')).toSorted();
  const found = await Promise.all(files.map(async (file) => (await import(new URL(file, HERE).href)) as { readonly SAMPLES?: readonly AdminSample[] }));
  return found.flatMap(({ SAMPLES = [] }) => SAMPLES);
}
