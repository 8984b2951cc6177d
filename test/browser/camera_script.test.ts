/**
 * The scripts of the capture pages, in Chromium with a camera that plays a film of a specimen: what they send, what they
 * say, and the way on from everything that can go wrong. The server's part is played by the test.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axe } from '../support/chromium.ts';
import { film, posted, type Posted } from './camera_script_parts.ts';
import { samplePages, serveSamples } from './sample_pages.ts';

const PORTRAIT = { width: 390, height: 844 };
const LANDSCAPE = { width: 844, height: 390 };
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-camera-'));
const english = samplePages('en');
let browser: Browser;
let samples: Awaited<ReturnType<typeof serveSamples>>;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  const path = join(folder, 'passport.mjpeg');
  await film(path);
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking',
      '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${path}`,
    ],
  });
  samples = await serveSamples(english);
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(async () => {
  await browser?.close();
  samples?.close();
  rmSync(folder, { recursive: true, force: true });
});

type Reply = { readonly status: number; readonly json: unknown } | 'lost';

interface Seat {
  readonly page: Page;
  readonly posts: readonly Posted[];
  readonly errors: readonly string[];
}

/** A phone on a sample page; `replies` to its posts, and `pages` that /capture then shows, each until the last one. */
async function seat(sample: string, { replies = [] as readonly Reply[], pages = ['capture_done-done'] as readonly string[], camera = true, size = PORTRAIT, userAgent = '', script = '', javaScriptEnabled = true, reducedMotion = 'no-preference' as 'reduce' | 'no-preference' } = {}): Promise<Seat> {
  const context = await browser.newContext({
    viewport: size, hasTouch: true, isMobile: true, deviceScaleFactor: 2, locale: 'en-US', javaScriptEnabled, reducedMotion,
    permissions: camera ? ['camera'] : [],
    ...(userAgent === '' ? {} : { userAgent }),
  });
  contexts.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const [posts, errors]: [Posted[], string[]] = [[], []];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error' && !line.text().includes('Failed to load resource')) errors.push(line.text());
  });
  if (script !== '') await page.addInitScript(script);
  let [answered, shown] = [0, 0];
  await page.route('**/capture', async (route) => {
    if (route.request().method() === 'POST') {
      posts.push(posted(route));
      const reply = replies[Math.min(answered, replies.length - 1)] ?? { status: 200, json: { next: '/capture' } };
      answered += 1;
      return reply === 'lost' ? route.abort('connectionreset') : route.fulfill({ status: reply.status, json: reply.json });
    }
    const name = pages[Math.min(shown, pages.length - 1)] ?? '';
    shown += 1;
    return route.fulfill({ contentType: 'text/html; charset=utf-8', body: english.get(name) ?? '' });
  });
  await page.goto(`${samples.origin}/${sample}`);
  return { page, posts, errors };
}

const open = (page: Page): Promise<void> => page.locator('[data-open]').click();
const NEXT: Reply = { status: 200, json: { next: '/capture' } };
const onPage = (page: Page, name: string) => page.waitForSelector(`body[data-page="${name}"]`);

/** Asked through the debugger: the page's own policy forbids it to evaluate strings. */
async function comesTrue(page: Page, expression: string): Promise<void> {
  await expect.poll(() => page.evaluate(expression), { timeout: 60_000 }).toBe(true);
}

/** Inside the window, all of it. */
async function reachable(page: Page, selector: string): Promise<boolean> {
  const box = await page.locator(selector).boundingBox();
  const size = page.viewportSize();
  return box !== null && size !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= size.width && box.y + box.height <= size.height && box.height >= 44;
}

describe('a side of a document', () => {
  it('is taken by itself when it lies well, and sent with the form', async () => {
    const { page, posts, errors } = await seat('capture_side-passport', { pages: ['working-plain', 'capture_done-done'] });
    await open(page);
    await onPage(page, 'capture_done');
    expect(posts).toHaveLength(1);
    expect(posts[0]?.fields).toEqual({ csrf: 'c5rf', v: '3', page: 'capture_side' });
    expect(posts[0]?.files).toMatchObject([{ name: 'picture', type: 'image/jpeg', start: 'ÿØÿ' }]);
    expect(posts[0]?.files[0]?.bytes).toBeGreaterThan(50_000);
    expect(posts[0]?.accept).toBe('application/json');
    expect(errors).toEqual([]);
  });

  it('keeps the camera for the next side, says what to do, and does not take the same picture again', async () => {
    const { page, posts, errors } = await seat('capture_side-passport', { pages: ['capture_side-licence_back_blurred', 'capture_done-done'] });
    await open(page);
    await page.locator('.camera [data-problem]', { hasText: 'blurred' }).waitFor();
    expect(await page.locator('#camera-title').innerText()).toBe('Back of your driver’s license');
    expect(await page.locator('dialog[open]').count()).toBe(1);
    await page.locator('[data-shutter]:not([data-early])').waitFor();
    expect(posts).toHaveLength(1);
    // By hand, it is looked at first, and may be taken again.
    await page.locator('[data-shutter]').click();
    await page.locator('[data-retake]').click();
    await page.locator('[data-shutter]').click();
    expect(await page.locator('[data-use]').evaluate((button) => button === document.activeElement)).toBe(true);
    expect(posts).toHaveLength(1);
    await page.locator('[data-use]').click();
    await onPage(page, 'capture_done');
    expect(posts).toHaveLength(2);
    expect(errors).toEqual([]);
  });

  it('says why a picture was not taken, in words', async () => {
    const { page, posts } = await seat('capture_side-passport', { replies: [{ status: 422, json: { errors: { picture: 'image_too_small' } } }] });
    await open(page);
    await page.locator('.camera [data-problem]', { hasText: 'too small to be read' }).waitFor();
    expect(await page.locator('.camera [data-bar="live"]').isVisible()).toBe(true);
    expect(posts).toHaveLength(1);
  });

  it('is kept when the connection is lost, and sent again on request', async () => {
    const { page, posts, errors } = await seat('capture_side-passport', { replies: ['lost', 'lost', { status: 503, json: {} }, NEXT] });
    await open(page);
    await page.locator('[data-again]').click({ timeout: 60_000 });
    await onPage(page, 'capture_done');
    expect(posts).toHaveLength(4);
    expect(new Set(posts.map(({ files }) => files[0]?.bytes)).size).toBe(1);
    expect(errors).toEqual([]);
  });

  it.each([['portrait', PORTRAIT], ['landscape', LANDSCAPE]] as const)('has its shutter within reach in %s, and nothing that axe minds', async (_name, size) => {
    const { page } = await seat('capture_side-no_uploads', { size, script: STILL_DARK });
    await open(page);
    await page.locator('[data-shutter]:not([data-early])').waitFor();
    expect(await reachable(page, '[data-shutter]')).toBe(true);
    expect(await reachable(page, '.camera [data-close]')).toBe(true);
    await page.locator('[data-hint]', { hasText: 'Find more light' }).waitFor();
    expect(await axe(page)).toEqual([]);
    expect(await page.evaluate(() => document.querySelector('dialog')?.scrollHeight === innerHeight)).toBe(true);
  });

  it('can be taken with the keyboard at once, and Escape ends the camera', async () => {
    const { page } = await seat('capture_side-passport', { script: STILL_DARK });
    await page.locator('[data-open]').focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-shutter][data-early]').waitFor({ state: 'attached' });
    await page.locator('[data-shutter]').focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-use]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.hasAttribute('data-open'))).toBe(true);
    await comesTrue(page, 'globalThis.tracks.every((track) => track.readyState === "ended")');
  });
});

describe('phones a few years old', () => {
  const OLD = `
    delete AbortSignal.any; delete AbortSignal.timeout; delete Array.prototype.toSorted; delete Array.prototype.at; delete Object.hasOwn;`;

  it('take and send a picture by themselves', async () => {
    const { page, posts, errors } = await seat('capture_side-passport', { script: OLD });
    await open(page);
    await onPage(page, 'capture_done');
    expect(posts).toMatchObject([{ accept: 'application/json', files: [{ name: 'picture', type: 'image/jpeg' }] }]);
    expect(errors).toEqual([]);
  });

  it.each(['capture_side-passport', 'capture_selfie-begin'])('that cannot show the camera of %s stop it and say so', async (sample) => {
    const { page } = await seat(sample, { script: `${STILL_DARK} HTMLDialogElement.prototype.showModal = undefined;` });
    await open(page);
    await page.locator('[data-camera-fault]', { hasText: 'cannot use the camera' }).waitFor();
    expect(await page.evaluate('tracks.length > 0 && tracks.every((track) => track.readyState === "ended")')).toBe(true);
    // Not for the first time only.
    await open(page);
    await comesTrue(page, 'tracks.length === 2 && tracks.every((track) => track.readyState === "ended")');
    if (sample.startsWith('capture_side')) expect(await page.locator('#picture').isVisible()).toBe(true);
  });

  it('send the file as if there were no script, where the script breaks', async () => {
    const { page, posts } = await seat('capture_side-passport', { script: 'delete globalThis.FormData;' });
    await page.locator('[data-show-file] button').click();
    await page.locator('#picture').setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('abc') });
    await page.locator('[data-send]').click();
    await expect.poll(() => posts.length, { timeout: 60_000 }).toBe(1);
    expect(posts).toMatchObject([{ fields: { page: 'capture_side' }, files: [{ name: 'picture', start: 'abc' }] }]);
    expect(posts[0]?.accept).toContain('text/html');
  });
});

describe('what is left behind', () => {
  it('is no camera that opened while the page was put away again', async () => {
    const { page } = await seat('capture_side-passport', { script: `${STILL_DARK} ${PUT_AWAY}` });
    await open(page);
    await page.locator('[data-shutter][data-early]').waitFor({ state: 'attached' });
    await page.evaluate('slow = 300; putAway(true); putAway(false); putAway(true);');
    await comesTrue(page, 'tracks.length === 2');
    await comesTrue(page, 'tracks.every((track) => track.readyState === "ended")');
    // Back and back once more while it opens: one camera, not two.
    await page.evaluate('putAway(false); putAway(false);');
    await comesTrue(page, 'tracks.length === 4 && tracks.filter((track) => track.readyState === "live").length === 1');
    await page.keyboard.press('Escape');
    await comesTrue(page, 'tracks.every((track) => track.readyState === "ended")');
  });

  it('is no press of the button that would be swallowed after the connection came back', async () => {
    const { page, posts } = await seat('capture_side-passport', { replies: ['lost', 'lost', 'lost', { status: 422, json: { errors: { picture: 'image_too_small' } } }, NEXT] });
    await page.locator('[data-show-file] button').click();
    await page.locator('#picture').setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('abc') });
    await page.locator('[data-send]').click();
    await page.locator('[data-upload-status]', { hasText: 'did not get through' }).waitFor();
    await page.evaluate('dispatchEvent(new Event("online"))');
    await page.locator('[data-camera-fault]', { hasText: 'too small to be read' }).waitFor();
    expect(posts).toHaveLength(4);
    await page.locator('[data-send]').click();
    await onPage(page, 'capture_done');
    expect(posts).toHaveLength(5);
  });

  it('is no second camera, however often the challenge was opened and closed', async () => {
    const { page } = await seat('capture_selfie-begin', { script: STILL_DARK });
    for (let times = 1; times <= 3; times += 1) {
      // Both presses before the camera is open.
      await page.locator('[data-open]').evaluate((button: HTMLElement) => { button.click(); button.click(); });
      await page.locator('[data-begin]').waitFor();
      expect(await page.locator('dialog').count()).toBe(1);
      await page.keyboard.press('Escape');
      await page.locator('dialog').waitFor({ state: 'detached' });
      await comesTrue(page, 'tracks.every((track) => track.readyState === "ended")');
      expect(await page.evaluate('tracks.length')).toBe(times);
    }
  });

  it('is no lost focus: the heading of the page that came meanwhile has it, and its file way works', async () => {
    const { page } = await seat('capture_side-passport', { script: STILL_DARK, pages: ['capture_side-licence_back_blurred'] });
    await page.locator('[data-open]').focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-shutter]').click();
    await page.locator('[data-use]').click();
    await page.locator('.camera [data-problem]', { hasText: 'blurred' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    await comesTrue(page, 'document.activeElement.tagName === "H1"');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Back of your driver’s license');
    await page.locator('[data-open]').click();
    await page.locator('.camera [data-file]').click();
    await comesTrue(page, 'document.activeElement.id === "picture"');
  });
});

/** Pages can be put away by the test; the camera takes `slow` milliseconds to open. */
const PUT_AWAY = `
  globalThis.slow = 0;
  const opened = navigator.mediaDevices.getUserMedia;
  navigator.mediaDevices.getUserMedia = async () => {
    await new Promise((resolve) => setTimeout(resolve, slow));
    return opened();
  };
  let away = false;
  Object.defineProperty(document, 'hidden', { get: () => away });
  globalThis.putAway = (now) => {
    away = now;
    document.dispatchEvent(new Event('visibilitychange'));
  };`;

/** A camera that shows nothing but darkness, and remembers its tracks. */
const STILL_DARK = `
  globalThis.tracks = [];
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 1920; canvas.height = 1080;
    canvas.getContext('2d').fillRect(0, 0, 1920, 1080);
    const stream = canvas.captureStream(10);
    tracks.push(...stream.getTracks());
    return stream;
  };`;

const failing = (name: string): string => `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '${name}'));`;

describe('where there is no live camera', () => {
  it.each([
    ['NotAllowedError', 'not allowed on this page'],
    ['NotFoundError', 'found no camera'],
    ['NotReadableError', 'used by another app'],
  ])('%s is told, and a file takes its place', async (name, sentence) => {
    const { page, posts } = await seat('capture_side-passport', { script: failing(name) });
    expect(await page.locator('#picture').isVisible()).toBe(false);
    await open(page);
    await page.locator('[data-camera-fault]', { hasText: sentence }).waitFor();
    expect(await page.locator('dialog').count()).toBe(0);
    await page.locator('#picture').setInputFiles({ name: 'my name.png', mimeType: 'image/png', buffer: Buffer.from('not looked at here') });
    await page.locator('[data-send]').click();
    await onPage(page, 'capture_done');
    expect(posts).toMatchObject([{ fields: { csrf: 'c5rf', v: '3', page: 'capture_side' }, files: [{ name: 'picture', start: 'not' }] }]);
  });

  it('a refusal by the browser itself is such a case', async () => {
    const { page } = await seat('capture_side-passport', { camera: false });
    await open(page);
    await page.locator('[data-camera-fault]', { hasText: 'not allowed on this page' }).waitFor();
    expect(await page.locator('#picture').isVisible()).toBe(true);
  });

  it('a browser without cameras begins with the file', async () => {
    const { page } = await seat('capture_side-passport', { script: 'Object.defineProperty(Navigator.prototype, "mediaDevices", { value: undefined });' });
    await page.locator('[data-camera-fault]', { hasText: 'cannot use the camera' }).waitFor();
    expect(await page.locator('#picture').isVisible()).toBe(true);
    expect(await page.locator('[data-open]').isVisible()).toBe(false);
    await page.locator('[data-send]').click();
    await page.locator('[data-camera-fault]', { hasText: 'Take or choose a picture first' }).waitFor();
  });

  it('a browser inside another app is told so', async () => {
    const userAgent = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 300.0';
    for (const sample of ['capture_side-passport', 'capture_claim-choices', 'capture_selfie-begin']) {
      const inside = await seat(sample, { userAgent });
      await inside.page.locator('[data-in-app]', { hasText: 'inside another app' }).waitFor();
      const outside = await seat(sample);
      expect(await outside.page.locator('[data-in-app]').isVisible()).toBe(false);
    }
  });

  it('everything is there without scripts', async () => {
    const { page, posts } = await seat('capture_side-passport', { javaScriptEnabled: false, replies: [{ status: 422, json: {} }] });
    await page.locator('#picture').setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('abc') });
    await page.locator('[data-send]').click();
    await expect.poll(() => posts.length).toBe(1);
    expect(posts).toMatchObject([{ fields: { page: 'capture_side' }, files: [{ name: 'picture', type: 'image/jpeg', start: 'abc' }] }]);
  });
});

describe('the challenge', () => {
  it('begins on request, follows the turns that the server asks for, and sends each with its nonce', async () => {
    const { page, posts, errors } = await seat('capture_selfie-begin', { pages: ['capture_selfie-live', 'working-plain', 'capture_done-done'] });
    await open(page);
    expect(await reachable(page, '[data-begin]')).toBe(true);
    expect(await axe(page)).toEqual([]);
    expect(posts).toHaveLength(0);
    await page.locator('[data-begin]').click();
    await page.locator('[data-hint]', { hasText: 'Turn your head to your left' }).waitFor();
    expect(await page.locator('[data-arrow]').getAttribute('data-to')).toBe('left');
    await onPage(page, 'capture_done');
    expect(posts[0]?.fields).toEqual({ csrf: 'c5rf', v: '3', page: 'capture_selfie', action: 'begin', method: 'live' });
    expect(posts[1]?.fields).toMatchObject({ csrf: 'c5rf', page: 'capture_selfie', nonce: 'n0nce' });
    expect(posts[1]?.fields['action']).toBeUndefined();
    expect(posts[1]?.files).toHaveLength(5);
    for (const file of posts[1]?.files ?? []) {
      expect(file).toMatchObject({ name: 'frame', type: 'image/jpeg', start: 'ÿØÿ' });
      expect(file.bytes).toBeLessThan(1024 * 1024);
    }
    expect(posts).toHaveLength(2);
    expect(errors).toEqual([]);
  });

  it('tells what was wrong and begins again only when asked', async () => {
    const { page, posts } = await seat('capture_selfie-begin', { pages: ['capture_selfie-begin_again'] });
    await open(page);
    await page.locator('[data-begin]').click();
    await page.locator('.camera [data-problem]', { hasText: 'the same face throughout' }).waitFor();
    await page.locator('[data-begin]').waitFor();
    expect(posts).toHaveLength(1);
  });

  it('does not move for those who want no movement', async () => {
    const { page } = await seat('capture_selfie-begin', { pages: ['capture_selfie-live'], reducedMotion: 'reduce' });
    await open(page);
    await page.locator('[data-begin]').click();
    await page.locator('[data-arrow]:not([hidden])').waitFor();
    expect(await page.evaluate(() => document.getAnimations().filter((one) => one.playState === 'running').length)).toBe(0);
  });

  it('is a photograph per turn where the camera does not work', async () => {
    const { page, posts } = await seat('capture_selfie-photo_centre');
    await page.locator('#frame').setInputFiles({ name: 'me.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('xyz') });
    await page.locator('[data-send]').click();
    await onPage(page, 'capture_done');
    expect(posts).toMatchObject([{ fields: { nonce: 'n0nce', page: 'capture_selfie' }, files: [{ name: 'frame', start: 'xyz' }] }]);
  });
});
