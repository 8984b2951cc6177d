/**
 * Taking in what was sent: every file goes through the reader's intake before anything else may look at it, and only the
 * re-encoded picture is kept. A submission that has to be tried again, because somebody else wrote meanwhile, finds its
 * pictures taken already.
 */
import type { SafeImage } from '../../documents/facts.ts';
import type { JobAnswer } from '../../documents/reader.ts';
import { Personal } from '../../personal.ts';
import type { SentFile } from '../step.ts';
import type { DocumentSelfieDeps } from './deps.ts';
import type { ImagePurpose } from './images.ts';
import type { CaptureProblem } from './pages.ts';

/** How long a picture lives that no later change sets the clock of, because the capture was left: beyond any journey. Milliseconds. */
const FIRST_CLOCK = 24 * 3_600_000;

const intakes = new WeakMap<SentFile, Promise<JobAnswer<SafeImage>>>();
const stored = new WeakMap<SentFile, Promise<string>>();

/** A file that was made safe, or why it was not taken. */
export type Taken = { readonly kind: 'taken'; readonly image: SafeImage } | { readonly kind: 'problem'; readonly code: CaptureProblem };

/** Make a sent file safe. A refusal, and trouble of the reader's own, are problems that count as no attempt. */
export async function takePicture({ reader }: Pick<DocumentSelfieDeps, 'reader'>, file: SentFile): Promise<Taken> {
  let asked = intakes.get(file);
  if (!asked) {
    asked = reader.intake(file.bytes.open());
    intakes.set(file, asked);
  }
  const answer = await asked;
  if (answer.kind === 'done') return { kind: 'taken', image: answer.value };
  // Trouble may pass: the same file, sent again, is looked at again.
  if (answer.kind !== 'refused') intakes.delete(file);
  return { kind: 'problem', code: answer.kind === 'refused' ? answer.code : 'busy' };
}

/** Keep a safe picture; its id. */
export function storePicture(
  { images }: Pick<DocumentSelfieDeps, 'images'>, file: SentFile, image: SafeImage,
  about: { readonly journeyId: string; readonly purpose: ImagePurpose; readonly now: number },
): Promise<string> {
  const before = stored.get(file);
  if (before) return before;
  const put = images.put({ journeyId: about.journeyId, purpose: about.purpose, jpeg: Personal.of(image.jpeg), deleteAt: about.now + FIRST_CLOCK });
  stored.set(file, put);
  // A store that failed is asked again.
  put.catch(() => stored.delete(file));
  return put;
}

/** The pictures by their ids, in order; undefined where one of them is gone. */
export async function fetchPictures({ images }: Pick<DocumentSelfieDeps, 'images'>, ids: readonly string[]): Promise<readonly Uint8Array[] | undefined> {
  const found = await Promise.all(ids.map((id) => images.get(id)));
  const kept = found.flatMap((one) => (one ? [one.open()] : []));
  return kept.length === ids.length ? kept : undefined;
}
