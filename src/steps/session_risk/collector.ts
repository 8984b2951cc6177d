import { z } from 'zod';

/** The most that is read of the `collector` field, characters. */
const MAX_COLLECTOR = 16 * 1024;

const short = z.string().max(200);
const count = z.number().min(0).max(100_000);
const size = z.tuple([z.number().min(-100_000).max(100_000), z.number().min(-100_000).max(100_000)]);

/**
 * What `browser/collect.ts` writes. It comes from the browser and is no more than what the browser says of itself;
 * null is a value that the browser withheld.
 */
export const collected = z.object({
  v: z.literal(1),
  userAgent: z.string().max(1024),
  platform: short.nullable(),
  languages: z.array(z.string().max(40)).max(40),
  timezone: short.nullable(),
  hardwareConcurrency: count.nullable(),
  deviceMemory: count.nullable(),
  touchPoints: count.nullable(),
  colorGamut: short.nullable(),
  screen: size.nullable(),
  webgl: z.object({ vendor: short, renderer: short }).nullable(),
  /** Short hashes of what canvas and audio rendered. */
  canvas: short.nullable(),
  audio: short.nullable(),
  webdriver: z.boolean(),
  plugins: count.nullable(),
  outer: size.nullable(),
  pointer: z.enum(['coarse', 'fine', 'none']),
  hover: z.boolean(),
  portrait: z.boolean(),
  /** BotD's verdict; `unknown` where it could not load or failed. */
  bot: z.object({ verdict: z.enum(['bot', 'human', 'unknown']), kind: short.nullable() }),
});
export type Collected = Readonly<z.infer<typeof collected>>;

export type CollectorReading =
  | { readonly kind: 'read'; readonly data: Collected }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable' };

/** Reads the hidden field. Absent is not unreadable: a browser without scripts leaves it empty. */
export function readCollector(text: string | undefined): CollectorReading {
  if (text === undefined || text.trim() === '') return { kind: 'missing' };
  if (text.length > MAX_COLLECTOR) return { kind: 'unreadable' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'unreadable' };
  }
  const parsed = collected.safeParse(value);
  return parsed.success ? { kind: 'read', data: parsed.data } : { kind: 'unreadable' };
}
