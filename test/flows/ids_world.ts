/**
 * Two of everything that has an id, behind the real doors: what the sweeps of swapped ids are made on. The first is of
 * mode `test` and workflow `tested`, the second of mode `live` and workflow `other`; each person's values are planted.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { ACTIONS } from '../../src/admin/permissions.ts';
import { NOT_FOR_TOKENS } from '../../src/admin/tokens/store.ts';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import { workflowDefinition } from '../../src/journey/workflow.ts';
import { Personal } from '../../src/personal.ts';
import { auditLog } from '../../src/store/console/audit.ts';
import { sealedEmail } from '../../src/store/console/staff_rows.ts';
import { tokenDesk } from '../../src/store/console/tokens.ts';
import type { Db, OpenedDatabase } from '../../src/store/database.ts';
import { journeyStore } from '../../src/store/journeys.ts';
import { accountsWorld, PERSON } from '../store/console/accounts_world.ts';
import { deviceWorld } from '../store/device_world.ts';
import { NOW } from '../store/support.ts';
import { startConsole, type TestConsole, type Who } from '../support/console.ts';
import { CONSENT_TEXTS, startGateway, type TestGateway } from '../support/gateway.ts';
import { Planted } from '../support/planted.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { vaultOf } from '../support/vault.ts';

/** What ids there are. `target`: an account that another can become part of; `node`: a step of the journey's workflow. */
export const KINDS = [
  'workflow', 'version', 'node', 'key', 'journey', 'image', 'account', 'target', 'device', 'passkey', 'case', 'incident', 'hold', 'staff', 'staff_session', 'my_session', 'my_passkey',
  'invitation', 'list_entry', 'endpoint', 'secret', 'delivery', 'token', 'notice',
] as const;
export type Kind = (typeof KINDS)[number];
export type Ids = Readonly<Record<Kind, string>>;

/** Kinds whose ids stand for the same things. */
export const SAME_THING: readonly (readonly Kind[])[] = [['account', 'target'], ['case', 'incident']];

export interface IdsWorld {
  readonly gateway: TestGateway;
  readonly db: Db;
  /** The real doors behind the real guard, for staff of any role. */
  readonly site: TestConsole;
  /** Who asks: the first of the staff. */
  readonly who: Who;
  readonly a: Ids;
  readonly b: Ids;
  readonly planted: Planted;
  /** Asks the admin API, with many tokens in turn: each may ask so often a minute. */
  api(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly text: string }>;
  /** What every table holds, but for what looking leaves behind. */
  digest(without?: readonly string[]): Promise<Readonly<Record<string, string>>>;
  /** Actions of the log that were done since then, and the log's newest number. */
  doneSince(seq: number): Promise<{ readonly done: readonly string[]; readonly seq: number }>;
  close(): Promise<void>;
}

/** Counts and times that come of being asked, or of the gateway's own timers. */
const ASIDE = [
  'audit_entry', 'audit_head', 'workflow_key_use', 'rollup', 'rollup_state', 'vendor_health', 'vendor_health_code', 'risk_feed', 'api_repeat', 'velocity', 'lease',
];

const EMAIL = 'ids-sweep-member@planted-staff.example';

export async function idsWorld(fresh: FreshDatabase): Promise<IdsWorld> {
  // Stands still: nothing that a timer does between two looks is due.
  const now = (): number => NOW + 120_000;
  let opened: OpenedDatabase | undefined;
  const gateway = await startGateway({ database: fresh, env: { REQUESTS_PER_MINUTE: '1000000' }, replace: { now, onDatabase: (own) => { opened = own; } } });
  if (!opened) throw new Error('the gateway opened no database');
  const { db } = opened;
  const vault = await vaultOf({ gateway, db });
  const who: Who = { id: 'staff_sweep-first', roles: ['administrator', 'reviewer', 'workflow_author', 'auditor', 'support'] };
  const site = await startConsole(gateway.gatehouse.doors, auditLog({ db, vault, now }), now);

  // Workflows: the second has versions and a draft that the first has not, and the other way round.
  const template = TEMPLATES['user_onboarding'];
  if (!template) throw new Error('no such template');
  const source = { ...template, options: { ...template.options, consentTexts: CONSENT_TEXTS, asyncUIRedirect: 'https://app.example.com/phone-done' } };
  const otherKey = await gateway.addWorkflow('other', source, 'live');
  for (const name of ['Other, second', 'Other, third']) await gateway.gatehouse.workflows.deploy('other', workflowDefinition.parse({ ...source, name }), now());
  for (const id of ['tested', 'other']) await posted(site, who, `/admin/workflows/${id}/edit`, { name: `Draft of ${id}`, revision: '0', base: id === 'other' ? '3' : '1' });

  // People, of whom everything is kept.
  const velocityHash = (dimension: string, value: string): Buffer => Buffer.from(vault.keyedHash(`velocity:${dimension}`, value), 'base64url');
  const stores = { vault, journeys: journeyStore(db, vault, velocityHash, opened.ride) };
  const world = await accountsWorld(opened, undefined, await deviceWorld(opened, stores));
  const one = await world.plant({ workflowId: 'tested', mode: 'test', credential: `${PERSON.credential}-first` });
  const two = await world.plant({ workflowId: 'other', mode: 'live', credential: `${PERSON.credential}-second` });
  const twin = await world.plant({ workflowId: 'tested', mode: 'test', credential: `${PERSON.credential}-twin` });
  await db.updateTable('journey').set({ delete_at: NOW + 86_400_000 }).execute();
  await db.updateTable('review_case').set({ status: 'open', resolved_at: null }).execute();
  await db.deleteFrom('case_note').execute();
  // Of the second alone: the first's own page shows what was said of the first.
  await posted(site, who, `/admin/cases/case-${two.journeyId}/comments`, { comment: `${PERSON.family} telephoned` });
  const incidents = await Promise.all([one, two].map(async ({ journeyId }) => {
    const { id: incident_id, mode } = await db.selectFrom('incident').select(['id', 'mode']).where('journey_id', '=', journeyId).executeTakeFirstOrThrow();
    const id = randomUUID();
    await db.insertInto('review_case').values({ id, kind: 'incident', status: 'open', version: 1, mode, workflow_id: null, journey_id: null, incident_id, opened_at: NOW, due_at: NOW, four_eyes: false }).execute();
    return id;
  }));
  const notices = await Promise.all(([[one, 'tested', 'test'], [two, 'other', 'live']] as const).map(async ([{ journeyId }, workflow_id, mode]) => {
    const id = randomUUID();
    await db.insertInto('automation_run').values({ journey_id: journeyId, rule: 'swept', id, workflow_id, mode, verdict: 'deny', at: NOW, case_id: null, notify: true, dismissed_at: null }).execute();
    return id;
  }));
  for (const { journeyId } of [one, two]) await posted(site, who, '/admin/accounts/journey-hold', { journey: journeyId, reason: 'asked for by the court' });

  // The staff, their sessions, passkeys and invitations.
  const staff = [['staff_sweep-first', 'administrator,reviewer'], ['staff_sweep-second', 'reviewer'], ['staff_sweep-third', 'administrator']] as const;
  for (const [id, roles] of staff) {
    await db.insertInto('staff').values({ id, name: `Staff ${id}`, email_hash: id, email: sealedEmail(vault, id, Personal.of(EMAIL)), external_key: null, password_hash: 'none', totp: null, roles, created_at: NOW, disabled_at: null, signed_in_at: null }).execute();
    await db.insertInto('staff_session').values({ hash: `hash-of-${id}`, id: `sess_of-${id}`, staff_id: id, created_at: NOW, last_seen_at: now(), expires_at: NOW + 3_600_000, authenticated_at: NOW, label: 'Firefox' }).execute();
    for (const which of ['one', 'two']) await db.insertInto('staff_passkey').values({ id: `pk-${which}-of-${id}`, staff_id: id, public_key: Buffer.of(1), counter: 0, transports: '', label: `Key ${which}`, created_at: NOW, last_used_at: null }).execute();
  }
  for (const name of ['Invited one', 'Invited two']) await posted(site, who, '/admin/staff/invite', { name, role_reviewer: 'on', hours: '72' });
  const invitations = await db.selectFrom('staff_invitation').select('id').orderBy('name').execute();

  // Lists, endpoints with their secrets, deliveries, tokens.
  for (const value of [PERSON.phone, PERSON.email]) {
    await posted(site, who, '/admin/lists', { effect: 'block', kind: value.includes('@') ? 'email' : 'phone', mode: 'test', workflow: '', reason: 'seen in a case', value, expires_on: '' });
  }
  const entries = await db.selectFrom('list_entry').select('id').orderBy('kind', 'desc').execute();
  const endpoints = [1, 2].map(() => `whe_${randomBytes(12).toString('hex')}`);
  const modes = ['test', 'live'] as const;
  // They are told of nothing that the sweep does before its end, so that no worker writes meanwhile.
  for (const [at, id] of endpoints.entries()) await posted(site, who, '/admin/webhooks', { id, url: `https://hooks-${at}.example/in`, description: '', mode: modes[at] ?? 'test', workflow: '', 'event.account.erased': 'on' });
  const deliveries = await Promise.all(endpoints.map(async (endpoint, at) => {
    const [id, event] = [`dlv_sweep-${at}-of-these`, `evt_sweep-${at}`];
    await db.insertInto('webhook_event').values({ id: event, type: 'journey.decided', mode: modes[at] ?? 'test', workflow_id: null, client_id: null, journey_id: null, data: '{}', at: NOW, fanned_at: NOW }).execute();
    await db.insertInto('webhook_delivery').values({ id, event_id: event, endpoint_id: endpoint, type: 'journey.decided', state: 'failed', job_id: null, round: 1, tries: 1, next_at: null, last_at: NOW, last_status: 500, last_error: null, created_at: NOW }).execute();
    return id;
  }));
  const desk = tokenDesk({ db, vault, now });
  const scopes = ACTIONS.filter((action) => !NOT_FOR_TOKENS.includes(action));
  const tokens = await Promise.all(Array.from({ length: 24 }, (_one, at) => desk.create({ kind: 'staff', id: staff[0][0], name: 'Sweep' }, { name: `sweep ${at}`, scopes, nets: [], expiresAt: NOW + 86_400_000 })));

  const [deviceOne, deviceTwo] = await Promise.all([one, two].map(async ({ accountId }) => (await db.selectFrom('device_trust').select('device_id').where('account_id', '=', accountId).executeTakeFirstOrThrow()).device_id));
  const [passkeyOne, passkeyTwo] = await Promise.all([one, two].map(async ({ accountId }) => (await db.selectFrom('passkey').select('id').where('account_id', '=', accountId).executeTakeFirstOrThrow()).id));
  const [holdOne, holdTwo] = await Promise.all([one, two].map(async ({ journeyId }) => (await db.selectFrom('legal_hold').select('id').where('subject_id', '=', journeyId).executeTakeFirstOrThrow()).id));
  const [secretOne, secretTwo] = await Promise.all(endpoints.map(async (id) => (await db.selectFrom('webhook_secret').select('id').where('endpoint_id', '=', id).executeTakeFirstOrThrow()).id));
  const ids = (values: Readonly<Record<Kind, string | undefined>>): Ids => {
    const missing = KINDS.filter((kind) => (values[kind] ?? '') === '');
    if (missing.length > 0) throw new Error(`the world lacks ${missing.join(', ')}`);
    return values as Ids;
  };

  const names = (await sql<{ name: string }>`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`.execute(db)).rows.map(({ name }) => name)
    .filter((name) => !ASIDE.includes(name) && !name.startsWith('kysely'));
  let turn = 0;
  const api: IdsWorld['api'] = async (method, path, body) => {
    const token = tokens[(turn += 1) % tokens.length]?.token ?? '';
    const response = await fetch(`${gateway.origin}/admin/api/v1${path}`, {
      // A connection that was idle while this process was busy may end just as it is used again.
      method, headers: { connection: 'close', authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  };
  // What the world's making told of is passed on before anybody looks.
  const passedOn = async (): Promise<boolean> => (await db.selectFrom('webhook_event').select('id').where('fanned_at', 'is', null).limit(1).execute()).length === 0;
  for (const end = Date.now() + 120_000; !(await passedOn());) {
    if (Date.now() > end) throw new Error('the events of the world were not passed on');
    await new Promise((done) => setTimeout(done, 50));
  }
  // Each notes once that it was used.
  for (let at = 0; at < tokens.length; at += 1) await api('get', '/tokens');

  return {
    gateway, db, site, who, api,
    a: ids({
      workflow: 'tested', version: '1', node: template.entry, key: gateway.key.clientId, journey: one.journeyId, image: one.imageId, account: one.accountId, target: twin.accountId, device: deviceOne, passkey: passkeyOne,
      case: `case-${one.journeyId}`, incident: incidents[0], hold: holdOne, staff: 'staff_sweep-second', staff_session: 'sess_of-staff_sweep-second', my_session: 'sess_of-staff_sweep-first', my_passkey: 'pk-one-of-staff_sweep-first', invitation: invitations[0]?.id,
      list_entry: entries[0]?.id, endpoint: endpoints[0], secret: secretOne, delivery: deliveries[0], token: tokens[0]?.id, notice: notices[0],
    }),
    b: ids({
      workflow: 'other', version: '3', node: 'nobodys_step', key: otherKey.clientId, journey: two.journeyId, image: two.imageId, account: two.accountId, target: two.accountId, device: deviceTwo, passkey: passkeyTwo,
      case: `case-${two.journeyId}`, incident: incidents[1], hold: holdTwo, staff: 'staff_sweep-third', staff_session: 'sess_of-staff_sweep-third', my_session: 'sess_of-staff_sweep-third', my_passkey: 'pk-one-of-staff_sweep-second', invitation: invitations[1]?.id,
      list_entry: entries[1]?.id, endpoint: endpoints[1], secret: secretTwo, delivery: deliveries[1], token: tokens[1]?.id, notice: notices[1],
    }),
    planted: new Planted({ ...PERSON, staff: EMAIL }),
    async digest(without = []) {
      const wanted = names.filter((name) => !without.includes(name));
      const texts = wanted.map((name) => `SELECT '${name}' AS name, count(*)::text || ' ' || coalesce(md5(string_agg(md5(one::text), '' ORDER BY md5(one::text))), '') AS rows FROM ${name} AS one`);
      const { rows } = await sql.raw<{ name: string; rows: string }>(texts.join(' UNION ALL ')).execute(db);
      return Object.fromEntries(rows.map(({ name, rows: held }) => [name, held]));
    },
    async doneSince(seq) {
      const rows = await db.selectFrom('audit_entry').select(['seq', 'action', 'outcome']).where('seq', '>', seq).orderBy('seq').execute();
      return { done: rows.filter(({ outcome }) => outcome === 'done').map(({ action }) => action), seq: rows.at(-1)?.seq ?? seq };
    },
    async close() {
      await site.close();
      await gateway.close();
      await fresh.drop();
    },
  };
}

/** What makes the world must work. */
async function posted(site: TestConsole, who: Who, path: string, form: Readonly<Record<string, string>>): Promise<void> {
  const { status, html } = await site.post(path, form, who);
  if (status !== 303 && status !== 200) throw new Error(`${path}: ${status} ${html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ').slice(0, 600)}\n${site.log().slice(-3000)}`);
}
