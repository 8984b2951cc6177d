/**
 * One side of a document by the live camera, on the page `capture_side`. The page works without this script by a file;
 * with it the camera opens on request, says what to do, and takes the picture when it is good, or when asked to.
 */
import { autoShutter } from './auto-shutter.ts';
import { hasCameraAccess, lightOf, openCamera, stopCamera } from './camera-device.ts';
import { cropOf, frameIn } from './camera-geometry.ts';
import { drawTo, greyOf, jpegOf, wholeOf } from './camera-pictures.ts';
import { openView, wordsOf, type CameraView } from './camera-view.ts';
import { carryFiles, complain } from './file-form.ts';
import { hintFor, measure, movement, sharpness, type Grey } from './frame-quality.ts';
import { focusPage, goOnWithin, loadAgain } from './next-page.ts';
import { ended, later, sendUntilThrough } from './upload.ts';

/** Room around the frame that is looked at, and that is sent, as shares of the frame. */
const MARGIN = 0.12;
const LOOK_EVERY_MS = 160;
/** Long side of the grey copy, and side of the patches looked at in the camera's own resolution. */
const LOOK_PIXELS = 400;
const PATCH_PIXELS = 160;
/** Where the patches lie in the frame: on the photograph, on the print beside it, on the lines at the bottom. */
const PATCHES = [[0.2, 0.45], [0.65, 0.4], [0.5, 0.85]] as const;
const MANUAL_AFTER_MS = 3_000;
/** The server reads at most this, pixels a side. */
const SENT_PIXELS = 2400;
const JPEG_QUALITY = 0.92;
/** Width by height: the page of a passport (ISO/IEC 7810 ID-3), and a card (ID-1). */
const SHAPES = { page: 125 / 88, card: 85.6 / 54 } as const;
/** A further picture is taken by itself only when what was said could be read, and the scene is another one. */
const READ_MS = 2_500;
const CHANGED = 6;
const SCENE_PIXELS = 160;

let running = false;

const words = document.querySelector<HTMLElement>('[data-words]');
if (words) begin(wordsOf(words));

function begin(say: (key: string) => string): void {
  carryFiles(say);
  offer(say);
}

/** Shows the file on the page that stands here now: the one before may have been replaced meanwhile. */
function openFileWay(focus: boolean): void {
  const showFile = document.querySelector<HTMLElement>('[data-show-file]');
  const fileWay = document.querySelector<HTMLElement>('[data-file-way]');
  if (showFile) showFile.hidden = true;
  if (fileWay) fileWay.hidden = false;
  if (focus) fileWay?.querySelector('input')?.focus();
}

/** Puts the camera first and the file second, unless this browser has no camera to offer. */
function offer(say: (key: string) => string): void {
  const start = document.querySelector<HTMLElement>('[data-camera]');
  const showFile = document.querySelector<HTMLElement>('[data-show-file]');
  const fileWay = document.querySelector<HTMLElement>('[data-file-way]');
  if (!start) return;
  showFile?.querySelector('button')?.addEventListener('click', () => openFileWay(true));
  if (!hasCameraAccess()) {
    complain([say('camera.unsupported'), say('camera.or_below')].join(' '));
    return openFileWay(false);
  }
  start.hidden = false;
  if (showFile && fileWay && !fileWay.querySelector('.field-bad')) {
    showFile.hidden = false;
    fileWay.hidden = true;
  }
  start.querySelector('[data-open]')?.addEventListener('click', () => {
    if (running) return;
    running = true;
    complain('');
    const failed = (fault: string): void => {
      complain([say(`camera.${fault}`), say('camera.or_below')].join(' '));
      openFileWay(false);
      document.querySelector<HTMLElement>('[data-open]')?.focus();
    };
    // What breaks is a browser that cannot do it, and the page has other ways.
    void capture(say, { failed, file: () => openFileWay(true), renewed: () => offer(say) }).catch(() => failed('unsupported')).finally(() => {
      running = false;
    });
  });
}

interface Page {
  failed(fault: string): void;
  file(): void;
  /** The page underneath was replaced by the next one. */
  renewed(): void;
}

interface Scene {
  /** Shown over the picture at first: what was wrong, or what comes now. */
  readonly notice: string;
  /** What the last picture looked like; the same is not taken again by itself. */
  readonly before: Grey | undefined;
}

async function capture(say: (key: string) => string, page: Page): Promise<void> {
  const open = async () => openCamera('environment', 1920, 1080);
  const first = await open();
  if (first.kind === 'fault') return page.failed(first.fault);
  let stream = first.stream;
  let scene: Scene | undefined = { notice: '', before: undefined };
  try {
    while (scene) {
      const closed = new AbortController();
      const view = openView(() => closed.abort());
      if (!view) break;
      const onScreen = async (): Promise<void> => {
        if (document.hidden) return stopCamera(stream);
        const again = await open();
        // Put away or closed while the camera was opening.
        if (document.hidden || closed.signal.aborted) return again.kind === 'open' ? stopCamera(again.stream) : undefined;
        if (again.kind === 'fault') {
          view.close();
          page.failed(again.fault);
          return;
        }
        stopCamera(stream);
        stream = again.stream;
        await play(view, stream, closed.signal);
      };
      const changed = (): void => void onScreen();
      document.addEventListener('visibilitychange', changed);
      // Turned phones, and cameras that turn with them.
      const shaped = observed(view);
      try {
        view.part('file')?.addEventListener('click', () => {
          view.close();
          page.file();
        });
        // Put away while permission was asked for: opened again by coming back.
        if (document.hidden) stopCamera(stream);
        await play(view, stream, closed.signal);
        scene = await takeOne(view, () => stream, scene, say, closed.signal);
      } finally {
        document.removeEventListener('visibilitychange', changed);
        shaped.disconnect();
        view.close();
      }
      if (scene) page.renewed();
    }
  } finally {
    stopCamera(stream);
    focusPage();
  }
}

function observed(view: CameraView): ResizeObserver {
  const shaped = new ResizeObserver(() => layFrame(view));
  shaped.observe(view.stage);
  view.video.addEventListener('resize', () => layFrame(view));
  return shaped;
}

/** The frame in the document's proportions, as large as the video allows. */
function layFrame({ video, stage, frame }: CameraView): void {
  if (video.videoWidth === 0) return;
  const shape = frame.classList.contains('camera-frame-page') ? SHAPES.page : SHAPES.card;
  const { width, height } = frameIn({ width: video.videoWidth, height: video.videoHeight }, stage.getBoundingClientRect(), shape);
  frame.style.setProperty('width', `${width}px`);
  frame.style.setProperty('height', `${height}px`);
}

async function play(view: CameraView, stream: MediaStream, signal: AbortSignal): Promise<void> {
  view.video.srcObject = stream;
  // Refused while the page is hidden; it plays on by itself afterwards. A camera that is stopped never begins.
  await Promise.race([view.video.play().catch(() => undefined), ended(signal)]);
}

/** One picture, taken, sent and followed. Gives what the next view begins with; undefined where there is none. */
async function takeOne(view: CameraView, stream: () => MediaStream | undefined, scene: Scene, say: (key: string) => string, signal: AbortSignal): Promise<Scene | undefined> {
  const form = document.querySelector<HTMLFormElement>('main form');
  if (!form) return undefined;
  let { notice, before } = scene;
  for (;;) {
    view.complain(notice);
    const shot = await untilTaken(view, stream, before, say, signal);
    if (!shot) return undefined;
    before = shot.scene;
    view.show('busy');
    view.complain('');
    const answer = await sendUntilThrough(form, [{ name: 'picture', value: shot.jpeg }], {
      sending: () => {
        view.show('busy');
        view.tell(say('camera.sending'));
      },
      stuck: (why) => {
        view.tell(say(why === 'busy' ? 'capture.problem.busy' : `camera.${why}`));
        view.show('again');
        return pressed(view.part('again'), true);
      },
    }, signal);
    if (signal.aborted) return undefined;
    if (answer.kind === 'left') {
      loadAgain();
      return undefined;
    }
    if (answer.kind === 'next') {
      view.tell(say('camera.checking'));
      const within = await goOnWithin(answer.href, 'capture_side', signal);
      return within ? { notice: noticeOf(say), before } : undefined;
    }
    notice = say(`capture.problem.${answer.problem}`);
    if (notice === '') {
      loadAgain();
      return undefined;
    }
  }
}

/** What the new page has to say first: its problem, or how to lay the document for this side. */
function noticeOf(say: (key: string) => string): string {
  const problem = document.querySelector<HTMLElement>('main [data-problem]')?.dataset['problem'];
  if (problem) return say(`capture.problem.${problem}`);
  return document.querySelector('main .steps li')?.textContent?.trim() ?? '';
}

interface Shot {
  readonly jpeg: Blob;
  /** All that the camera saw, small. */
  readonly scene: Grey;
}

/** Looks until a picture is taken, by itself or by hand; undefined when the view was closed. */
async function untilTaken(view: CameraView, stream: () => MediaStream | undefined, before: Grey | undefined, say: (key: string) => string, signal: AbortSignal): Promise<Shot | undefined> {
  const { video } = view;
  let lightOn = false;
  const light = (): ReturnType<typeof lightOf> => {
    const now = stream();
    return now && lightOf(now);
  };
  const button = view.part('light');
  const switchLight = async (): Promise<void> => {
    lightOn = (await light()?.(!lightOn)) ?? false;
    button?.setAttribute('aria-pressed', String(lightOn));
  };
  const clicked = (): void => void switchLight();
  button?.addEventListener('click', clicked);
  const shutter = view.part('shutter');
  shutter?.setAttribute('data-early', '');
  const early = setTimeout(() => shutter?.removeAttribute('data-early'), MANUAL_AFTER_MS);
  try {
    for (;;) {
      view.show('live');
      if (button) button.hidden = light() === undefined;
      const by = await looking(view, () => lightOn, before, say, signal);
      if (signal.aborted) return undefined;
      const crop = cropNow(view);
      drawTo(view.still, video, crop, SENT_PIXELS);
      const scene = greyOf(video, wholeOf(video), SCENE_PIXELS);
      if (by === 'hand' && !(await approved(view, say, signal))) continue;
      const jpeg = await jpegOf(view.still, JPEG_QUALITY);
      view.dialog.classList.remove('camera-good');
      return jpeg && !signal.aborted ? { jpeg, scene } : undefined;
    }
  } finally {
    clearTimeout(early);
    button?.removeEventListener('click', clicked);
    if (lightOn) await switchLight();
  }
}

/** Tells hints until the shutter goes off. */
async function looking(view: CameraView, lightOn: () => boolean, before: Grey | undefined, say: (key: string) => string, signal: AbortSignal): Promise<'itself' | 'hand'> {
  const auto = autoShutter();
  let last: Grey | undefined;
  const from = performance.now() + (before === undefined ? 0 : READ_MS);
  let changed = before === undefined;
  const hand = new AbortController();
  const byHand = new Promise<void>((resolve) => hand.signal.addEventListener('abort', () => resolve(), { once: true }));
  view.part('shutter')?.addEventListener('click', () => hand.abort(), { once: true });
  while (!hand.signal.aborted && !signal.aborted) {
    await Promise.race([byHand, later(LOOK_EVERY_MS)]);
    if (hand.signal.aborted || document.hidden || view.video.videoWidth === 0 || view.video.paused) continue;
    const crop = cropNow(view);
    const grey = greyOf(view.video, crop, LOOK_PIXELS);
    const frame = { x: grey.width * EDGE_SHARE, y: grey.height * EDGE_SHARE, width: grey.width * (1 - 2 * EDGE_SHARE), height: grey.height * (1 - 2 * EDGE_SHARE) };
    const patches = PATCHES.map(([x, y]) => greyOf(view.video, patchOf(crop, x, y), PATCH_PIXELS));
    const hint = hintFor({
      ...measure(grey, frame),
      moved: last ? movement(last, grey) : 255,
      sharpness: sharpness(patches),
      lightOn: lightOn(),
    });
    last = grey;
    changed ||= before !== undefined && movement(before, greyOf(view.video, wholeOf(view.video), SCENE_PIXELS)) > CHANGED;
    const fresh = changed && performance.now() >= from;
    const told = auto.look(hint, performance.now());
    view.dialog.classList.toggle('camera-good', hint === 'good');
    if (told.hint) view.tell(say(`camera.hint.${told.hint}`));
    if (told.hint && told.hint !== 'good' && fresh) view.complain('');
    if (told.shoot && fresh) return 'itself';
  }
  return 'hand';
}

/** Share of the looked-at picture, on each side, that lies outside the frame. */
const EDGE_SHARE = MARGIN / (1 + 2 * MARGIN);

function cropNow({ video, stage, frame }: CameraView) {
  const size = { width: video.videoWidth, height: video.videoHeight };
  return cropOf(size, stage.getBoundingClientRect(), frame.getBoundingClientRect(), MARGIN);
}

function patchOf(crop: ReturnType<typeof cropNow>, x: number, y: number) {
  const side = Math.min(PATCH_PIXELS, crop.width, crop.height);
  const at = (start: number, length: number, share: number): number => start + Math.min(length - side, Math.max(0, length * share - side / 2));
  return { x: at(crop.x, crop.width, x), y: at(crop.y, crop.height, y), width: side, height: side };
}

/** A picture taken by hand is looked at by the person first. */
async function approved(view: CameraView, say: (key: string) => string, signal: AbortSignal): Promise<boolean> {
  view.show('still');
  view.tell(say('camera.taken'));
  view.part('use')?.focus();
  const answer = await Promise.race([
    pressed(view.part('use'), false).then(() => true),
    pressed(view.part('retake'), false).then(() => false),
    new Promise<boolean>((resolve) => signal.addEventListener('abort', () => resolve(false), { once: true })),
  ]);
  if (!answer) {
    view.tell('');
    view.part('shutter')?.focus();
  }
  return answer;
}

function pressed(button: HTMLElement | null, focus: boolean): Promise<void> {
  if (focus) button?.focus();
  return new Promise((resolve) => button?.addEventListener('click', () => resolve(), { once: true }));
}

