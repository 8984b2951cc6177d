/**
 * Reads one side of a document with the engines that are worth their time for it. Owns the order; knows no policy. An
 * engine that does not run leaves its part unread and nothing else.
 */
import type { BarcodeReading, DocumentType, FaceFound, MrzReading, Outline, PrintReading, Reading, Side, SideReading, SideWanted } from '../facts.ts';
import type { BarcodeReader } from '../barcode/index.ts';
import type { MrzReader } from '../mrz/index.ts';
import type { TextReader } from '../text/index.ts';
import { budgetOf } from '../picture/budget.ts';
import { saturationOf } from '../picture/saturation.ts';
import { screenPeak } from '../picture/screen_peak.ts';
import { documentEdges } from './document_edges.ts';
import { placeOf } from './place.ts';

/** Each absent where it does not run. */
export interface SideEngines {
  readonly mrz?: Pick<MrzReader, 'read'> | undefined;
  readonly barcode?: Pick<BarcodeReader, 'find'> | undefined;
  readonly text?: Pick<TextReader, 'read'> | undefined;
  readonly face?: { find(jpeg: Uint8Array): Promise<readonly FaceFound[]> } | undefined;
}

export interface SideReader {
  readSide(jpeg: Uint8Array, wanted: SideWanted): Promise<SideReading>;
}

interface Plan {
  /** Machine-readable data, in this order until one is found: an identity card may carry a barcode, a licence a zone. */
  readonly data: readonly ('mrz' | 'barcode')[];
  /** Printed text is for comparing: `with_data` where the data stands on the same side. */
  readonly text: 'always' | 'with_data' | 'never';
  readonly faces: boolean;
  /** Zones stand elsewhere as a rule: one that is neither trusted nor certain is taken for other text. */
  readonly onlySure?: true;
}

const PLANS: Readonly<Record<DocumentType, Readonly<Record<Side, Plan>>>> = {
  passport: {
    front: { data: ['mrz'], text: 'with_data', faces: true },
    back: { data: ['mrz'], text: 'never', faces: false },
  },
  identity_card: {
    // Cards of the size TD2 carry their zone here.
    front: { data: ['mrz'], text: 'always', faces: true, onlySure: true },
    back: { data: ['mrz', 'barcode'], text: 'never', faces: false },
  },
  driving_licence: {
    front: { data: [], text: 'always', faces: true },
    back: { data: ['barcode', 'mrz'], text: 'never', faces: false },
  },
};

/** No further engine begins after this, milliseconds: the whole job has a limit beyond which its process is ended. */
const LAST_START_MS = 10_000;

const NOT_WANTED = { kind: 'unread', why: 'not_wanted' } as const;

/** @param engines each absent where it does not run: what it would read is then unread, `unavailable` */
export function makeSideReader(engines: SideEngines): SideReader {
  return {
    async readSide(jpeg, { side, type }) {
      const plan = PLANS[type][side];
      const budget = budgetOf(LAST_START_MS);
      /** Whatever an engine throws over a picture concerns its own part only. */
      const run = async <E, T>(engine: E | undefined, read: (engine: E) => Promise<Reading<T>>): Promise<Reading<T>> => {
        if (engine === undefined) return { kind: 'unread', why: 'unavailable' };
        if (budget.spent()) return { kind: 'unread', why: 'out_of_time' };
        return read(engine).catch(() => ({ kind: 'unread', why: 'failed' }));
      };

      let mrz: Reading<MrzReading> = NOT_WANTED;
      let barcode: Reading<BarcodeReading> = NOT_WANTED;
      let symbol: Outline | undefined;
      for (const kind of plan.data) {
        if (kind === 'mrz') mrz = believed(await run(engines.mrz, (engine) => engine.read(jpeg, { unlikely: plan.onlySure === true })), plan);
        else {
          const found = await run(engines.barcode, (engine) => engine.find(jpeg));
          symbol = found.kind === 'read' ? found.value.outline : undefined;
          barcode = found.kind === 'read' ? { ...found, value: found.value.reading } : found;
        }
        if (mrz.kind === 'read' || barcode.kind === 'read') break;
      }
      const zone = mrz.kind === 'read' ? mrz.value : undefined;
      const place = placeOf(await documentEdges(jpeg), { mrz: zone, barcode: symbol });
      const page = place.outline.kind === 'read' ? place.outline.value : undefined;
      const wantsText = plan.text === 'always' || (plan.text === 'with_data' && (zone?.trusted === true || zone?.certain === true));
      const print: Reading<PrintReading> = wantsText
        ? await run(engines.text, (engine) => engine.read(jpeg, { page, upright: place.upright, mask: zone?.outline })) : NOT_WANTED;
      const faces: Reading<readonly FaceFound[]> = plan.faces ? await run(engines.face, (engine) => facesOf(engine, jpeg)) : NOT_WANTED;
      return {
        outline: place.outline, mrz, barcode, print, faces,
        recapture: { screenPeak: await screenPeak(jpeg), saturation: await saturationOf(jpeg) },
      };
    },
  };
}

function believed(found: Reading<MrzReading>, { onlySure }: Plan): Reading<MrzReading> {
  return onlySure && found.kind === 'read' && !found.value.trusted && !found.value.certain ? { kind: 'unread', why: 'not_found' } : found;
}

async function facesOf(engine: NonNullable<SideEngines['face']>, jpeg: Uint8Array): Promise<Reading<readonly FaceFound[]>> {
  const found = await engine.find(jpeg);
  // Largest first, as the type says.
  const value = found.toSorted((a, b) => b.box.width * b.box.height - a.box.width * a.box.height);
  return { kind: 'read', value, confidence: value[0]?.score ?? 1 };
}
