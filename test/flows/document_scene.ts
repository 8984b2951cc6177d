/**
 * Scenes for journeys through the document step: the hand-over from desktop to phone, the capture pages as a phone
 * without scripts and as the camera's script answers them, and specimens to show to the camera.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { sql } from 'kysely';
import sharp from 'sharp';
import { stringify } from 'yaml';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { startDocumentReader } from '../../src/documents/client.ts';
import { ENGINES, type DocumentType, type EngineName, type HeadTurn } from '../../src/documents/facts.ts';
import { DEFAULT_READER, type DocumentReader } from '../../src/documents/reader.ts';
import type { CheckCode, FindingStatus } from '../../src/journey/document_checks.ts';
import type { OutcomeFile } from '../../src/steps/document_selfie/outcome_file.ts';
import { PHONE, type Device } from '../support/devices.ts';
import { HttpPerson, multipart, type Answer, type PickedFile, type Typed } from '../support/http_person.ts';
import { pause } from '../support/ports.ts';
import type { ConditionName } from '../support/specimens/conditions.ts';
import { PEOPLE, photographed, type PersonName, type SpecimenPerson, type Tamper } from '../support/specimens/index.ts';
import { selfieFrames } from '../support/specimens/selfies.ts';
import { SIDES, type SpecimenSide } from '../support/specimens/sides.ts';
import { arrive, atForm, journeyOf, sendDetails, type Scene, type Visit } from './scene.ts';

export const LANDING = 'https://app.example.com/phone-done';
/** Where a phone's browser stops: the application's own page. */
const APPLICATION = 'https://app.example.com/';

/** Names typed into one another's fields: no carrier matches them, and a document says which is which. */
export const MIXED_UP: Typed = { givenName: 'Roshell', familyName: 'Andrew' };
/** Whom no carrier knows. */
export const ANDREA: Typed = { givenName: 'Andrea' };

const STARTING_MS = 120_000;

/** The real reader, in a process of its own, once every engine said how it stands. */
export async function openReader(settings: Partial<typeof DEFAULT_READER> = {}, engines: readonly EngineName[] = ENGINES): Promise<DocumentReader> {
  const reader = startDocumentReader({ ...DEFAULT_READER, jobMs: 60_000, ...settings }, { info: () => undefined, warn: () => undefined }, { engines });
  const until = Date.now() + STARTING_MS;
  while (Object.values(reader.engines()).some((status) => status.kind === 'unavailable' && status.why === 'starting')) {
    if (Date.now() > until) throw new Error(`the reader does not start: ${JSON.stringify(reader.engines())}`);
    await pause(50);
  }
  return reader;
}

/** The same person sends details that nobody confirms, and is asked for a document. */
export async function atDocument(scene: Scene, extra: Readonly<Record<string, string>> = {}, who: { person?: HttpPerson; details?: Typed; device?: Device } = {}): Promise<Visit> {
  const visit = await atForm(scene, extra, { ...(who.person ? { person: who.person } : {}), ...(who.device ? { device: { device: who.device } } : {}) });
  await sendDetails(visit.person, who.details ?? MIXED_UP);
  return visit;
}

/** Where the document is all that a workflow asks for: past the first page. */
export async function atDocumentOnly(scene: Scene, device?: Device): Promise<Visit> {
  const visit = await arrive(scene, {}, device ? { device: { device } } : {});
  await visit.person.press();
  return visit;
}

let decoder: Promise<unknown> | undefined;

/** The address in the code on the desktop's screen, as a camera reads it. */
export async function addressInCode(desktop: HttpPerson): Promise<string> {
  const require = createRequire(import.meta.url);
  decoder ??= prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(readFileSync(require.resolve('zxing-wasm/reader/zxing_reader.wasm'))).buffer }, fireImmediately: true });
  await decoder;
  const [, svg] = /<img class="qr" src="data:image\/svg\+xml;base64,([A-Za-z0-9+/=]+)"/.exec(desktop.answer.body) ?? [];
  if (svg === undefined) throw new Error(`page "${desktop.page}" shows no code`);
  const { data, info } = await sharp(Buffer.from(svg, 'base64')).resize(500, 500, { kernel: 'nearest' }).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const found = await readBarcodes({ data: new Uint8ClampedArray(data), width: info.width, height: info.height, colorSpace: 'srgb' } as ImageData, { formats: ['QRCode'] });
  const [code] = found;
  if (!code || found.length > 1) throw new Error(`${found.length} codes were found`);
  return code.text;
}

/** A phone that stops where the application's own pages begin. */
export function aPhone(device: Device = PHONE): HttpPerson {
  return new HttpPerson({ device, stopAt: [APPLICATION] });
}

/** A phone scans the code and picks the number that the desktop shows. */
export async function takeOver(desktop: HttpPerson, { phone = aPhone(), link }: { phone?: HttpPerson; link?: string } = {}): Promise<HttpPerson> {
  await phone.open(link ?? (await addressInCode(desktop)));
  await (desktop.output === undefined ? phone.press('confirm') : phone.press('number', desktop.output));
  if (phone.page !== 'capture_consent') throw new Error(`the phone shows "${phone.page}" (${phone.status})`);
  return phone;
}

/** Agree, and choose a document where there is a choice. */
export async function agreeAndChoose(phone: HttpPerson, type: DocumentType = 'passport'): Promise<HttpPerson> {
  await phone.press('action', 'agree');
  if (phone.page === 'capture_choose') await phone.press('type', type);
  if (phone.page !== 'capture_side') throw new Error(`the phone shows "${phone.page}" (${phone.status})`);
  return phone;
}

/** As {@link atDocumentOnly}, with a phone before the first side of the document. */
export async function atSide(scene: Scene, type: DocumentType = 'passport'): Promise<Visit & { readonly phone: HttpPerson }> {
  const visit = await atDocumentOnly(scene);
  const phone = await agreeAndChoose(await takeOver(visit.person), type);
  return { ...visit, phone };
}

/** Send a picture, or a file in its place, by the page's form. */
export async function sendPicture(phone: HttpPerson, picture: Uint8Array | PickedFile): Promise<HttpPerson> {
  return phone.choose('picture', picture instanceof Uint8Array ? { bytes: picture } : picture).press();
}

/** The sandbox's outcome file. */
export function outcome(said: Omit<OutcomeFile, 'sandbox'> = {}): PickedFile {
  return { bytes: stringify({ sandbox: 1, ...said }), type: 'application/yaml', name: 'outcome.yaml' };
}

/** Findings by which faces came out well, and others. */
export function faces(more: Readonly<Partial<Record<CheckCode, FindingStatus>>> = {}): OutcomeFile['findings'] {
  return { selfie_matches: 'pass', live_person: 'pass', ...more };
}

/** The end that a test wants, by an outcome file in place of a passport. */
export function sendOutcome(phone: HttpPerson, findings: Readonly<Partial<Record<CheckCode, FindingStatus>>> = {}, document: OutcomeFile['document'] = {}): Promise<HttpPerson> {
  return sendPicture(phone, outcome({ document, findings: faces(findings) }));
}

/** What the page's script sends: hidden fields of its form, more values, and pictures from the camera. */
export async function sendByScript(phone: HttpPerson, values: Readonly<Record<string, string>>, files: readonly (readonly [string, PickedFile])[] = [], form = phone.form): Promise<Answer> {
  const hidden = form.fields.filter((field) => field.type === 'hidden' && !Object.hasOwn(values, field.name)).map((field): [string, string] => [field.name, field.value]);
  const { body, headers } = await multipart([...hidden, ...Object.entries(values)], files);
  return phone.send(form.action, {
    method: 'POST', body,
    headers: { ...headers, accept: 'application/json', origin: new URL(form.action).origin, 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' },
  });
}

/** Go where a script was sent. */
async function goOn(phone: HttpPerson, answer: Answer): Promise<void> {
  const told = JSON.parse(answer.body) as { readonly next?: string };
  if (answer.status !== 200 || told.next === undefined) throw new Error(`the script was refused: ${answer.status} ${answer.body.slice(0, 300)}`);
  await phone.open(new URL(told.next, phone.url));
}

/** The turn that the page asks for now. */
export function turnAsked(phone: HttpPerson): HeadTurn {
  const [, turn] = /data-turn="(left|right|centre)"/.exec(phone.answer.body) ?? [];
  if (turn === undefined) throw new Error(`page "${phone.page}" asks for no turn`);
  return turn as HeadTurn;
}

export async function beginSelfie(phone: HttpPerson): Promise<HttpPerson> {
  await goOn(phone, await sendByScript(phone, { action: 'begin', method: 'live' }));
  return phone;
}

/** One turn before the live camera: its frames in the order they were taken, or one still picture held before it. */
export async function sendTurn(phone: HttpPerson, frames: Uint8Array | readonly Uint8Array[]): Promise<HttpPerson> {
  const taken = frames instanceof Uint8Array ? [frames, frames, frames] : frames;
  await goOn(phone, await sendByScript(phone, {}, taken.map((bytes) => ['frame', { bytes }])));
  return phone;
}

/** The whole challenge, followed as it is asked. */
export async function takeSelfie(phone: HttpPerson, frames: Readonly<Record<HeadTurn, readonly Uint8Array[]>>): Promise<readonly HeadTurn[]> {
  await beginSelfie(phone);
  const asked: HeadTurn[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    asked.push(turnAsked(phone));
    await sendTurn(phone, frames[turnAsked(phone)]);
  }
  return asked;
}

/** The selfie page given an outcome file by a script, where reading faces is not the point. */
export async function givenFaces(phone: HttpPerson, findings: Readonly<Partial<Record<CheckCode, FindingStatus>>> = {}): Promise<HttpPerson> {
  await goOn(phone, await sendByScript(phone, {}, [['frame', outcome({ findings: faces(findings) })]]));
  return phone;
}

/** Where the phone lands when its part is over. */
export async function landed(phone: HttpPerson): Promise<URL> {
  await phone.until('capture_done');
  if (phone.callback) return phone.callback;
  // By itself, or by its script, which without a way to keep a passkey goes on at once.
  const [, next] = /^0; url=(.+)$/.exec(String(phone.answer.headers['refresh'] ?? '')) ?? / data-go-on="([^"]+)"/.exec(phone.answer.body) ?? [];
  if (next === undefined) throw new Error('the last page leads nowhere');
  await phone.open(new URL(next, phone.url));
  if (!phone.callback) throw new Error(`still on "${phone.page}"`);
  return phone.callback;
}

/** The parameters with which the phone landed. */
export async function landing(phone: HttpPerson): Promise<Readonly<Record<string, string>>> {
  const url = await landed(phone);
  if (url.href.split('?')[0] !== LANDING) throw new Error(`landed elsewhere: ${url.origin}${url.pathname}`);
  return Object.fromEntries(url.searchParams);
}

/** How the document step ended, and why: codes of the reasons with their `why`. */
export async function stepEnd(scene: Scene, person: HttpPerson): Promise<{ readonly outcome: string | undefined; readonly reasons: readonly string[] }> {
  const { results } = await journeyOf(scene, person);
  const own = (results as readonly { step: string; outcome: string; reasons: readonly { code: string; detail?: { why?: string } }[] }[]).find((one) => one.step === 'document_selfie');
  return { outcome: own?.outcome, reasons: own?.reasons.map(({ code, detail }) => (detail?.why === undefined ? code : `${code}: ${detail.why}`)) ?? [] };
}

const kept = new Map<string, Promise<Buffer>>();
const once = (key: string, make: () => Promise<Buffer>): Promise<Buffer> => {
  const made = kept.get(key) ?? make();
  kept.set(key, made);
  return made;
};

type SideName = (typeof SIDES)[keyof typeof SIDES][number]['name'];

/** A photograph of one side of a persona's document; made once per test file. */
export function shot(side: SideName, persona: PersonName, { condition = 'photo', tamper }: { condition?: ConditionName; tamper?: Tamper } = {}): Promise<Buffer> {
  const made = (Object.values(SIDES).flat() as readonly SpecimenSide[]).find(({ name }) => name === side);
  if (!made) throw new Error(`no side ${side}`);
  const document = once(`${side} ${persona} ${tamper ?? ''}`, () => made.make(PEOPLE[persona], tamper));
  return once(`${side} ${persona} ${tamper ?? ''} ${condition}`, async () => photographed(await document, condition));
}

const heads = new Map<unknown, Promise<Readonly<Record<HeadTurn, readonly Buffer[]>>>>();

/** Pixels by which a head moves from one frame to the next: nobody holds still. */
const SWAY = [0, 9, 17] as const;

/** The holder of a persona's documents before the camera: some frames of each turn, no two alike. */
export function head(persona: PersonName): Promise<Readonly<Record<HeadTurn, readonly Buffer[]>>> {
  const { portrait } = PEOPLE[persona];
  const made = heads.get(portrait) ?? framesOf(portrait);
  heads.set(portrait, made);
  return made;
}

async function framesOf(portrait: SpecimenPerson['portrait']): Promise<Readonly<Record<HeadTurn, readonly Buffer[]>>> {
  const taken = await selfieFrames(portrait);
  const swaying = (frame: Buffer): Promise<readonly Buffer[]> => Promise.all(SWAY.map((pixels, index) =>
    sharp(frame).extract({ left: pixels, top: SWAY[2] - pixels, width: 720 - SWAY[2], height: 960 - SWAY[2] }).linear(1 - index * 0.04, index * 3).jpeg({ quality: 90 }).toBuffer()));
  return { left: await swaying(taken.left), right: await swaying(taken.right), centre: await swaying(taken.centre) };
}

/** Everything in every table, bytes as they are, by the table's name. */
export async function everythingWritten(scene: Scene): Promise<Readonly<Record<string, string>>> {
  const { rows: tables } = await sql<{ name: string }>`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`.execute(scene.db);
  const found: Record<string, string> = {};
  for (const { name } of tables) {
    const { rows } = await sql<Record<string, unknown>>`SELECT * FROM ${sql.table(name)}`.execute(scene.db);
    found[`table ${name}`] = rows.flatMap((row) => Object.values(row)).map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : JSON.stringify(value))).join(' ');
  }
  return found;
}
