/**
 * Chromium, as a desktop and as a phone with a camera or without, and the accessibility check.
 */
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type CDPSession, type Page } from 'playwright-core';

/**
 * Start the browser of CHROMIUM_PATH, or Debian's. There is no skipping: no browser is a failed run.
 * @param camera what its pages see who may use a camera; without one there is none, whatever the machine has
 */
export async function launchChromium(camera?: FakeCamera): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      ...ARGUMENTS,
      ...(camera === undefined
        ? [NO_CAMERA]
        : ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${camera.file}`]),
    ],
  });
}

const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-default-browser-check',
];
const NO_CAMERA = '--use-fake-device-for-media-stream=device-count=0';

function chromiumPath(): string {
  const path = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
  if (!existsSync(path)) throw new Error(`no browser at ${path}: install Debian's "chromium" or set CHROMIUM_PATH`);
  return path;
}

/** A browser's camera, pointed at pictures of our choice. */
export interface FakeCamera {
  /** For `--use-file-for-fake-video-capture`. */
  readonly file: string;
  /**
   * What it sees from now on, a page that is looking included. The camera's shape is that of the picture it is opened
   * on: while a page has it open, show pictures of that shape only.
   */
  show(jpeg: Buffer): void;
  /** Ends its file; the browser is closed by then. */
  close(): void;
}

/** Every frame of the film is made so long, bytes; its file never changes its length. */
const FRAME_BYTES = 1024 * 1024;
const FRAMES = 2;

/**
 * Chromium maps the film into its memory and plays it over and over: what is written to the file in place is seen at
 * once, also by pages that have the camera open already.
 */
export function fakeCamera(first: Buffer): FakeCamera {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-camera-'));
  const file = join(folder, 'film.mjpeg');
  const descriptor = openSync(file, 'w');
  const show = (jpeg: Buffer): void => {
    const frame = lengthened(jpeg, FRAME_BYTES);
    for (let at = 0; at < FRAMES; at += 1) writeSync(descriptor, frame, 0, frame.length, at * frame.length);
  };
  show(first);
  return {
    file,
    show,
    close() {
      closeSync(descriptor);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The JPEG made so many bytes long by comments (ISO 10918-1, B.2.4.5), which no decoder looks at. */
function lengthened(jpeg: Buffer, bytes: number): Buffer {
  const [marker, most] = [4, 0xffff + 2];
  const comments: Buffer[] = [];
  let left = bytes - jpeg.length;
  if (left !== 0 && left < marker) throw new Error(`a picture for the camera may have ${bytes - marker} bytes, not ${jpeg.length}`);
  while (left > 0) {
    // What would remain must hold a marker of its own.
    const length = left > most && left - most < marker ? most - marker : Math.min(left, most);
    const comment = Buffer.alloc(length);
    comment.writeUInt16BE(0xfffe, 0);
    comment.writeUInt16BE(length - 2, 2);
    comments.push(comment);
    left -= length;
  }
  return Buffer.concat([jpeg.subarray(0, 2), ...comments, jpeg.subarray(2)]);
}

type Extra = Pick<BrowserContextOptions, 'colorScheme' | 'javaScriptEnabled' | 'locale' | 'reducedMotion' | 'extraHTTPHeaders' | 'userAgent' | 'viewport' | 'isMobile'>;

/** A laptop's window. */
export async function desktopContext(browser: Browser, extra: Extra = {}): Promise<BrowserContext> {
  return watched(await browser.newContext({ ...laptop(browser.version()), ...extra }));
}

/** A phone in the hand: touch, narrow, a mobile browser's name. */
export async function phoneContext(browser: Browser, extra: Extra = {}): Promise<BrowserContext> {
  return watched(await browser.newContext({ ...handset(browser.version()), ...extra }));
}

/**
 * A browser whose profile lies in a folder: what it keeps is there again when it is closed and opened.
 * @param version of the browser that this one is like
 */
export async function profileContext(folder: string, kind: 'desktop' | 'phone', version: string): Promise<BrowserContext> {
  return watched(await chromium.launchPersistentContext(folder, {
    executablePath: chromiumPath(),
    args: [...ARGUMENTS, NO_CAMERA],
    ...(kind === 'desktop' ? laptop(version) : handset(version)),
  }));
}

const laptop = (version: string) => ({
  viewport: { width: 1280, height: 800 },
  locale: 'en-US',
  userAgent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version.split('.')[0]}.0.0.0 Safari/537.36`,
});

const handset = (version: string) => ({
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 3,
  hasTouch: true,
  isMobile: true,
  locale: 'en-US',
  userAgent: `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version.split('.')[0]}.0.0.0 Mobile Safari/537.36`,
});

const complaints = new WeakMap<BrowserContext, string[]>();

function watched(context: BrowserContext): BrowserContext {
  const list: string[] = [];
  complaints.set(context, list);
  context.on('weberror', (error) => list.push(`uncaught: ${error.error().message}`));
  context.on('console', (message) => {
    if (message.type() === 'error') list.push(`console: ${message.text()}`);
  });
  return context;
}

/** Errors that pages of this context threw or logged, blocked by the content security policy included. */
export function complaintsOf(context: BrowserContext): readonly string[] {
  return complaints.get(context) ?? [];
}

/** Chromium's virtual authenticator (WebAuthn 2, section 11) and the way to it. */
export interface Authenticator {
  readonly session: CDPSession;
  readonly id: string;
}

/** Gives the page's device an authenticator of its own, whose owner is always there and always verified. */
export async function ownAuthenticator(page: Page): Promise<Authenticator> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return { session, id: authenticatorId };
}

/** One rule broken, with the places where. */
export interface AxeViolation {
  readonly rule: string;
  readonly impact: string;
  readonly help: string;
  readonly targets: readonly string[];
}

const AXE_SOURCE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly unknown[]; readonly html: string }[];
  }[];
}

/**
 * Run axe-core on a page. The source is evaluated through the debugger, which the page's content security policy does
 * not govern, so the policy stays as it is for everything else. Needs a context with JavaScript.
 */
export async function axe(page: Page): Promise<readonly AxeViolation[]> {
  // Half a megabyte: once for each page loaded.
  if (!(await page.evaluate('typeof axe === "object"'))) await page.evaluate(await readFile(AXE_SOURCE, 'utf8'));
  const results = (await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(WCAG)}, resultTypes: ['violations'] })`,
  )) as AxeResults;
  return results.violations.map((violation) => ({
    rule: violation.id,
    impact: violation.impact ?? 'unknown',
    help: violation.help,
    targets: violation.nodes.map((node) => `${node.target.join(' ')}: ${node.html.slice(0, 160)}`),
  }));
}
