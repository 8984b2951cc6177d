/**
 * A scene for a journey test: one gateway on a database of its own, the application that sends people to it, and a view
 * of what was written down. The helpers are the sentences that the scripts in this folder are made of.
 */
import type { Db } from '../../src/store/database.ts';
import type { Mode } from '../../src/journey/journey.ts';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import type { WorkflowSource } from '../../src/journey/workflow.ts';
import type { StoredClientSource } from '../../src/oidc/clients.ts';
import { PHONE, type Device } from '../support/devices.ts';
import { ANDREW, CONSENT_TEXTS, personFor, startGateway, type GatewayOptions, type OutboxLine, type TestGateway } from '../support/gateway.ts';
import { HttpPerson, type PersonOptions, type Typed } from '../support/http_person.ts';
import type { SuiteDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { RelyingParty, type SignIn, type Tokens } from '../support/relying_party.ts';

export const EVERYTHING = 'openid profile address phone evidence';

export interface Scene {
  readonly gateway: TestGateway;
  readonly app: RelyingParty;
  /** The gateway's own database. */
  readonly db: Db;
  close(): Promise<void>;
}

/** Set a scene. Tests send many requests from one address, so the flood dam is high unless `env` says otherwise. */
export async function setScene(options: Omit<GatewayOptions, 'database'> = {}, suite?: SuiteDatabase): Promise<Scene> {
  const database = await (suite ? suite.fresh() : freshDatabase('pglite'));
  let db: Db | undefined;
  const gateway = await startGateway({
    ...options,
    database,
    env: { REQUESTS_PER_MINUTE: '1000000', ...options.env },
    replace: { ...options.replace, onDatabase: (opened) => { db = opened.db; } },
  });
  if (!db) throw new Error('the gateway opened no database');
  return {
    gateway,
    app: await gateway.relyingParty(),
    db,
    async close() {
      await gateway.close();
      await database.drop();
    },
  };
}

/** A person on the way through the pages, and what the application remembers of them. */
export interface Visit {
  readonly person: HttpPerson;
  readonly signIn: SignIn;
}

/** The application sends somebody; the same person again where one is given. */
export async function arrive(scene: Scene, extra: Readonly<Record<string, string>> = {}, who: { person?: HttpPerson; device?: PersonOptions } = {}): Promise<Visit> {
  const signIn = await scene.app.begin(extra);
  const person = who.person ?? personFor(scene.gateway, who.device ? { device: who.device } : {});
  person.callback = undefined;
  await person.open(signIn.url);
  return { person, signIn };
}

/** As {@link arrive}, then past the first page to the form for name, address and phone. */
export async function atForm(scene: Scene, extra: Readonly<Record<string, string>> = {}, who: { person?: HttpPerson; device?: PersonOptions } = {}): Promise<Visit> {
  const visit = await arrive(scene, extra, who);
  await visit.person.press();
  return visit;
}

/** Fill the form as this person, and send what the review page shows. */
export async function sendDetails(person: HttpPerson, details: Typed = {}): Promise<HttpPerson> {
  await person.fill({ ...ANDREW, ...details }).press();
  if (person.page !== 'pii_review') throw new Error(`no review page but "${person.page}"; wrong: ${person.wrong.join(', ')}`);
  return person.press('action', 'send');
}

/** As {@link atForm}, with the details sent: the desktop waits for the phone, or is at an end. */
export async function atLink(scene: Scene, extra: Readonly<Record<string, string>> = {}, who: { person?: HttpPerson; device?: PersonOptions; details?: Typed } = {}): Promise<Visit> {
  const visit = await atForm(scene, extra, who);
  await sendDetails(visit.person, who.details);
  return visit;
}

/** Messages to a number, newest first. */
export async function messagesTo(scene: Scene, phone: string = ANDREW.phone): Promise<readonly OutboxLine[]> {
  const digits = phone.replace(/[^\d+]/g, '');
  return (await scene.gateway.outbox()).filter((line) => line.to === digits);
}

/** The link in the newest message to a number. */
export async function newestLink(scene: Scene, phone: string = ANDREW.phone): Promise<string> {
  const [message] = await messagesTo(scene, phone);
  if (!message) throw new Error('no message was sent');
  return message.link;
}

/** Open a link on a device. */
export async function openLink(link: string, device: Device = PHONE): Promise<HttpPerson> {
  return new HttpPerson({ device }).open(link);
}

/** The phone's owner taps the newest link and picks the number that the desktop shows. */
export async function confirmOnPhone(scene: Scene, desktop: HttpPerson, phone: string = ANDREW.phone): Promise<HttpPerson> {
  const owner = await openLink(await newestLink(scene, phone));
  await (desktop.output === undefined ? owner.press('confirm') : owner.press('number', desktop.output));
  if (owner.page !== 'phone_done') throw new Error(`the phone shows "${owner.page}"`);
  return owner;
}

/** Where the phone path led to the document step: the person has no document to show, or nothing to take pictures with. */
export async function cannotCapture(person: HttpPerson): Promise<HttpPerson> {
  if (person.page !== 'document_handover') throw new Error(`no document is asked for on "${person.page}"`);
  return person.press('action', 'cannot');
}

/** The desktop goes on by itself after the phone is done, and leaves for the application. */
export async function leave(person: HttpPerson): Promise<URL> {
  if (person.callback === undefined) await person.reload();
  if (person.callback === undefined) await person.press();
  if (!person.callback) throw new Error(`still on "${person.page}"`);
  return person.callback;
}

/** A whole approved journey. */
export async function approve(scene: Scene, extra: Readonly<Record<string, string>> = {}, who: { person?: HttpPerson; details?: Typed } = {}): Promise<Visit & { tokens: Tokens }> {
  const visit = await atLink(scene, extra, who);
  await confirmOnPhone(scene, visit.person, who.details?.phone);
  const tokens = await scene.app.finish(await leave(visit.person), visit.signIn);
  return { ...visit, tokens };
}

/** The interaction that the person is, or was last, in. */
export function interactionUid(person: HttpPerson): string {
  const uid = person.history.map((answer) => /\/interaction\/([^/?]+)/.exec(answer.url)?.[1]).findLast((found) => found !== undefined);
  if (uid === undefined) throw new Error('the person was never sent to an interaction');
  return uid;
}

/** The person's newest journey as it is stored. */
export async function journeyOf(scene: Scene, person: HttpPerson) {
  return scene.db.selectFrom('journey').selectAll().where('interaction_uid', '=', interactionUid(person)).executeTakeFirstOrThrow();
}

/** The timeline as `layer name outcome[: reason]`, in its order. */
export async function timeline(scene: Scene, person: HttpPerson): Promise<readonly string[]> {
  const { id } = await journeyOf(scene, person);
  const rows = await scene.db.selectFrom('journey_event').selectAll().where('journey_id', '=', id).orderBy('seq').execute();
  return rows.map((row) => `${row.layer} ${row.name} ${row.outcome}${row.reason === null ? '' : `: ${row.reason}`}`);
}

/** Codes of the final decision's reasons, and the verdict. */
export async function decisionOf(scene: Scene, person: HttpPerson): Promise<{ readonly verdict: string | undefined; readonly reasons: readonly string[] }> {
  const { decision } = await journeyOf(scene, person);
  const stored = decision as { verdict: string; reasons: readonly { code: string }[] } | null;
  return { verdict: stored?.verdict, reasons: stored?.reasons.map((reason) => reason.code) ?? [] };
}

/** Codes of the reasons that a node of the workflow gave for its result; none where it has no result. */
export async function reasonsAt(scene: Scene, person: HttpPerson, node: string): Promise<readonly string[]> {
  const { results } = await journeyOf(scene, person);
  const found = (results as readonly { node: string; reasons: readonly { code: string }[] }[]).find((result) => result.node === node);
  return found?.reasons.map((reason) => reason.code) ?? [];
}

/** The same gateway seen from another application, with a workflow and key of its own. */
export async function anotherApp(
  scene: Scene,
  id: string,
  own: { readonly template?: string; readonly options?: WorkflowSource['options']; readonly mode?: Mode; readonly client?: Partial<StoredClientSource> } = {},
): Promise<Scene> {
  const template = TEMPLATES[own.template ?? 'user_onboarding'];
  if (!template) throw new Error('no such template');
  const options = { ...template.options, consentTexts: CONSENT_TEXTS, asyncUIRedirect: 'https://app.example.com/phone-done', ...own.options };
  const key = await scene.gateway.addWorkflow(id, { ...template, options }, own.mode, own.client);
  const gateway = { ...scene.gateway, key };
  return { ...scene, gateway, app: await RelyingParty.discover({ issuer: gateway.origin, ...key }) };
}
