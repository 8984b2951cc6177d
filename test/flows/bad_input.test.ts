/** Whatever is thrown at the front door gets a clear refusal with a stable code; nothing is recorded, nothing breaks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { personFor, ANDREW } from '../support/gateway.ts';
import type { Answer, HttpPerson, RequestOptions } from '../support/http_person.ts';
import { readPage } from '../support/html.ts';
import { oauthError } from '../support/relying_party.ts';
import { vaultOf } from '../support/vault.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { anotherApp, arrive, atForm, atLink, decisionOf, interactionUid, journeyOf, newestLink, openLink, setScene, timeline, type Scene } from './scene.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let scene: Scene;
beforeAll(async () => {
  scene = await setScene();
});
afterAll(() => scene.close());

/** Everything that a refused request must leave alone. */
async function recorded(): Promise<unknown> {
  const journeys = await scene.db.selectFrom('journey').select(['id', 'version', 'expires_at', 'results']).orderBy('id').execute();
  const counts: Record<string, number> = {};
  for (const table of ['journey_event', 'evidence', 'consent', 'link', 'message', 'outbox_message', 'account', 'credential', 'velocity_event', 'grant_outcome'] as const) {
    counts[table] = (await scene.db.selectFrom(table).select((eb) => eb.lit(1).as('one')).execute()).length;
  }
  return { journeys, counts };
}

/** What every answer owes: no failure of ours, the security headers, and a code where something was refused. */
function proper(answer: Answer, what: string): Answer {
  expect(answer.status, what).toBeLessThan(500);
  expect(answer.headers['content-security-policy'], what).toMatch(/frame-ancestors 'none'/);
  expect(answer.headers['content-security-policy'], what).toMatch(/default-src 'none'/);
  expect(answer.headers['x-content-type-options'], what).toBe('nosniff');
  const type = answer.headers['content-type'] ?? '';
  if (answer.body === '') return answer;
  if (type.startsWith('text/html') && answer.status !== 302 && answer.status !== 303) {
    expect(answer.headers['cache-control'], what).toContain('no-store');
    const page = readPage(answer.body, answer.url);
    if (answer.status >= 400 && answer.status !== 422) {
      expect(page.name, what).toMatch(/^(error|stale|phone_gone)$/);
      if (page.name === 'error') expect(page.text, what).toMatch(/\b[a-z]+(_[a-z]+)+\b/);
    }
  } else if (answer.status >= 400 && type.includes('json')) {
    const body = JSON.parse(answer.body) as { code?: string; error?: string };
    expect(body.code ?? body.error, what).toMatch(/^[a-z_]+$/);
  }
  return answer;
}

const codeOf = (answer: Answer): string | undefined =>
  answer.headers['content-type']?.includes('json') ? (JSON.parse(answer.body) as { code?: string }).code : /<code>([a-z_]+)<\/code>/.exec(answer.body)?.[1];

describe('a form', () => {
  let person: HttpPerson;
  let phone: HttpPerson;
  let good: URLSearchParams;
  beforeAll(async () => {
    person = (await atForm(scene)).person;
    person.fill(ANDREW);
    good = person.encoded();
    phone = await openLink((await atLink(scene)) && (await newestLink(scene)));
  });

  const filled = (): string => good.toString();
  const REFUSED: readonly (readonly [string, number, string, () => RequestOptions])[] = [
    ['too large', 413, 'body_too_large', () => ({ body: `${filled()}&collector=${'x'.repeat(70_000)}`, headers: FORM })],
    ['JSON', 415, 'unsupported_media_type', () => ({ body: '{"given_name":"Andrew"}', headers: { 'content-type': 'application/json' } })],
    ['multipart', 415, 'unsupported_media_type', () => ({ body: '--x\r\n\r\n--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' } })],
    ['plain text, as a foreign form can send it', 415, 'unsupported_media_type', () => ({ body: filled(), headers: { 'content-type': 'text/plain' } })],
    ['of no type', 415, 'unsupported_media_type', () => ({ body: filled() })],
    ['in another charset', 415, 'unsupported_media_type', () => ({ body: filled(), headers: { 'content-type': `${FORM['content-type']}; charset=iso-8859-1` } })],
    ['compressed', 415, 'unsupported_media_type', () => ({ body: filled(), headers: { ...FORM, 'content-encoding': 'gzip' } })],
    ['broken UTF-8, percent-encoded', 400, 'bad_form', () => ({ body: `${filled()}&x=%FF%FE`, headers: FORM })],
    ['broken UTF-8, raw', 400, 'bad_form', () => ({ body: Buffer.concat([Buffer.from(`${filled()}&x=`), Buffer.from([0xc3, 0x28])]), headers: FORM })],
    ['overlong UTF-8', 400, 'bad_form', () => ({ body: `${filled()}&x=%C0%AF`, headers: FORM })],
    ['half an escape', 400, 'bad_form', () => ({ body: `${filled()}&x=%4`, headers: FORM })],
    ['a NUL', 400, 'bad_form', () => ({ body: `${filled()}&x=a%00b`, headers: FORM })],
    ['a field twice', 400, 'bad_form', () => ({ body: `${filled()}&given_name=Mallory`, headers: FORM })],
    ['a token twice', 400, 'bad_form', () => ({ body: `${filled()}&csrf=x`, headers: FORM })],
    ['a thousand fields', 400, 'bad_form', () => ({ body: `${filled()}&${Array.from({ length: 1000 }, (_, index) => `f${index}=1`).join('&')}`, headers: FORM })],
    ['no token', 403, 'csrf_mismatch', () => ({ body: filled().replace(/csrf=[^&]*&?/, ''), headers: FORM })],
    ['another token', 403, 'csrf_mismatch', () => ({ body: filled().replace(/csrf=[^&]*/, `csrf=${'A'.repeat(43)}`), headers: FORM })],
    ['a token that is no base64', 403, 'csrf_mismatch', () => ({ body: filled().replace(/csrf=[^&]*/, 'csrf=%F0%9F%92%A9'), headers: FORM })],
    ['a foreign origin', 403, 'foreign_origin', () => ({ body: filled(), headers: { ...FORM, origin: 'https://evil.example' } })],
    ['the origin of no page', 403, 'foreign_origin', () => ({ body: filled(), headers: { ...FORM, origin: 'null' } })],
    ['another port\'s origin', 403, 'foreign_origin', () => ({ body: filled(), headers: { ...FORM, origin: 'http://localhost:1' } })],
    ['a cross-site mark', 403, 'foreign_origin', () => ({ body: filled(), headers: { ...FORM, 'sec-fetch-site': 'cross-site' } })],
    ['a same-site mark', 403, 'foreign_origin', () => ({ body: filled(), headers: { ...FORM, 'sec-fetch-site': 'same-site' } })],
  ];
  it.each(REFUSED)('with %s is refused on every page that takes one, as a page and as problem details', async (what, status, code, request) => {
    const before = await recorded();
    const uid = interactionUid(person);
    const targets = [person.form.action, `${scene.gateway.origin}/interaction/${uid}/more-time`, phone.form.action];
    for (const target of targets) {
      const { headers, body } = request();
      const sent = { method: 'POST', body: body ?? '', headers: headers ?? {} };
      const page = proper(await person.send(target, sent), what);
      expect([page.status, codeOf(page)], what).toEqual([status, code]);
      const problem = proper(await person.send(target, { ...sent, headers: { ...sent.headers, accept: 'application/json' } }), what);
      expect(problem.headers['content-type']).toContain('application/problem+json');
      expect(JSON.parse(problem.body)).toMatchObject({ status, code, type: `urn:gatehouse:error:${code}`, reference: expect.stringMatching(/^[2-9A-Z]{8}$/) });
    }
    expect(await recorded()).toEqual(before);
  });

  it.each([70_000, 900_000])('of %i bytes that never says how long it is gets its refusal all the same', async (size) => {
    const body = new Blob([`${filled()}&collector=${'x'.repeat(size)}`]).stream();
    const headers = { ...FORM, cookie: person.cookies.header(new URL(person.form.action)) ?? '', accept: 'application/json' };
    const answer = await fetch(person.form.action, { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([413, 'body_too_large']);
  });

  it('with names of what every object has is only a form with odd names', async () => {
    const odd = await atForm(scene);
    odd.person.fill(ANDREW);
    const body = odd.person.encoded();
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__proto__[x]', '']) body.append(name, 'polluted');
    await odd.person.open(odd.person.form.action, { method: 'POST', body });
    expect(odd.person.page).toBe('pii_review');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.prototype.toString.call({})).toBe('[object Object]');
  });

  it('of a page or version that does not exist moves nobody', async () => {
    const before = await recorded();
    for (const [page, v] of [['__proto__', '1'], ['constructor', '1'], ['finished', '9'], ['', ''], ['sms_wait', '-1'], ['phone_confirm', '1e309'], ['pii_review', '１']] as const) {
      const body = person.encoded();
      body.set('page', page);
      body.set('v', v);
      proper(await person.send(person.form.action, { method: 'POST', body }), page);
    }
    expect(await recorded()).toEqual(before);
  });
});

describe('the personal form', () => {
  const PAYLOADS = [
    `'; DROP TABLE journey; --`, `' OR '1'='1`, `Robert"); DELETE FROM account; --`, `\\'; SELECT pg_sleep(9); --`, '{{7*7}}', '{% include "layout.njk" %}', '${7*7}', '#{7*7}',
    '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', `' onfocus=alert(1) autofocus='`, '<!--#exec cmd="id"-->', 'javascript:alert(1)', '../../../etc/passwd',
    `=cmd|'/C calc'!A0`, '%s%s%n', '\u202Egnp.exe', 'a\u0007b', '\uD83D\uDC69\u200D\uD83D\uDE80', 'Ｎｏｌａｎ', 'x'.repeat(5000), '  ', '&lt;b&gt;', '[object Object]',
  ];
  const FIELDS = ['given_name', 'family_name', 'street', 'city', 'region', 'postal_code', 'country', 'phone', 'birth_date'];

  it.each(FIELDS)('takes or refuses anything typed as %s, and shows it as it was typed', async (field) => {
    const { person } = await atForm(scene);
    for (const payload of PAYLOADS) {
      await person.open(`${scene.gateway.origin}/interaction/${interactionUid(person)}?edit=1`);
      person.fill(ANDREW);
      const body = person.encoded();
      body.set(field, payload);
      await person.open(person.form.action, { method: 'POST', body });
      const what = `${field}: ${payload.slice(0, 30)}`;
      proper(person.answer, what);
      expect([200, 422], what).toContain(person.status);
      expect(['pii_form', 'pii_review'], what).toContain(person.page);
      expect(person.answer.body, what).not.toMatch(/<script>alert|<img src=x|<!--#exec|root:/);
      expect(person.content.forms.flatMap((form) => form.fields).map((one) => one.name), what).not.toContain('onfocus');
      if (person.page === 'pii_form' && field !== 'country' && field !== 'birth_date') {
        expect(person.wrong, what).toEqual([field]);
        expect(person.form.fields.find((one) => one.name === field)?.value, what).toBe(payload);
      }
      // A number in place of the sum would be a template that was run.
      if (payload.includes('7*7')) expect(person.text, what).not.toMatch(/\b49\b/);
    }
    expect((await scene.db.selectFrom('journey').select('id').execute()).length).toBeGreaterThan(0);
    expect((await timeline(scene, person)).some((line) => line.includes('carrierMatch'))).toBe(false);
  });

  it('matches nobody by a payload, and no vendor breaks on one', async () => {
    const { person } = await atLink(scene, {}, { details: { givenName: `Robert'); DROP TABLE account; --`, street: `1' OR '1'='1` } });
    expect(person.page).toBe('document_handover');
    expect(await timeline(scene, person)).toContain('label phone_based_identity_affirmation failure: violation');
    expect(await scene.db.selectFrom('account').select('id').execute()).toEqual(expect.any(Array));
  });

  it('reads digits of other scripts as digits in a phone number, and nowhere else', async () => {
    for (const phone of ['+１ ４０７ ５５５ ０１２３', '+١ ٤٠٧ ٥٥٥ ٠١٢٣']) {
      const { person } = await atForm(scene);
      await person.fill({ ...ANDREW, phone }).press();
      expect(person.text.replaceAll(' ', '')).toContain('+14075550123');
    }
    const dated = await anotherApp(scene, 'dated', { options: { askBirthDate: true } });
    const { person } = await atForm(dated);
    for (const birthDate of ['1990-02-30', '0000-00-00', '2999-01-01', '1985-3-7', '１９８５-03-27', '-1985-03-27', '1985-03-27T00:00:00Z', '1889-12-31', 'NaN']) {
      await person.fill({ ...ANDREW, birthDate }).press();
      expect([person.status, person.wrong], birthDate).toEqual([422, ['birth_date']]);
    }
    await person.fill({ ...ANDREW, birthDate: '1969-09-26', postalCode: '３４７４３' }).press();
    expect(person.wrong).toEqual(['postal_code']);
    await person.fill({ ...ANDREW, birthDate: '1969-09-26' }).press();
    expect(person.page).toBe('pii_review');
  });

  it.each(['４２', '042', '42 ', '-1', '1e1', '', 'NaN', `' OR 1=1`, '{{7*7}}'])('a phone that answers with the number "%s" is not the right phone', async (number) => {
    const { person } = await atLink(scene);
    const phone = await openLink(await newestLink(scene));
    await phone.press('number', person.output, { number });
    proper(phone.answer, number);
    expect((await decisionOf(scene, person)).verdict).toBe(number === '' ? undefined : 'deny');
  });
});

describe('the browser\'s own word', () => {
  let vault: Vault;
  beforeAll(async () => {
    vault = await vaultOf(scene);
  });

  it.each([
    ['garbage', '{"v":1,'], ['40 kB', 'x'.repeat(40_000)], ['nested 4000 deep', `${'['.repeat(4000)}${']'.repeat(4000)}`], ['a wrong shape', '{"v":1,"userAgent":{"__proto__":1}}'],
    ['an inherited field', '{"__proto__":{"webdriver":false}}'], ['a number', '1e999'], ['null', 'null'], ['markup', '<script>alert(1)</script>'],
  ])('that is %s is recorded as unreadable, and believed in nothing', async (_what, collector) => {
    const { person } = await arrive(scene);
    await person.press(undefined, undefined, { collector });
    expect(person.page).toBe('pii_form');
    const { sealed, ...row } = await journeyOf(scene, person);
    expect(JSON.stringify(row)).not.toContain('alert');
    // Under test keys a strange browser is told, not turned away.
    expect(row.results).toMatchObject([{ node: 'trusted_device', outcome: 'unknown' }, { node: 'session_risk', outcome: 'allow' }]);
    const box = JSON.parse((await vault.open('journey', sealed, `journey:${row.id}`)).toString('utf8')) as { states: { session_risk: { record: { signals: { code: string; source: string; status: string }[] } } } };
    const told = box.states.session_risk.record.signals.filter((signal) => signal.source === 'collector');
    // That it could not be read is all that is made of it.
    expect(told).toMatchObject([{ code: 'collector_unreadable', status: 'error' }]);
  });

  it('that is larger than any form is refused before it is read', async () => {
    const { person } = await arrive(scene);
    const before = await recorded();
    await person.press(undefined, undefined, { collector: 'x'.repeat(100_000) });
    expect([person.status, codeOf(person.answer)]).toEqual([413, 'body_too_large']);
    expect(await recorded()).toEqual(before);
  });
});

describe('the application\'s word', () => {
  it.each([['10 kB', 'a'.repeat(10_000)], ['a line break', 'a\nb'], ['a NUL', 'a\0b'], ['an escape', '\u001b[2J']])('login_hint with %s ends in invalid_request, and begins no journey', async (_what, login_hint) => {
    const before = await recorded();
    const { person, signIn } = await arrive(scene, { login_hint });
    expect((await oauthError(scene.app.finish(person.callback ?? '', signIn))).error).toBe('invalid_request');
    expect(await recorded()).toEqual(before);
    const pushed = await scene.app.beginPushed({ login_hint });
    await person.open(pushed.url);
    expect(person.callback?.searchParams.get('error')).toBe('invalid_request');
  });

  it.each(['<script>alert(1)</script>', '{{7*7}}', '{"sub":"admin"}', `' OR '1'='1`, 'eyJ.e30.', 'a.b.c', '__proto__'])('login_hint %s is a name like any other, and is never shown', async (login_hint) => {
    const { person } = await arrive(scene, { login_hint });
    expect([person.status, person.page]).toEqual([200, 'session_risk']);
    for (const answer of person.history) if (answer.status === 200) expect(answer.body.includes(login_hint)).toBe(false);
  });

  it.each([
    ['nobody signed', 'eyJhbGciOiJub25lIn0.e30.', 'prefill_not_signed'],
    ['a stranger signed', `eyJhbGciOiJIUzI1NiJ9.e30.${'A'.repeat(43)}`, 'prefill_algorithm'],
  ])('login_hint with a token that %s is no name for anybody: refused, and no journey begins', async (_what, login_hint, fault) => {
    const before = await recorded();
    const { person } = await arrive(scene, { login_hint });
    expect(person.callback?.searchParams.get('error')).toBe('invalid_request');
    expect(person.callback?.searchParams.get('error_description')).toContain(fault);
    expect(person.callback?.href).not.toContain(login_hint.slice(0, 12));
    expect(await recorded()).toEqual(before);
  });

  it('any parameter of an authorization request with garbage is refused or ignored, never a failure', async () => {
    const { url } = await scene.app.begin();
    const values = ['', '\0', 'x'.repeat(3000), '{{7*7}}', '<script>alert(1)</script>', `'; DROP TABLE oidc_record; --`, '-1', '{"__proto__":1}', '%FF', '💩'];
    const names = [...url.searchParams.keys(), 'prompt', 'max_age', 'acr_values', 'claims', 'ui_locales', 'id_token_hint', 'display', 'response_mode', 'request', 'request_uri', 'login_hint', '__proto__', 'constructor', 'resource'];
    for (const name of names) {
      for (const value of values) {
        const hostile = new URL(url);
        hostile.searchParams.set(name, value);
        const answer = await personFor(scene.gateway).send(hostile);
        proper(answer, `${name}=${value.slice(0, 20)}`);
        expect(answer.body).not.toContain('<script>alert');
        if (answer.headers.location) expect(answer.headers.location).toMatch(/^(http:\/\/localhost:9\/callback|\/interaction\/|http:\/\/localhost:\d+\/interaction\/)/);
      }
    }
    const twice = new URL(url);
    twice.searchParams.append('redirect_uri', 'https://evil.example/');
    expect(proper(await personFor(scene.gateway).send(twice), 'twice').status).toBe(400);
  });
});

describe('the wire', () => {
  it('keeps to the issuer whatever Host and forwarded headers say', async () => {
    const { url } = await scene.app.begin();
    const spoofs: readonly Record<string, string>[] = [
      { host: 'evil.example' }, { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' }, { forwarded: 'host=evil.example;proto=https' }, { host: 'localhost@evil.example' },
    ];
    for (const headers of spoofs) {
      const person = personFor(scene.gateway);
      const discovery = proper(await person.send(`${scene.gateway.origin}/.well-known/openid-configuration`, { headers }), 'discovery');
      expect(discovery.body).not.toContain('evil.example');
      expect(JSON.parse(discovery.body)).toMatchObject({ issuer: scene.gateway.origin, token_endpoint: `${scene.gateway.origin}/token` });
      const sent = await person.send(url, { headers });
      const interaction = new URL(sent.headers.location ?? '', scene.gateway.origin);
      expect(interaction.origin).toBe(scene.gateway.origin);
      const page = proper(await person.send(interaction, { headers }), 'page');
      expect(page.status).toBe(200);
      for (const answer of [sent, page]) expect(JSON.stringify(answer.headers) + answer.body).not.toContain('evil.example');
    }
  });

  it('answers floods of headers and cookies, and is still there afterwards', async () => {
    const person = personFor(scene.gateway);
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`x-flood-${index}`, 'y'.repeat(40)]));
    expect(proper(await person.send(scene.gateway.origin, { headers: many }), 'many headers').status).toBe(200);
    const junk = Array.from({ length: 300 }, (_, index) => `c${index}=${'z'.repeat(25)}`).join('; ');
    expect(proper(await person.send(scene.gateway.origin, { headers: { cookie: junk } }), 'cookies').status).toBe(200);
    for (const cookie of ['=;;=;', 'gatehouse_session=', `gatehouse_session=${'A'.repeat(4000)}; gatehouse_session.sig=${'B'.repeat(4000)}`, 'gatehouse_session=a; gatehouse_session=b', 'gatehouse_lang=__proto__']) {
      const { url } = await scene.app.begin();
      expect([302, 303], cookie.slice(0, 30)).toContain(proper(await person.send(url, { headers: { cookie } }), cookie).status);
    }
    // Beyond what the server's parser reads no page can be made: a problem document all the same.
    const over = await person.send(scene.gateway.origin, { headers: { cookie: 'x'.repeat(60_000) } });
    expect(over.status).toBe(431);
    expect(JSON.parse(over.body)).toMatchObject({ code: 'headers_too_large', status: 431 });
    expect((await person.send(`${scene.gateway.origin}/healthz`)).body).toBe('{"status":"ok"}');
  });

  it('knows what is where: no route fails by a method it was not made for', async () => {
    const { person } = await atForm(scene);
    const token = 'A'.repeat(22);
    const paths = [
      '/', '/authorize', '/token', '/userinfo', '/jwks', '/par', '/logout', '/logout/confirm', '/introspect', '/revoke', '/.well-known/openid-configuration', `/interaction/${interactionUid(person)}`,
      `/interaction/${interactionUid(person)}/state`, `/interaction/${interactionUid(person)}/more-time`, '/interaction/unknown', `/l/${token}`, '/l/short', '/hooks/sms/twilio', '/hooks/sms/__proto__',
      '/dev/outbox', '/dev/outbox.json', '/healthz', '/readyz', '/assets/wait.js', '/assets/../src/main.ts', '/assets/%2e%2e/package.json', '/nope', '/%', '/%00', '//evil.example/', '/.env',
    ];
    const methods = ['HEAD', 'PUT', 'DELETE', 'TRACE', 'PATCH', 'OPTIONS', 'POST'];
    const before = await recorded();
    for (const path of paths) {
      for (const method of methods) {
        const answer = await personFor(scene.gateway).send(new URL(`${scene.gateway.origin}${path}`), { method });
        proper(answer, `${method} ${path}`);
        if (method === 'TRACE') expect(answer.status, path).toBeGreaterThanOrEqual(400);
        expect(answer.headers.location ?? '', path).not.toContain('evil.example');
      }
    }
    for (const path of ['/nope', '/.env', '/assets/../src/main.ts', '/assets/%2e%2e/package.json', '/l/short', '/administrator', '/interaction']) {
      const answer = await personFor(scene.gateway).send(`${scene.gateway.origin}${path}?x=${encodeURIComponent('<script>alert(1)</script>')}`, { headers: { accept: 'application/json' } });
      expect([proper(answer, path).status, codeOf(answer)], path).toEqual([404, 'not_found']);
    }
    for (const path of ['/admin', '/admin/sign-in', '/admin/nope', '/admin/%00', '/admin/api/v1/journeys']) {
      for (const method of methods) {
        const answer = await personFor(scene.gateway).send(new URL(`${scene.gateway.origin}${path}`), { method });
        expect(answer.status, `${method} ${path}`).toBeLessThan(500);
        expect(answer.headers['content-security-policy'], `${method} ${path}`).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      }
    }
    // The console is there, and tells a stranger nothing but where to sign in.
    const script = encodeURIComponent('<script>alert(1)</script>');
    const console = await personFor(scene.gateway).send(`${scene.gateway.origin}/admin?x=${script}`);
    expect([console.status, console.headers.location]).toEqual([303, `/admin/sign-in?to=${encodeURIComponent(`/admin?x=${script}`)}`]);
    expect(console.body).not.toContain('<script>alert');
    expect(await recorded()).toEqual(before);
  });

  it('ignores query parameters that mean nothing, on every page', async () => {
    const { person } = await atForm(scene);
    const queries = ['?lang=__proto__', '?lang=es&lang=en', '?edit=1&edit=2', '?x[]=1&x[__proto__]=2', '?%FF=%FF', '?' + 'a=1&'.repeat(500), '?lang=../../en', '?v=NaN', '??', '?lang=%00'];
    for (const query of queries) {
      for (const path of ['', '/state', '/more-time']) {
        const answer = proper(await person.send(`${scene.gateway.origin}/interaction/${interactionUid(person)}${path}${query}`), `${path}${query.slice(0, 20)}`);
        expect(answer.status, path + query.slice(0, 20)).toBe(200);
      }
    }
  });
});
