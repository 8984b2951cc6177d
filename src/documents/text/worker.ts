/** One recognising thread, kept, and made anew after it had to be stopped: nothing else ends a recognition that hangs. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createWorker, OEM, PSM, type RecognizeResult, type Worker, type WorkerParams } from 'tesseract.js';
import { GatehouseError } from '../../errors.ts';
import { budgetOf } from '../picture/budget.ts';

export interface Recognised {
  readonly text: string;
  /** 0 to 1: of the worst word. */
  readonly confidence: number;
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

/** `shaded` is `scattered` under uneven light. */
export type Layout = 'scattered' | 'shaded' | 'one_line';

/**
 * Otsu's threshold, one for the picture, and Sauvola's local one, as tesseract numbers them: the first reads nothing that
 * lies in shadow, the second takes lines of the background for ink.
 */
const OTSU = '0';
const SAUVOLA = '2';

/** The package's types know only some of the engine's parameters. */
type Parameters = Partial<WorkerParams> & Readonly<Record<string, string>>;

const MODES: Readonly<Record<Layout, Parameters>> = {
  scattered: { tessedit_pageseg_mode: PSM.SPARSE_TEXT, thresholding_method: OTSU, user_defined_dpi: '300' },
  shaded: { tessedit_pageseg_mode: PSM.SPARSE_TEXT, thresholding_method: SAUVOLA, user_defined_dpi: '300' },
  one_line: { tessedit_pageseg_mode: PSM.SINGLE_LINE, thresholding_method: OTSU, user_defined_dpi: '300' },
};

export interface Recogniser {
  /** Lines of text in an encoded picture; undefined where it took too long or the thread died. */
  recognise(picture: Buffer, layout: Layout, milliseconds: number): Promise<readonly Recognised[] | undefined>;
  close(): Promise<void>;
}

/** The model lies in an installed package: no network is asked. */
const MODEL = join(dirname(createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json')), '4.0.0_best_int');

/**
 * Start the thread.
 * @throws GatehouseError `text_engine` where it does not start
 */
export async function startRecogniser(): Promise<Recogniser> {
  let worker: Worker | undefined = await start();
  let mode: Layout | undefined;
  const stop = async (): Promise<void> => {
    const stopped = worker;
    worker = undefined;
    mode = undefined;
    await stopped?.terminate();
  };
  return {
    async recognise(picture, layout, milliseconds) {
      const current = worker ?? await start();
      worker = current;
      const work = async (): Promise<readonly Recognised[]> => {
        if (mode !== layout) await current.setParameters(MODES[layout]);
        mode = layout;
        return linesOf(await current.recognize(picture, {}, { blocks: true, text: false }));
      };
      const answer = await within(milliseconds, work());
      if (answer === undefined) await stop();
      return answer;
    },
    close: stop,
  };
}

async function start(): Promise<Worker> {
  try {
    return await createWorker('eng', OEM.LSTM_ONLY, {
      langPath: MODEL, gzip: true, cacheMethod: 'none',
      // What goes wrong rejects the call that was waiting; the library throws it a second time otherwise.
      errorHandler: () => undefined,
    });
  } catch (cause) {
    throw new GatehouseError('text_engine', 500, 'the text engine does not start', { cause });
  }
}

/** How often the time is looked at, milliseconds. */
const LOOK_EVERY_MS = 100;

/** Undefined where it takes longer, by this process's own working time, or fails. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  const budget = budgetOf(milliseconds);
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setInterval(() => {
      if (budget.spent()) resolve(undefined);
    }, LOOK_EVERY_MS);
  });
  try {
    return await Promise.race([work.catch(() => undefined), limit]);
  } finally {
    clearInterval(timer);
  }
}

function linesOf({ data }: RecognizeResult): readonly Recognised[] {
  return (data.blocks ?? []).flatMap(({ paragraphs }) => paragraphs).flatMap(({ lines }) => lines).flatMap(({ words, bbox }) => {
    const text = words.map((word) => word.text.trim()).filter((word) => word !== '').join(' ');
    if (text === '') return [];
    const confidence = Math.min(...words.filter((word) => word.text.trim() !== '').map((word) => word.confidence)) / 100;
    return [{ text, confidence, box: { x: bbox.x0, y: bbox.y0, width: bbox.x1 - bbox.x0, height: bbox.y1 - bbox.y0 } }];
  });
}
