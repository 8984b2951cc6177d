/** Coming back on a real store: the engine, the real steps of devices and the link, and a world that does as told. */
import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { OpenRequest } from '../../../src/engine/engine.ts';
import type { Position } from '../../../src/engine/advance.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import type { WorkflowSource } from '../../../src/journey/workflow.ts';
import { credentialHash } from '../../../src/oidc/credential.ts';
import { Personal } from '../../../src/personal.ts';
import { deviceKeyEvidence, deviceKeyModel } from '../../../src/steps/device_key.ts';
import { anyStep } from '../../../src/steps/index.ts';
import type { Gathered, GatherInput } from '../../../src/steps/session_risk/gather.ts';
import { smsLink } from '../../../src/steps/sms_link/index.ts';
import { trustedDevice, verifiedBy, type PasskeyJudged, type PasskeyOffer } from '../../../src/steps/trusted_device/index.ts';
import type { Submission } from '../../../src/steps/step.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { deviceStore } from '../../../src/store/devices.ts';
import { incidentStore } from '../../../src/store/incidents.ts';
import type { SendAnswer, SimSwapPort, TextMessage, Vendors } from '../../../src/vendors/ports.ts';
import { answerOf, CLAIMED, evidenceOf, makeWorld, type World } from '../../engine/world.ts';
import { DESKTOP, PHONE } from '../../support/devices.ts';
import { browserKey, DEVICE_KEYS, ORIGIN, type BrowserKey } from '../device_keys.ts';
import { COLLECTED } from '../session_risk/samples.ts';

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** What the script collects on the desktop and on the phone of these tests. */
export const DESKTOP_LOOK = { ...COLLECTED, userAgent: DESKTOP.userAgent };
export const PHONE_LOOK = { ...DESKTOP_LOOK, userAgent: PHONE.userAgent, platform: 'Linux armv81', touchPoints: 5, pointer: 'coarse', hover: false, portrait: true, screen: [412, 915] };

/** How the world behaves; a test changes what it wants otherwise. */
export interface Behaviour {
  session: 'allow' | 'challenge' | 'deny';
  sim: SimSwapPort['check'];
  /** Undefined where the account has no passkey. */
  offer: PasskeyOffer | undefined;
  passkey: PasskeyJudged;
  /** Runs before the carrier answers. */
  carrier: () => Promise<void>;
  send: () => SendAnswer;
}

/** Both sources recognised the person and confirmed all that was asked. */
const MATCHED = { carrier: { outcome: 'match', missed: [] }, database: { outcome: 'match', missed: [] } };

const META = { vendor: 'fake', sourceClass: 'simulator', simulated: true, latencyMs: 1 } as const;
export const simAnswer = (swapped: boolean | null): Awaited<ReturnType<SimSwapPort['check']>> => ({ kind: 'answer', value: { swapped }, meta: META });

/** A browser that was verified once: what it holds by now. */
export interface Browser {
  readonly key: BrowserKey;
  /** Hash of the cookie. */
  cookie: string | undefined;
  readonly look: typeof DESKTOP_LOOK | typeof PHONE_LOOK;
  readonly device: typeof DESKTOP;
}

export interface Answer {
  /** Signs; the browser's own key otherwise. Null: no proof at all. */
  readonly key?: BrowserKey | null;
  readonly proof?: string;
  readonly look?: Readonly<Record<string, unknown>> | null;
  /** Cookie of the POST; that of the browser otherwise. Null: none. */
  readonly cookie?: string | null;
  readonly audience?: string;
  readonly version?: number;
  /** Hash of the hardware key's cookie. */
  readonly bound?: string;
}

export interface ReturnWorld extends World {
  readonly told: Behaviour;
  readonly devices: ReturnType<typeof deviceStore>;
  readonly incidents: ReturnType<typeof incidentStore>;
  readonly gathered: readonly GatherInput[];
  /** Hours that the carrier was asked to look back. */
  readonly simAsked: number[];
  readonly sent: TextMessage[];
  readonly passkeyResponses: string[];
  /** A first verification on a desktop, its cookie included; of another person each time. */
  verify(change?: Partial<OpenRequest>, browser?: Browser): Promise<{ readonly id: string; readonly accountId: string; readonly desktop: Browser; readonly phone: Browser }>;
  /** Begin to come back. */
  arrive(browser: Pick<Browser, 'cookie'>, change?: Partial<OpenRequest>): Promise<Position>;
  /** Answer the question-free page. */
  prove(position: Position, browser: Browser, answer?: Answer): Promise<Position>;
  /** The form that {@link prove} sends. */
  proofForm(position: Position, browser: Browser, answer?: Answer): Promise<Submission>;
  comeBack(browser: Browser, answer?: Answer, change?: Partial<OpenRequest>): Promise<Position>;
  /** Confirm the link on the known phone. */
  confirm(position: Position, values?: Record<string, string>): Promise<Position>;
  issue(journeyId: string, browser: Browser, channel?: 'browser' | 'phone'): Promise<void>;
}

export const pageName = ({ rest }: Position): string => (rest.kind === 'page' ? rest.page.name : rest.kind);
export const kindsOf = ({ evidence }: Position): readonly string[] => evidence.map(({ kind }) => kind);
/** Outcome and primary reason of the step. */
export const outcomeOf = ({ journey }: Position): readonly (string | undefined)[] => {
  const own = journey.results.find(({ step }) => step === 'trusted_device');
  return [own?.outcome, own?.reasons[0]?.code];
};

export async function newBrowser(kind: 'desktop' | 'phone' = 'desktop'): Promise<Browser> {
  return { key: await browserKey(), cookie: undefined, look: kind === 'desktop' ? DESKTOP_LOOK : PHONE_LOOK, device: kind === 'desktop' ? DESKTOP : PHONE };
}

export async function makeReturnWorld(opened: OpenedDatabase, source: WorkflowSource = userOnboarding): Promise<ReturnWorld> {
  const told: Behaviour = { session: 'allow', sim: async () => simAnswer(false), offer: undefined, passkey: { kind: 'bad', code: 'none' }, carrier: async () => undefined, send: () => ({ kind: 'accepted', provider: 'fake' }) };
  const gathered: GatherInput[] = [];
  const simAsked: number[] = [];
  const sent: TextMessage[] = [];
  const passkeyResponses: string[] = [];
  const devices = deviceStore(opened.db);
  const incidents = incidentStore(opened.db, Date.now);
  const sms = { name: 'fake', send: async (message: TextMessage) => (sent.push(message), told.send()) };
  const simSwap: SimSwapPort = {
    async check(phone, hours) {
      simAsked.push(hours);
      await told.carrier();
      return told.sim(phone, hours);
    },
  };
  const set = { sms, simSwap } as unknown as Vendors['test'];
  const gather = async (input: GatherInput): Promise<Gathered> => {
    gathered.push(input);
    const record = { outcome: told.session, score: 0, rule: 'score', reasons: told.session === 'allow' ? [] : [{ code: `session_${told.session}` }], version: 2, policy: 'w@1', policyVersion: 0, mode: 'test', signals: [], facts: {}, rules: [], points: [], thresholds: { challengeAt: 40, denyAt: 80 }, allowListed: null, whatIf: [] };
    return {
      decision: { record, policyVersion: 0 } as unknown as Gathered['decision'],
      evidence: { kind: 'session', version: 1, simulated: false, data: Personal.of({ address: '203.0.113.9', placeCountry: 'US', device: 'desktop', userAgent: 'x', at: input.now }) },
      counts: [{ dimension: 'test:address', key: Personal.of('203.0.113.9') }],
      sightings: input.subject ? [{ subject: input.subject, place: { country: 'US' } }] : [],
    };
  };
  // Known once the world is made, and asked only then.
  const later: { journeys?: World['journeys'] } = {};
  const world = await makeWorld(opened, (_script, _clock, vault) => [
    anyStep(trustedDevice({
      devices, incidents, gather, vendors: { test: set, live: set },
      verifiedBy: verifiedBy(async (journeyId) => (await later.journeys?.byId(journeyId))?.evidence ?? []),
      credentialHash: (mode, credential) => credentialHash(vault, mode, credential),
      deviceKeys: DEVICE_KEYS,
      hardwareKeys: true,
      passkeys: {
        offered: async () => told.offer,
        verify: async (response) => (passkeyResponses.push(response), told.passkey),
      },
    })),
    anyStep<never>({
      name: 'session_risk', needs: [], yields: ['session', 'device_key'], state: z.never(),
      move: (view) => ({ kind: 'show', page: { name: 'session_risk', model: { ...deviceKeyModel(DEVICE_KEYS, view, 'browser') } } }),
      async submit(submission, view) {
        const key = await deviceKeyEvidence(DEVICE_KEYS, submission, view, { channel: 'browser' });
        return { kind: 'change', change: { end: { outcome: 'allow', reasons: [], evidence: key ? [key] : [] } } };
      },
    }),
    anyStep(smsLink({
      vendors: { test: set, live: set }, limit: { look: async () => ({ over: false, enforced: false, count: 1, limit: 5 }) },
      origin: ORIGIN, deviceKeys: DEVICE_KEYS, hashOf,
      tokenOf: (id) => Buffer.from(vault.keyedHash('link_token', id), 'base64url').subarray(0, 16).toString('base64url'),
    })),
  ]);
  later.journeys = world.journeys;
  await world.deploy(source);
  const { engine } = world;

  const settled = async (id: string): Promise<Position> => {
    const position = await engine.byId(id);
    if (!position) throw new Error('the journey is gone');
    return position;
  };
  const form = (page: string, values: Record<string, string>, { device, cookie }: Pick<Browser, 'device' | 'cookie'>, version = 0): Submission =>
    ({ ...answerOf(page, values, version, 'browser', device), ...(cookie === undefined ? {} : { deviceHash: cookie }) });

  const issue: ReturnWorld['issue'] = async (journeyId, browser, channel = 'browser') => {
    const fresh = hashOf(randomUUID());
    if (await devices.issue({ journeyId, channel, fresh, presented: browser.cookie, now: world.clock.now() })) browser.cookie = fresh;
  };

  const phones = new Map<string, Browser>();
  const confirm: ReturnWorld['confirm'] = async ({ journey, rest }, values) => {
    if (rest.kind !== 'page' || rest.page.name !== 'sms_wait') throw new Error(`no link waits: ${pageName({ rest } as Position)}`);
    const link = hashOf(sent.at(-1)?.link.open().split('/l/')[1] ?? '');
    const sight = await engine.peekLink(link);
    if (sight.kind !== 'open') throw new Error('the link is gone');
    const phone = phones.get(journey.id) ?? (await newBrowser('phone'));
    phones.set(journey.id, phone);
    const signed = await phone.key.sign(String(sight.page.model['deviceChallenge']), Number(sight.page.model['now']));
    await engine.submitLink(link, answerOf('phone_confirm', values ?? { number: String(rest.page.model['number']), device_key: signed, collector: JSON.stringify(phone.look) }, 0, 'phone', PHONE));
    return settled(journey.id);
  };

  let people = 0;
  const verify: ReturnWorld['verify'] = async (change = {}, given) => {
    const desktop = given ?? (await newBrowser());
    people += 1;
    world.script.matched = { end: { outcome: 'match', reasons: [{ code: 'record_match' }], evidence: [evidenceOf('claimed_identity', { ...CLAIMED, givenName: `Person ${people}` }), evidenceOf('identity_match', MATCHED)] } };
    let position = await world.open({ interactionUid: randomUUID(), ...change });
    const { id } = position.journey;
    if (position.rest.kind !== 'page') throw new Error('nothing is shown');
    const { model } = position.rest.page;
    const signed = await desktop.key.sign(String(model['deviceChallenge']), Number(model['now']));
    await engine.submit(id, form('session_risk', { country: 'US', device_key: signed, collector: JSON.stringify(desktop.look) }, desktop));
    await engine.submit(id, form('pii_form', {}, desktop));
    position = await confirm(await settled(id));
    if (position.rest.kind !== 'decided' || position.rest.decision.verdict !== 'approve' || position.accountId === undefined) throw new Error('the verification failed');
    await issue(id, desktop);
    const phone = phones.get(id);
    if (!phone) throw new Error('no phone confirmed');
    await issue(id, phone, 'phone');
    return { id, accountId: position.accountId, desktop, phone };
  };

  const arrive: ReturnWorld['arrive'] = (browser, change = {}) => world.open({
    ...change,
    opening: { credential: undefined, clientName: 'App', locale: 'en', ...change.opening, device: browser.cookie },
    latest: world.clock.now() + 3_600_000,
  });

  const proofForm: ReturnWorld['proofForm'] = async ({ rest, journey }, browser, { key = browser.key, proof, look = browser.look, cookie = browser.cookie, audience, version = journey.version, bound } = {}) => {
    if (rest.kind !== 'page' || rest.page.name !== 'device_proof') throw new Error(`no proof is asked for: ${pageName({ rest } as Position)}`);
    const { challenge, now } = rest.page.model;
    const signed = proof ?? (await key?.sign(String(challenge), Number(now), audience));
    const values = { ...(signed === undefined ? {} : { device_key: signed }), ...(look === null ? {} : { collector: JSON.stringify(look) }) };
    return { ...form('device_proof', values, { device: browser.device, cookie: cookie ?? undefined }, version), ...(bound === undefined ? {} : { boundHash: bound }) };
  };

  const prove: ReturnWorld['prove'] = async (position, browser, answer) => {
    await engine.submit(position.journey.id, await proofForm(position, browser, answer));
    return settled(position.journey.id);
  };

  return {
    ...world, told, devices, incidents, gathered, simAsked, sent, passkeyResponses, verify, arrive, prove, proofForm, confirm, issue,
    comeBack: async (browser, answer, change) => prove(await arrive(browser, change), browser, answer),
  };
}
