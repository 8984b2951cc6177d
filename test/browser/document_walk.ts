/**
 * What the browser tests of the document step share: a phone whose camera sees what a test shows it, and the way from
 * the code on the desktop to the last picture.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { startDocumentReader } from '../../src/documents/client.ts';
import type { DocumentType, HeadTurn } from '../../src/documents/facts.ts';
import { DEFAULT_READER, type DocumentReader } from '../../src/documents/reader.ts';
import { startDemo, type Demo } from '../../src/demo/demo.ts';
import { message } from '../../src/http/locales/index.ts';
import { documentOnly } from '../../src/journey/templates/document_only.ts';
import type { WorkflowSource } from '../../src/journey/workflow.ts';
import type { OutcomeFile } from '../../src/steps/document_selfie/outcome_file.ts';
import { specialNumber } from '../../src/vendors/sandbox/numbers.ts';
import { fakeCamera, launchChromium, type FakeCamera } from '../support/chromium.ts';
import { CONSENT_TEXTS } from '../support/gateway.ts';
import { pause } from '../support/ports.ts';
import type { PersonName } from '../support/specimens/index.ts';
import { headOf, table } from './document_pictures.ts';
import { choice, fillDetails, goOn, numberOn, ownNumber, shown, test as walk, toForm, type Details, type Seat, type SeatOptions, type Seats, type Stage } from './walk.ts';

/** Names typed into one another's fields: no carrier matches them, and a document says which is which. */
export const MIXED_UP: Details = { givenName: 'Roshell', familyName: 'Andrew' };
/** Whom everybody knows, with a number that is refused: the one way to the document for whom questions can be drawn. */
export const ON_LANDLINE: Details = { phone: specialNumber('landline') };

const READY_MS = 120_000;

/** The real reader, once every engine said how it stands. */
export async function openReader(): Promise<DocumentReader> {
  const reader = startDocumentReader({ ...DEFAULT_READER, jobMs: 60_000 }, { info: () => undefined, warn: () => undefined });
  const until = Date.now() + READY_MS;
  while (Object.values(reader.engines()).some((status) => status.kind !== 'ready')) {
    if (Date.now() > until) throw new Error(`the reader is not ready: ${JSON.stringify(reader.engines())}`);
    await pause(100);
  }
  return reader;
}

const demos: Demo[] = [];

/** A demo application whose check is the document alone, unless `source` says otherwise. Closed by {@link closeDemos}. */
export async function documentDemo({ gateway }: Stage, id: string, options: WorkflowSource['options'] = {}, source: WorkflowSource = documentOnly): Promise<Demo> {
  const demo = await startDemo({ issuer: gateway.origin, port: 0, outbox: `${gateway.origin}/dev/outbox` });
  demos.push(demo);
  demo.use(await gateway.addWorkflow(id, { ...source, options: { consentTexts: CONSENT_TEXTS, asyncUIRedirect: demo.phoneDone, ...options } }, 'test', {
    client_name: 'Harbour Credit',
    redirect_uris: [demo.callback],
    post_logout_redirect_uris: [`${demo.origin}/`],
  }));
  return demo;
}

export async function closeDemos(): Promise<void> {
  await Promise.all(demos.splice(0).map((demo) => demo.close()));
}

/** A phone in the hand, with what its camera sees. */
export interface Hand extends Seat {
  readonly camera: FakeCamera;
}

export interface HandOptions extends SeatOptions {
  /** Whether its pages may use the camera; it is not asked for. */
  readonly allowed?: boolean;
}

/** Phones of one test; they are put away when it ends. */
export interface Hands {
  take(stage: Stage, options?: HandOptions): Promise<Hand>;
}

/** `test` with the seats of {@link walk}, and phones with a camera. */
export const test = walk.extend<{ hands: Hands }>({
  hands: async ({ seats }, use) => {
    const taken: { readonly browser: Browser; readonly camera: FakeCamera }[] = [];
    await use({ take: (stage, options) => takeHand(seats, stage, options, taken) });
    for (const { browser, camera } of taken) {
      await browser.close();
      camera.close();
    }
  },
});

async function takeHand(seats: Seats, stage: Stage, { allowed = true, ...options }: HandOptions = {}, taken: { browser: Browser; camera: FakeCamera }[]): Promise<Hand> {
  const camera = fakeCamera(await table());
  const browser = await launchChromium(camera);
  taken.push({ browser, camera });
  const seat = await seats.phone({ browser }, options);
  if (allowed) await seat.context.grantPermissions(['camera'], { origin: stage.gateway.origin });
  return { ...seat, camera };
}

/** From the application to the code for the phone, by details that nobody confirms. */
export async function toCode(desktop: Seat, demo: Demo, details: Details = MIXED_UP): Promise<{ readonly phone: string }> {
  const { page } = desktop;
  await toForm(desktop, demo);
  const phone = details.phone ?? ownNumber();
  await fillDetails(page, { ...details, phone });
  await goOn(page);
  await shown(page, 'pii_review');
  await goOn(page);
  await shown(page, 'document_handover');
  return { phone };
}

/** The same where the document is all that is asked for. */
export async function straightToCode({ page }: Seat, demo: Demo): Promise<void> {
  await page.goto(`${demo.origin}/start`);
  await shown(page, 'session_risk');
  await goOn(page);
  await shown(page, 'document_handover');
}

let decoder: Promise<unknown> | undefined;

/** The address in the code on the screen, read from the screen. */
export async function codeOn(page: Page): Promise<string> {
  const require = createRequire(import.meta.url);
  decoder ??= prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(readFileSync(require.resolve('zxing-wasm/reader/zxing_reader.wasm'))).buffer }, fireImmediately: true });
  await decoder;
  const picture = await page.locator('.qr').screenshot({ animations: 'disabled' });
  const { data, info } = await sharp(picture).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const found = await readBarcodes({ data: new Uint8ClampedArray(data), width: info.width, height: info.height, colorSpace: 'srgb' } as ImageData, { formats: ['QRCode'] });
  const [code] = found;
  if (!code || found.length > 1) throw new Error(`${found.length} codes are on the screen`);
  return code.text;
}

/** Scans the code, or opens a link, and picks the number that the desktop shows. */
export async function takeOver(desktop: Seat, hand: Seat, link?: string): Promise<string> {
  const address = link ?? (await codeOn(desktop.page));
  await hand.page.goto(address);
  await shown(hand.page, 'capture_claim');
  await choice(hand.page, await numberOn(desktop.page)).click();
  await shown(hand.page, 'capture_consent');
  return address;
}

/** Agrees and chooses a document, up to its first side. */
export async function agree({ page }: Seat, type: DocumentType = 'passport'): Promise<void> {
  await page.locator('button[value="agree"]').click();
  await shown(page, 'capture_choose');
  await page.locator(`button[name="type"][value="${type}"]`).click();
  await shown(page, 'capture_side');
}

/** From the code to the first side of a document. */
export async function toSide(desktop: Seat, hand: Seat, type?: DocumentType): Promise<string> {
  const address = await takeOver(desktop, hand);
  await agree(hand, type);
  return address;
}

export async function openCamera({ page }: Seat): Promise<void> {
  await page.locator('[data-open]').click();
  await page.locator('dialog.camera[open]').waitFor();
}

/** A file as a person chooses it. */
export interface ChosenFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** Faces came out well, so that no selfie is asked for. */
const GOOD_FACES = { selfie_matches: 'pass', live_person: 'pass' } as const;

/** The sandbox's file in place of a picture. */
export function outcome(findings: OutcomeFile['findings'] = GOOD_FACES): ChosenFile {
  const file: OutcomeFile = { sandbox: 1, findings };
  return { name: 'outcome.yaml', mimeType: 'application/yaml', buffer: Buffer.from(stringify(file)) };
}

/** Chooses a file where the page offers that, and sends it. */
export async function sendFile({ page }: Seat, file: ChosenFile = outcome()): Promise<void> {
  // The page's script may put the file behind a button when it comes.
  await page.waitForLoadState();
  if (!(await page.locator('input[type="file"]').isVisible())) await page.locator('[data-show-file] button').click();
  await page.locator('input[type="file"]').setInputFiles(file);
  await page.locator('[data-send]').click();
}

export const jpegFile = (buffer: Buffer): ChosenFile => ({ name: 'picture.jpg', mimeType: 'image/jpeg', buffer });

/** The application's own page on the phone: it learned that the capture ended, and nothing else. */
export async function landed({ page }: Seat, status = 'completed'): Promise<void> {
  await shown(page, 'demo_phone_done');
  const { searchParams } = new URL(page.url());
  expect([...searchParams.keys()]).toEqual(['transaction_id', 'status']);
  expect(searchParams.get('status')).toBe(status);
}

export async function approved({ page }: Seat): Promise<void> {
  await shown(page, 'demo_result');
  expect(await page.locator('.badge-good').innerText()).toBe('Approved');
}

/** The desktop says that it ended and leads back to the application, which is told no. */
export async function denied({ page }: Seat): Promise<void> {
  await shown(page, 'denied');
  await page.getByRole('button', { name: 'Return to Harbour Credit' }).click();
  await shown(page, 'demo_error');
  expect(await page.locator('main').innerText()).toContain('access_denied');
}

const TURNS: readonly HeadTurn[] = ['left', 'right', 'centre'];
const SELFIE_MS = 180_000;

/** Opens the camera for the selfie and turns as the phone says, until it asks for nothing more. Gives the turns in the order asked. */
export async function followChallenge(hand: Hand, persona: PersonName = 'andrew'): Promise<readonly HeadTurn[]> {
  const { page, camera } = hand;
  const seen = await headOf(persona);
  // Another shape than the document's: before the camera is opened.
  camera.show(seen.centre);
  await openCamera(hand);
  await page.locator('[data-begin]').click();
  const told = new Map(TURNS.map((turn) => [message('en', `camera.turn.${turn}`), turn]));
  const asked: HeadTurn[] = [];
  const until = Date.now() + SELFIE_MS;
  while (Date.now() < until) {
    const now = await page.evaluate(() => document.querySelector('dialog.camera [data-hint]')?.textContent ?? null).catch(() => '');
    if (now === null) return asked;
    const turn = told.get(now);
    if (turn !== undefined && asked.at(-1) !== turn) {
      camera.show(seen[turn]);
      asked.push(turn);
    }
    await pause(60);
  }
  throw new Error(`the challenge does not end; it asked for ${asked.join(', ')}`);
}
