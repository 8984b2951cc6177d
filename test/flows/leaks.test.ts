/** Values planted in every field, and every secret on the way, are looked for in everything that is written down. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { specialNumber } from '../../src/vendors/sandbox/numbers.ts';
import { PHONE } from '../support/devices.ts';
import { personFor } from '../support/gateway.ts';
import { HttpPerson } from '../support/http_person.ts';
import { Planted } from '../support/planted.ts';
import { describeDatabases } from '../support/postgres.ts';
import { oauthError, type SignIn } from '../support/relying_party.ts';
import { arrive, cannotCapture, EVERYTHING, leave, messagesTo, setScene, type Scene } from './scene.ts';

const PERSON = { givenName: 'Andrew', familyName: 'Roshell', street: '2591 Brunswick Ct', city: 'Kissimmee', region: 'FL', postalCode: '34743', country: 'US', birthDate: '1969-09-26' };
const PHONE_NUMBER = '+14075550191';
const STRANGER = { ...PERSON, givenName: 'Xaverine', familyName: "Quillféather O'Dwyer", street: '8813 Zanzibar Loop', city: 'Oxnardia' };
const EMAIL = 'a.roshell@planted.example';
const CUSTOMER = 'planted-customer-77c1';

const planted = new Planted({
  givenName: PERSON.givenName, familyName: PERSON.familyName, street: PERSON.street, city: PERSON.city, birthDate: PERSON.birthDate, phone: PHONE_NUMBER,
  strangerGiven: STRANGER.givenName, strangerFamily: STRANGER.familyName, strangerStreet: STRANGER.street, strangerCity: STRANGER.city,
  broken: specialNumber('broken'), email: EMAIL,
});
const credential = new Planted({ credential: CUSTOMER });

/** Everything in every table, bytes as they are. */
async function dump(scene: Scene): Promise<Record<string, string>> {
  const { rows: tables } = await sql<{ name: string }>`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`.execute(scene.db);
  const found: Record<string, string> = {};
  for (const { name } of tables) {
    const { rows } = await sql<Record<string, unknown>>`SELECT * FROM ${sql.table(name)}`.execute(scene.db);
    found[`table ${name}`] = rows.map((row) => Object.values(row).map((value) =>
      value instanceof Uint8Array ? `${Buffer.from(value).toString('utf8')} ${Buffer.from(value).toString('latin1')}` : JSON.stringify(value)).join(' ')).join('\n');
  }
  return found;
}

/** Secrets are random, so that their hashes tell nothing: they are looked for as they are and in base64. */
function secretsIn(secrets: Readonly<Record<string, string>>, sources: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(sources).flatMap(([source, text]) =>
    Object.entries(secrets).flatMap(([label, secret]) =>
      [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('base64url')].some((shape) => text.includes(shape)) ? [`${label} in ${source}`] : []));
}

describeDatabases('nothing leaks', (database) => {
  let scene: Scene;
  const people: HttpPerson[] = [];
  const secrets: Record<string, string> = {};
  beforeAll(async () => {
    scene = await setScene({ options: { askBirthDate: true, risk: { collect: 'email' } } }, database);
    secrets['client secret'] = scene.gateway.key.clientSecret;
    secrets['master key'] = scene.gateway.masterKey.toString('base64');
  });
  afterAll(() => scene.close());

  const begin = async (): Promise<{ person: HttpPerson; signIn: SignIn }> => {
    const visit = await arrive(scene, { scope: `${EVERYTHING} offline_access`, prompt: 'consent', login_hint: CUSTOMER });
    people.push(visit.person);
    await visit.person.fill({ email: EMAIL }).press();
    expect(visit.person.page).toBe('pii_form');
    return visit;
  };
  /** What the visitor's side saw in addresses and headers, and the pages that say that something went wrong. */
  const seen = (): Record<string, string> => {
    const answers = people.flatMap((person) => person.history);
    // The application itself put its name for the user into the first address.
    const ours = answers.filter((answer) => !new URL(answer.url).pathname.startsWith('/authorize'));
    return {
      log: scene.gateway.log(),
      addresses: ours.map((answer) => `${answer.url} ${answer.headers.location ?? ''}`).join('\n'),
      headers: answers.map((answer) => JSON.stringify({ ...answer.headers, location: undefined })).join('\n'),
      'error pages': answers.filter((answer) => answer.status >= 400 && answer.status !== 422).map((answer) => answer.body).join('\n'),
      'phone pages': ours.filter((answer) => new URL(answer.url).pathname.startsWith('/l/')).map((answer) => answer.body).join('\n'),
    };
  };
  const nothingLeaked = async (): Promise<void> => {
    const written = await dump(scene);
    expect(Object.keys(written)).toEqual(expect.arrayContaining([
      'table journey', 'table journey_event', 'table grant_outcome', 'table velocity_event', 'table oidc_record', 'table message', 'table evidence', 'table account', 'table outbox_message',
    ]));
    expect(planted.leaks({ ...seen(), ...written })).toEqual([]);
    expect(credential.leaks({ log: scene.gateway.log(), ...written })).toEqual([]);
    expect(secretsIn(secrets, { log: scene.gateway.log(), ...written })).toEqual([]);
  };

  it('by an approval, its link, its code, its cookies and its tokens', async () => {
    const { person, signIn } = await begin();
    await person.fill({ ...PERSON, phone: PHONE_NUMBER }).press();
    expect(planted.leaksIn(person.answer.body).length).toBeGreaterThan(0);
    await person.press('action', 'send');
    const [message] = await messagesTo(scene, PHONE_NUMBER);
    secrets['link token'] = message?.link.split('/').at(-1) ?? '';
    const phone = await new HttpPerson({ device: PHONE }).open(message?.link ?? '');
    people.push(phone);
    await phone.press('number', person.output);
    expect(phone.page).toBe('phone_done');
    for (const [index, cookie] of person.cookies.all().entries()) if (cookie.name.endsWith('.sig')) secrets[`signature ${index}`] = cookie.value;
    const callback = await leave(person);
    const tokens = await scene.app.finish(callback, signIn);
    for (const cookie of person.cookies.all()) if (cookie.name.includes('session')) secrets[cookie.name] = cookie.value;
    secrets['code'] = callback.searchParams.get('code') ?? '';
    secrets['access token'] = tokens.access_token;
    secrets['refresh token'] = tokens.refresh_token ?? '';
    secrets['ID token'] = tokens.id_token ?? '';
    for (const [label, secret] of Object.entries(secrets)) expect(secret.length, label).toBeGreaterThan(20);
    const info = await scene.app.userinfo(tokens);
    expect(planted.leaksIn(JSON.stringify(info)).length).toBeGreaterThan(0);
    // Spent and forged credentials are errors, and errors are written down.
    await oauthError(scene.app.finish(callback, signIn));
    await phone.reload();
    await person.open(`${scene.gateway.origin}/interaction/nonsense`);
    await nothingLeaked();
  });

  it('by a denial, nor by vendors that break on the person', async () => {
    for (const phone of [PHONE_NUMBER, specialNumber('broken')]) {
      const { person } = await begin();
      await person.fill({ ...STRANGER, phone }).press();
      expect(person.wrong).toEqual([]);
      await person.press('action', 'send');
      expect(person.page).toBe('document_handover');
      expect(planted.leaksIn(person.answer.body)).toEqual([]);
      await cannotCapture(person);
      expect(person.page).toBe('denied');
      expect(planted.leaksIn(person.answer.body)).toEqual([]);
      const callback = await leave(person);
      expect(planted.leaksIn(callback.href)).toEqual([]);
    }
    await nothingLeaked();
  });

  it('by forms that are refused', async () => {
    const { person } = await begin();
    person.fill({ ...STRANGER, phone: PHONE_NUMBER });
    const { action } = person.form;
    const body = person.encoded().toString();
    const type = 'application/x-www-form-urlencoded';
    for (const sent of [`${body}&given_name=Andrew`, `${body}&x=%FF`, body.replace(/csrf=[^&]*/, 'csrf=no'), `${body}&y=${'Roshell'.repeat(20_000)}`]) {
      for (const accept of ['text/html', 'application/json']) {
        const answer = await person.send(action, { method: 'POST', body: sent, headers: { 'content-type': type, accept } });
        expect([400, 403, 413]).toContain(answer.status);
      }
    }
    // What somebody typed into a query is theirs: it is not repeated, and the log keeps no query.
    await person.send(`${scene.gateway.origin}/?name=${encodeURIComponent(STRANGER.familyName)}`);
    expect(planted.leaksIn(person.history.at(-1)?.body ?? '')).toEqual([]);
    person.history.pop();
    await nothingLeaked();
  });

  it('by failures of ours, although the database quotes the failing row', async () => {
    const failing = async (table: string): Promise<void> => {
      const { person } = await begin();
      person.fill({ ...STRANGER, phone: PHONE_NUMBER });
      await sql`ALTER TABLE ${sql.table(table)} ADD CONSTRAINT never CHECK (false) NOT VALID`.execute(scene.db);
      await person.press();
      expect([person.status, person.page]).toEqual([500, 'error']);
      expect(person.text).toContain('internal_error');
      const [reference] = /[2-9A-HJ-NP-Z]{8}/.exec(person.text) ?? [];
      expect(scene.gateway.log()).toContain(reference ?? 'no reference');
      await sql`ALTER TABLE ${sql.table(table)} DROP CONSTRAINT never`.execute(scene.db);
      // Nothing was half done: the very same form goes through now.
      await person.open(`${scene.gateway.origin}${new URL(person.url).pathname}`);
      await person.fill({ ...STRANGER, phone: PHONE_NUMBER }).press();
      expect(person.page).toBe('pii_review');
    };
    for (const table of ['consent', 'journey_event', 'journey']) await failing(table);
    await nothingLeaked();
  });

  it('by a token request that fails inside', async () => {
    const visit = await begin();
    await sql`ALTER TABLE oidc_record ADD CONSTRAINT never CHECK (false) NOT VALID`.execute(scene.db);
    const again = personFor(scene.gateway);
    people.push(again);
    const { url } = await scene.app.begin({ login_hint: CUSTOMER });
    await again.open(url);
    expect(again.status).toBe(500);
    const body = new URLSearchParams({ grant_type: 'authorization_code', code: secrets['code'] ?? '', redirect_uri: scene.gateway.key.redirectUri, code_verifier: 'v'.repeat(43) });
    const authorization = `Basic ${Buffer.from(`${scene.gateway.key.clientId}:${secrets['client secret']}`).toString('base64')}`;
    const answer = await again.send(`${scene.gateway.origin}/token`, { method: 'POST', body, headers: { authorization } });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    await sql`ALTER TABLE oidc_record DROP CONSTRAINT never`.execute(scene.db);
    expect(visit.person.page).toBe('pii_form');
    await nothingLeaked();
  });
});

describe('with the database away', () => {
  it('a form full of a person ends in an error page and a log that know nobody', async () => {
    const scene = await setScene();
    const { person } = await arrive(scene, { login_hint: CUSTOMER });
    await person.press();
    const { birthDate: _birthDate, ...details } = STRANGER;
    person.fill({ ...details, phone: PHONE_NUMBER });
    await scene.db.destroy();
    await person.press();
    expect(person.status).toBeGreaterThanOrEqual(500);
    expect(person.page).toBe('error');
    const problem = await person.send(person.url, { headers: { accept: 'application/json' } });
    expect(JSON.parse(problem.body)).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/), reference: expect.any(String) });
    expect(planted.leaks({ page: person.answer.body, problem: problem.body, log: scene.gateway.log() })).toEqual([]);
    expect(credential.leaks({ page: person.answer.body, problem: problem.body, log: scene.gateway.log() })).toEqual([]);
    await scene.close().catch(() => undefined);
  });
});
