import sharp from 'sharp';
import type { Outline, PrintLine, PrintReading, Reading } from '../facts.ts';
import { SAFE_SIDE } from '../intake/limits.ts';
import { budgetOf, type Budget } from '../picture/budget.ts';
import { fromGrey, loadGrey, MOST_PIXELS, type GreyImage } from '../picture/grey.ts';
import { rectangle } from '../picture/homography.ts';
import { scaled, sizeOf } from '../picture/outlines.ts';
import { datesIn } from './dates_in.ts';
import { isShaded, levelPage } from './page.ts';
import type { Recogniser, Recognised } from './worker.ts';

export interface PrintRequest {
  readonly jpeg: Uint8Array;
  /** The document, pixels of the picture; the whole picture where it was not found. */
  readonly page?: Outline | undefined;
  /** The page's corners begin at its own upper left; otherwise it may lie in any of four ways. */
  readonly upright?: boolean;
  /** The machine-readable zone: its letters must not confirm themselves. */
  readonly mask?: Outline | undefined;
}

/** Recognition has no limit of its own: after this the thread is ended. */
export const TEXT_BUDGET_MS = 8000;
/** So many clear words and a page lies the right way up. */
const CLEAR_LINES = 3;
const CLEAR = 0.7;
/** Enough to confirm what was read elsewhere, not to accuse. */
const DISAGREEING = 0.4;
const MOST_SECOND_LOOKS = 6;

/** Printed text in reading order. Unread: `no_text`, `out_of_time`, `no_page`. */
export async function readPrint({ jpeg, page, upright = false, mask }: PrintRequest, recogniser: Recogniser): Promise<Reading<PrintReading>> {
  const budget = budgetOf(TEXT_BUDGET_MS);
  const image = await loadGrey(jpeg, { longSide: SAFE_SIDE });
  const { width = image.width } = await sharp(jpeg, { limitInputPixels: MOST_PIXELS }).metadata();
  const scale = image.width / width;
  const outline = page ? scaled(page, scale) : rectangle(image.width, image.height);
  let best: { readonly lines: readonly Recognised[]; readonly level: GreyImage; readonly clear: number } | undefined;
  // What was taken for edges may be none: then the picture as a whole.
  const whole = page ? [rectangle(image.width, image.height)] : [];
  for (const way of upright ? [outline] : [...waysOf(outline), ...whole]) {
    const level = levelPage(image, way, mask && scaled(mask, scale));
    if (!level) return { kind: 'unread', why: 'no_page' };
    const began = budget.used();
    const lines = await recogniser.recognise(asPgm(level), isShaded(level) ? 'shaded' : 'scattered', budget.left());
    if (lines === undefined) {
      if (!best) return { kind: 'unread', why: 'out_of_time' };
      break;
    }
    const clear = lines.filter(({ text, confidence }) => confidence >= CLEAR && text.replace(/[^A-Za-z0-9]/g, '').length >= 4).length;
    if (!best || clear > best.clear) best = { lines, level, clear };
    // Another look takes about as long: what was read is not lost over one that cannot end in time.
    if (clear >= CLEAR_LINES || budget.left() < budget.used() - began) break;
  }
  if (!best || best.lines.length === 0) return { kind: 'unread', why: 'no_text' };
  const lines = inReadingOrder(await lookedAtTwice(best.lines.filter(({ text }) => !isMachineReadable(text)), best.level, recogniser, budget));
  const confidence = lines.reduce((sum, line) => sum + line.confidence, 0) / Math.max(1, lines.length);
  return { kind: 'read', value: { lines }, confidence };
}

/** A document is wider than high; which of the two long sides is up is tried. */
function waysOf(outline: Outline): readonly Outline[] {
  const [a, b, c, d] = outline;
  const size = sizeOf(outline);
  const high = size.height > size.width * 1.1;
  return high ? [[b, c, d, a], [d, a, b, c]] : [[a, b, c, d], [c, d, a, b]];
}

/** What slipped past the mask. */
const isMachineReadable = (text: string): boolean => /<{2,}|[A-Z0-9]{3}<|[KL<]{7,}/.test(text);

/**
 * Lines with a date are read a second time, alone and larger: one misread digit is another date, and would accuse. Where
 * the readings differ, neither is believed to accuse.
 */
async function lookedAtTwice(lines: readonly Recognised[], level: GreyImage, recogniser: Recogniser, budget: Budget): Promise<readonly Recognised[]> {
  let looks = 0;
  const seen: Recognised[] = [];
  for (const line of lines) {
    if (datesIn(line.text).length === 0) {
      seen.push(line);
      continue;
    }
    looks += 1;
    const [again] = looks > MOST_SECOND_LOOKS || budget.spent() ? [] : await recogniser.recognise(await cut(level, line), 'one_line', budget.left()) ?? [];
    const same = again !== undefined && datesOf(again.text) === datesOf(line.text);
    seen.push({ ...line, confidence: same ? Math.min(line.confidence, Math.max(again.confidence, CLEAR)) : Math.min(line.confidence, DISAGREEING) });
  }
  return seen;
}

const datesOf = (text: string): string => datesIn(text).map((meanings) => meanings.join('|')).join();

/** Portable grey map (binary): the engine takes it as it is, where anything packed costs a tenth of the recognition. */
function asPgm({ data, width, height }: GreyImage): Buffer {
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), data]);
}

async function cut(level: GreyImage, { box }: Recognised): Promise<Buffer> {
  const margin = Math.round(box.height * 0.5);
  const [left, top] = [Math.max(0, box.x - margin), Math.max(0, box.y - margin)];
  const [width, height] = [Math.min(level.width, box.x + box.width + margin) - left, Math.min(level.height, box.y + box.height + margin) - top];
  const { data, info } = await fromGrey(level).extract({ left, top, width, height }).resize({ width: Math.round(width * 1.6) })
    .toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  return asPgm({ data, width: info.width, height: info.height });
}

/** Rows from the top, each from the left. */
function inReadingOrder(lines: readonly Recognised[]): readonly PrintLine[] {
  const rows: Recognised[][] = [];
  const middle = ({ box }: Recognised): number => box.y + box.height / 2;
  for (const line of lines.toSorted((a, b) => middle(a) - middle(b))) {
    const row = rows.at(-1);
    if (row && Math.abs(middle(line) - middle(row[0]!)) < Math.max(line.box.height, row[0]!.box.height) / 2) row.push(line);
    else rows.push([line]);
  }
  return rows.flatMap((row) => row.sort((a, b) => a.box.x - b.box.x));
}
