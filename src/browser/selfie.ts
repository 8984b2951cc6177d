/**
 * The challenge by the live camera, on the page `capture_selfie`: look straight, turn left, turn right, in the order that
 * the server picked. The server judges the pictures; nothing here decides anything. Single photographs go as files.
 */
import { hasCameraAccess, openCamera, stopCamera } from './camera-device.ts';
import { drawTo, jpegOf, wholeOf } from './camera-pictures.ts';
import { openView, wordsOf, type CameraView } from './camera-view.ts';
import { carryFiles, complain } from './file-form.ts';
import { focusPage, goOnWithin, loadAgain } from './next-page.ts';
import { ended, later, sendUntilThrough, type Part } from './upload.ts';

/** From the instruction to the first picture: time to hear it and to begin. */
const FIRST_AFTER_MS = 800;
const PICTURES = 5;
const BETWEEN_MS = 380;
const READY_MS = 1_400;
/** What was wrong stands this long before the next try. */
const PROBLEM_MS = 2_600;
const LONGEST_SIDE = 960;
const JPEG_QUALITY = 0.9;

type Turn = 'left' | 'right' | 'centre';

/** Those that open the camera already: the page may be another one after the challenge, or the same. */
const offered = new WeakSet<HTMLElement>();
let running = false;

const words = document.querySelector<HTMLElement>('[data-words]');
if (words) begin(wordsOf(words));

function begin(say: (key: string) => string): void {
  carryFiles(say);
  offer(say);
}

function offer(say: (key: string) => string): void {
  const start = document.querySelector<HTMLElement>('[data-camera]');
  if (!start || offered.has(start)) return;
  offered.add(start);
  if (!hasCameraAccess()) return complain([say('camera.unsupported'), say('camera.or_below')].join(' '));
  start.hidden = false;
  start.querySelector('[data-open]')?.addEventListener('click', () => {
    if (running) return;
    running = true;
    complain('');
    // What breaks is a browser that cannot do it, and the page has other ways.
    const broken = (): void => complain([say('camera.unsupported'), say('camera.or_below')].join(' '));
    void challenge(say).catch(broken).finally(() => {
      running = false;
      offer(say);
    });
  });
}

async function challenge(say: (key: string) => string): Promise<void> {
  const opened = await openCamera('user', 640, 480);
  if (opened.kind === 'fault') return complain([say(`camera.${opened.fault}`), say('camera.or_below')].join(' '));
  const closed = new AbortController();
  let view: CameraView | undefined;
  // A phone put away in the middle of it: the camera stops, and what was begun is begun again.
  const away = (): void => {
    if (document.hidden) view?.close();
  };
  document.addEventListener('visibilitychange', away);
  try {
    // Put away while permission was asked for.
    if (document.hidden) return;
    view = openView(() => closed.abort());
    if (!view) return;
    view.video.srcObject = opened.stream;
    await Promise.race([view.video.play().catch(() => undefined), ended(closed.signal)]);
    while (!closed.signal.aborted && (await step(view, say, closed.signal)));
  } finally {
    document.removeEventListener('visibilitychange', away);
    stopCamera(opened.stream);
    if (view) {
      view.close();
      focusPage();
    }
  }
}

/** One step: whatever the page underneath asks for now. False when there is no further one here. */
async function step(view: CameraView, say: (key: string) => string, signal: AbortSignal): Promise<boolean> {
  const form = document.querySelector<HTMLFormElement>('main form');
  const turn = turnAsked();
  const problem = document.querySelector<HTMLElement>('main [data-problem]')?.dataset['problem'];
  if (!form) return false;
  view.complain(problem === undefined ? '' : say(`capture.problem.${problem}`));
  let parts: readonly Part[];
  if (turn === undefined) {
    if (!(await asked(view, say('camera.fit_face'), 'live', signal))) return false;
    parts = [{ name: 'action', value: 'begin' }, { name: 'method', value: 'live' }];
  } else {
    if (problem !== undefined) await later(PROBLEM_MS);
    view.complain('');
    parts = await pictures(view, turn, say);
  }
  for (;;) {
    if (signal.aborted) return false;
    view.show('busy');
    const answer = await sendUntilThrough(form, parts, {
      sending: () => {
        view.show('busy');
        view.tell(say(turn === undefined ? 'camera.get_ready' : 'camera.turn.taken'));
      },
      stuck: async (why) => {
        await asked(view, say(why === 'busy' ? 'capture.problem.busy' : `camera.${why}`), 'again', signal);
      },
    }, signal);
    if (signal.aborted) return false;
    if (answer.kind === 'next') {
      const [within] = await Promise.all([goOnWithin(answer.href, 'capture_selfie', signal), turn === undefined ? later(READY_MS) : undefined]);
      // Photographs instead of a live challenge are for the page itself.
      return within && document.querySelector('[data-camera]') !== null;
    }
    const sentence = answer.kind === 'refused' ? say(`capture.problem.${answer.problem}`) : '';
    if (sentence === '' || turn === undefined) {
      loadAgain();
      return false;
    }
    view.complain(sentence);
    await later(PROBLEM_MS);
    view.complain('');
    parts = await pictures(view, turn, say);
  }
}

function turnAsked(): Turn | undefined {
  const turn = document.querySelector<HTMLElement>('[data-camera]')?.dataset['turn'];
  return turn === 'left' || turn === 'right' || turn === 'centre' ? turn : undefined;
}

/** Waits for a button; false when the view was closed. */
async function asked(view: CameraView, sentence: string, bar: 'live' | 'again', signal: AbortSignal): Promise<boolean> {
  view.tell(sentence);
  view.show(bar);
  const button = view.part(bar === 'live' ? 'begin' : 'again');
  button?.focus();
  return Promise.race([
    new Promise<boolean>((resolve) => button?.addEventListener('click', () => resolve(true), { once: true })),
    new Promise<boolean>((resolve) => signal.addEventListener('abort', () => resolve(false), { once: true })),
  ]);
}

/** Says where to turn, and takes pictures on the way there. */
async function pictures(view: CameraView, turn: Turn, say: (key: string) => string): Promise<readonly Part[]> {
  const arrow = view.part('arrow');
  view.show('busy');
  view.tell(say(`camera.turn.${turn}`));
  if (arrow) {
    arrow.hidden = turn === 'centre';
    // The preview is a mirror: the person's own left is on the left of the screen.
    arrow.dataset['to'] = turn;
  }
  await later(FIRST_AFTER_MS);
  const parts: Part[] = [];
  const canvas = document.createElement('canvas');
  for (let i = 0; i < PICTURES; i += 1) {
    if (i > 0) await later(BETWEEN_MS);
    drawTo(canvas, view.video, wholeOf(view.video), LONGEST_SIDE);
    const jpeg = await jpegOf(canvas, JPEG_QUALITY);
    if (jpeg) parts.push({ name: 'frame', value: jpeg });
  }
  if (arrow) arrow.hidden = true;
  return parts;
}
