/** The document step on its own: a clock that is set, a world that does as told, and a state kept in memory. */
import { createHash, createHmac } from 'node:crypto';
import type { Evidence, Journey, Mode } from '../../../src/journey/journey.ts';
import type { Lists } from '../../../src/journey/rules/lists.ts';
import { STEP_FACTS } from '../../../src/journey/steps.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition, type Workflow, type WorkflowSource } from '../../../src/journey/workflow.ts';
import { Personal } from '../../../src/personal.ts';
import { biometricConsent } from '../../../src/steps/document_selfie/consent.ts';
import { CLAIM_FIELD, documentSelfie } from '../../../src/steps/document_selfie/index.ts';
import { anyStep } from '../../../src/steps/index.ts';
import type { Change, PageShown, SentFile, Step, StepEnd, StepView, SubmitResult } from '../../../src/steps/step.ts';
import type { SendAnswer, TextMessage, Vendors } from '../../../src/vendors/ports.ts';
import { DEVICE_KEYS } from '../device_keys.ts';
import { DESKTOP, PHONE, type Device } from '../../support/devices.ts';
import { FakeImages, FakePast, FakeReader, FakeVendor, PERSON } from './fakes.ts';

export const START = 1_800_000_000_000;
export const ORIGIN = 'https://id.example.com';
export const MOBILE_NUMBER = '+14075550123';
export const ADDRESS = '203.0.113.7';
export const tokenOf = (linkId: string): string => createHmac('sha256', 'k').update(linkId).digest().subarray(0, 16).toString('base64url');
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

type Options = NonNullable<WorkflowSource['options']>;

export interface DriverOptions {
  readonly documents?: NonNullable<Options['documents']>;
  readonly link?: NonNullable<Options['link']>;
  readonly kba?: NonNullable<Options['kba']>;
  readonly mode?: Mode;
  readonly device?: 'mobile' | 'desktop';
  readonly claimed?: boolean;
  readonly facesAllowed?: boolean;
  readonly lists?: Lists;
  readonly exceeded?: boolean;
  readonly journeyLives?: number;
  readonly credential?: string;
}

const CLAIMED = { ...PERSON, street: 's', city: 'c', region: 'FL', postalCode: '34743', country: 'US', phone: MOBILE_NUMBER };
/** Who sends: the interaction's browser, or a phone with a token. */
export type Sender = 'browser' | { readonly token: string };

export class Driver {
  now = START;
  readonly reader = new FakeReader();
  readonly images = new FakeImages();
  readonly past = new FakePast();
  readonly vendor = new FakeVendor();
  readonly sent: TextMessage[] = [];
  readonly sends: SendAnswer[] = [];
  readonly changes: Change<unknown>[] = [];
  readonly step: Step;
  readonly workflow: Workflow;
  end: StepEnd | undefined;
  /** The token of the phone that claimed. */
  token = '';
  #state: unknown;
  #claims = 0;
  /** The journey's: goes up with every change, as the store has it. */
  version = 1;
  readonly #options: DriverOptions;

  constructor(options: DriverOptions = {}) {
    this.#options = options;
    const { documents = {}, link = {}, kba = {}, mode = 'test' } = options;
    this.workflow = { id: 'w', version: 1, definition: workflowDefinition.parse({ ...userOnboarding, options: { link, kba, documents: { countries: ['US'], types: ['passport'], ...documents } } }) };
    const sms = {
      name: 'fake',
      send: async (message: TextMessage): Promise<SendAnswer> => {
        this.sent.push(message);
        return this.sends.shift() ?? { kind: 'accepted', provider: 'fake', providerMessageId: 'p1' };
      },
    };
    const set = { sms, documentVendor: this.vendor } as unknown as Vendors['test'];
    const other = new Proxy({}, { get: () => { throw new Error('the other mode was asked'); } }) as Vendors['test'];
    this.step = anyStep(documentSelfie({
      reader: this.reader, images: this.images, seen: this.past, vendors: mode === 'test' ? { test: set, live: other } : { test: other, live: set },
      limit: { look: async () => ({ over: options.exceeded ?? false, enforced: options.exceeded ?? false, count: 6, limit: 5 }) },
      origin: ORIGIN, tokenOf, hashOf, deviceKeys: DEVICE_KEYS, facesAllowed: () => options.facesAllowed ?? true,
      ...(options.lists ? { lists: options.lists } : {}),
    }));
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- tests look deep into what is kept, each at another place
  get state(): Record<string, any> {
    return this.#state as Record<string, never>;
  }

  view(): StepView<unknown> {
    const { mode = 'test', device = 'desktop', claimed = true, journeyLives = 1_800_000, credential } = this.#options;
    const journey: Journey = {
      id: 'j', workflowId: 'w', workflowVersion: 1, mode, clientId: 'c', interactionUid: 'u', version: this.version, createdAt: START,
      expiresAt: START + journeyLives, extensions: 0, results: [], states: Personal.of({}), decision: undefined,
      opening: { credential: credential === undefined ? undefined : Personal.of(credential), clientName: 'Example App', locale: 'en' },
    };
    const session = { address: ADDRESS, device, userAgent: device === 'mobile' ? PHONE.userAgent : DESKTOP.userAgent, country: 'US', at: START };
    const evidence: Evidence[] = [
      { kind: 'session', version: 1, simulated: true, data: Personal.of<unknown>(session) },
      ...(claimed ? [{ kind: 'claimed_identity', version: 1, simulated: true, data: Personal.of<unknown>(CLAIMED) } as const] : []),
    ];
    // What was kept is read back as the engine does.
    const state = this.#state === undefined ? undefined : this.step.state.parse(JSON.parse(JSON.stringify(this.#state)));
    return { journey, workflow: this.workflow, node: 'document_selfie', state, now: this.now, evidence };
  }

  apply(change: Change<unknown> | undefined): void {
    if (!change) return;
    if (this.end) throw new Error('a change after the end');
    this.changes.push(change);
    this.version += 1;
    if (change.state !== undefined) this.#state = change.state;
    const { ids = [] } = change.images ?? {};
    for (const id of ids === 'all' ? this.images.kept.keys() : ids) {
      const kept = this.images.kept.get(id);
      if (kept) kept.deleteAt = change.images?.deleteAt ?? 0;
    }
    if (!change.end) return;
    if (!STEP_FACTS.document_selfie.outcomes.includes(change.end.outcome)) throw new Error(`unknown outcome ${change.end.outcome}`);
    this.end = change.end;
  }

  /** The task that is owed, undefined at a page. */
  task(): string | undefined {
    const move = this.step.move(this.view());
    return move.kind === 'work' ? move.task : undefined;
  }

  /** Asks the world for the task that is owed; the answer is not written yet. */
  async ask(): Promise<() => void> {
    const task = this.task();
    if (task === undefined || !this.step.work) throw new Error('no work is owed');
    const apply = await this.step.work(task, this.view());
    return () => this.apply(apply(this.view()));
  }

  async work(): Promise<void> {
    (await this.ask())();
  }

  /** Until it rests; the browser's page, or undefined at the end. */
  async settle(): Promise<PageShown | undefined> {
    for (let round = 0; round < 20; round += 1) {
      if (this.end) return undefined;
      const move = this.step.move(this.view());
      if (move.kind === 'show') return move.page;
      if (move.kind === 'finish') throw new Error('ends are recorded changes');
      await this.work();
    }
    throw new Error('the step did not rest');
  }

  phonePage(token = this.token): PageShown | undefined {
    return this.end ? undefined : this.step.phonePage?.(this.view(), hashOf(token));
  }

  /** The page of whoever captures. */
  async page(): Promise<PageShown> {
    const page = await this.settle();
    const own = this.token === '' ? page : this.phonePage();
    if (!own) throw new Error('there is no page');
    return own;
  }

  async send(page: string, values: Record<string, string>, { sender, files = [], device = PHONE, version = this.version }: { readonly sender?: Sender; readonly files?: readonly SentFile[]; readonly device?: Device; readonly version?: number } = {}): Promise<SubmitResult<unknown>> {
    const from: Sender = sender ?? (this.token === '' ? 'browser' : { token: this.token });
    const result = await this.step.submit({
      page, version, channel: from === 'browser' ? 'browser' : 'phone', values: Personal.of(values), files,
      ...(from === 'browser' ? {} : { linkHash: hashOf(from.token) }),
      visitor: { address: Personal.of(ADDRESS), userAgent: device.userAgent, headers: device.headers, locale: 'en' },
    }, this.view());
    if (result.kind === 'change') this.apply(result.change);
    return result;
  }

  /** The token in the code that the desktop shows. */
  async code(): Promise<string> {
    const page = await this.settle();
    return String(page?.model['url']).split('/l/')[1] ?? '';
  }

  /** A fresh token as the route draws it. */
  claimToken(): string {
    this.#claims += 1;
    return tokenOf(`claim ${this.#claims}`);
  }

  /** A phone takes the capture over. */
  async claim(values: Record<string, string> = {}, device: Device = PHONE, link?: string): Promise<SubmitResult<unknown>> {
    const token = this.claimToken();
    const from = link ?? (await this.code());
    const result = await this.send('capture_claim', { number: this.state['handover'].number, [CLAIM_FIELD]: token, ...values }, { sender: { token: from }, device });
    if (this.state['where'].kind === 'phone' && this.state['where'].sessionHash === hashOf(token)) this.token = token;
    return result;
  }

  async consent(): Promise<SubmitResult<unknown>> {
    const { hash } = biometricConsent(this.workflow, 'Example App', 'en');
    return this.send('capture_consent', { action: 'agree', consentHash: hash });
  }

  async picture(bytes = 'front', mediaType = 'image/jpeg', more: readonly SentFile[] = []): Promise<SubmitResult<unknown>> {
    return this.send('capture_side', {}, { files: [file('picture', bytes, mediaType), ...more] });
  }

  /** One turn of the challenge, as asked or showing something else. */
  async turn(shows?: string, frames = 3, nonce?: string): Promise<SubmitResult<unknown>> {
    const { model } = await this.page();
    const what = shows ?? String(model['turn']);
    const files = Array.from({ length: frames }, (_, index) => file('frame', `${what}:${index}`));
    return this.send('capture_selfie', { nonce: nonce ?? String(model['nonce']) }, { files });
  }

  async begin(method = 'live'): Promise<SubmitResult<unknown>> {
    return this.send('capture_selfie', { action: 'begin', method });
  }

  /** The whole challenge. */
  async selfie(method = 'live'): Promise<void> {
    await this.begin(method);
    for (let turn = 0; turn < 3; turn += 1) {
      await this.turn(undefined, method === 'live' ? 3 : 1);
      await this.settle();
    }
  }

  /** From the start to the first capture page, on a phone that claimed or on the spot. */
  async arrive(): Promise<void> {
    await this.settle();
    if (this.#options.device !== 'mobile') await this.claim();
    await this.consent();
    await this.settle();
  }

  /** Everything up to the selfie. */
  async document(): Promise<void> {
    await this.arrive();
    for (let side = 0; side < 4 && !this.end && (await this.page()).name === 'capture_side'; side += 1) {
      await this.picture(`side ${side}`);
      await this.settle();
    }
  }
}

export function file(field: string, bytes: string | Uint8Array, mediaType = 'image/jpeg'): SentFile {
  return { field, bytes: Personal.of(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes), mediaType };
}

/** Everything that was written on the timeline. */
export function timeline(driver: Driver): readonly string[] {
  return driver.changes.flatMap(({ events = [], end }) => [...events, ...(end?.events ?? [])])
    .map(({ layer, name, outcome, reason }) => [layer, name, outcome, reason].filter(Boolean).join(' '));
}

/** What a step ended with, in short. */
export function ending({ end }: Driver): readonly (string | undefined)[] {
  return [end?.outcome, end?.reasons[0]?.code];
}

export const kinds = ({ end }: Driver): readonly string[] => (end?.evidence ?? []).map(({ kind }) => kind);
