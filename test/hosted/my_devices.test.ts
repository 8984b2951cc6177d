/** The page about one's devices, over real HTTP: who sees it, what ends, and what nobody else can make it do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashOfToken } from '../../src/devices/token.ts';
import { refOf } from '../../src/hosted/my_list.ts';
import { devicesOffering, type DevicesOfferDeps } from '../../src/hosted/my_offer.ts';
import { devicesLink, MY_SESSION_MS, SUCCESS_LINK_MS } from '../../src/hosted/my_session.ts';
import type { HttpPerson } from '../support/http_person.ts';
import { aDevice, aPasskey, aTrust, openMyWorld, START, type MyWorld } from './my_world.ts';

const ANN = 'account-ann';
const BEN = 'account-ben';

let world: MyWorld;
beforeEach(async () => void (world = await openMyWorld()));
afterEach(() => world.close());

const link = (accountId = ANN, mode: 'test' | 'live' = 'test'): Promise<string> =>
  devicesLink(world.deps.tickets, { accountId, mode, workflowId: 'w' }, SUCCESS_LINK_MS, world.clock.now);

type Found = Awaited<ReturnType<DevicesOfferDeps['byId']>>;

/** Somebody with their page open. */
async function signedIn(accountId = ANN): Promise<HttpPerson> {
  const person = world.person();
  await person.open(world.origin + (await link(accountId)));
  expect(person.page).toBe('my_link');
  await person.press();
  expect(person.page).toBe('my_devices');
  return person;
}

const sessionHash = (person: HttpPerson): string => {
  const cookie = person.cookies.header(new URL(world.origin)) ?? '';
  return hashOfToken(/gatehouse_my=([\w-]{43})/.exec(cookie)?.[1] ?? '');
};
const devicePath = (person: HttpPerson, id: string, deed: string, kind: 'device' | 'passkey' = 'device'): string =>
  `${world.origin}/my/devices/${kind}/${refOf(sessionHash(person), kind, id)}/${deed}`;

describe('the link', () => {
  it('is only looked at by GET and HEAD, however often, and used up by one POST', async () => {
    const at = world.origin + (await link());
    const preview = world.person();
    for (const method of ['GET', 'HEAD', 'GET']) {
      const seen = await preview.send(at, { method });
      expect(seen.status).toBe(200);
      expect(seen.headers['set-cookie']).toBeUndefined();
      expect(seen.headers['cache-control']).toBe('no-store');
    }
    expect([...world.tickets.values()].map(({ used }) => used)).toEqual([false]);
    const person = world.person();
    await (await person.open(at)).press();
    expect(person.page).toBe('my_devices');
    expect(new URL(person.url).pathname).toBe('/my/devices');
    const other = await world.person().open(at);
    expect([other.status, other.page]).toEqual([410, 'my_gone']);
  });

  it('tells nothing of its owner before it is used', async () => {
    world.rows.push(aTrust(aDevice('laptop'), ANN));
    const person = await world.person().open(world.origin + (await link()));
    expect(person.answer.body).not.toMatch(/Chrome|App &lt;w|account|trust-/);
    expect(person.form.fields.map(({ name }) => name).toSorted()).toEqual(['csrf', 'page', 'v']);
  });

  it('looks the same unknown, used and expired, by GET and by POST, and says how to go on', async () => {
    const [used, expired] = [await link(), await link()];
    await (await world.person().open(world.origin + used)).press();
    const late = await world.person().open(world.origin + expired);
    world.clock.now += SUCCESS_LINK_MS + 1;
    const unknown = `/my/devices/${'A'.repeat(43)}`;
    const pages = await Promise.all([used, expired, unknown].map((path) => world.person().open(world.origin + path)));
    const bodies = pages.map(({ answer }, index) => answer.body.replaceAll([used, expired, unknown][index] ?? '', ''));
    expect(new Set(bodies).size).toBe(1);
    expect(pages.map(({ status }) => status)).toEqual([410, 410, 410]);
    expect(pages[0]?.text).toContain('ask the service you use for a new link');
    await late.press();
    expect([late.status, late.page]).toEqual([410, 'my_gone']);
    expect(late.cookies.header(new URL(world.origin)) ?? '').not.toContain('gatehouse_my');
  });

  it('sent twice at once opens the page for one', async () => {
    const at = world.origin + (await link());
    const people = [world.person(), world.person(), world.person()];
    for (const person of people) await person.open(at);
    await Promise.all(people.map((person) => person.press()));
    expect(people.map(({ page }) => page).toSorted()).toEqual(['my_devices', 'my_gone', 'my_gone']);
    expect([...world.tickets.values()].filter(({ purpose }) => purpose === 'my_session')).toHaveLength(1);
  });

  it('pressed twice by its owner leads to the page both times', async () => {
    const person = world.person();
    await person.open(world.origin + (await link()));
    const { form, url } = person;
    const body = person.encoded(form);
    await person.press();
    const again = await person.open(url, { method: 'POST', body, headers: { origin: world.origin, 'sec-fetch-site': 'same-origin' } });
    expect(again.page).toBe('my_devices');
    expect((await person.open(url)).page).toBe('my_devices');
  });

  it('of another person ends what was open in this browser', async () => {
    world.rows.push(aTrust(aDevice('laptop'), ANN), aTrust(aDevice('tablet', { label: 'Safari on iPad' }), BEN));
    const person = await signedIn(ANN);
    const before = person.cookies.header(new URL(world.origin)) ?? '';
    await (await person.open(world.origin + (await link(BEN)))).press();
    expect(person.text).toContain('Safari on iPad');
    expect(person.text).not.toContain('Chrome on Windows');
    const thief = await world.person().open(`${world.origin}/my/devices`, { headers: { cookie: before } });
    expect(thief.page).toBe('my_gone');
  });

  it.each([
    ['from another origin', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, {}],
    ['from a neighbour', { 'sec-fetch-site': 'same-site' }, {}],
    ['without its token', {}, { csrf: '' }],
    ['with the token of another link', {}, { csrf: Buffer.alloc(32, 3).toString('base64url') }],
  ])('is not taken by a form %s', async (_how, headers, instead) => {
    const person = world.person();
    const at = world.origin + (await link());
    const body = (await person.open(at)).encoded();
    for (const [name, value] of Object.entries(instead)) body.set(name, value);
    const answer = await person.send(at, { method: 'POST', body, headers: headers as Record<string, string> });
    expect(answer.status).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect([...world.tickets.values()].map(({ used }) => used)).toEqual([false]);
  });
});

describe('the session', () => {
  it('is a cookie that scripts cannot read, for twenty minutes', async () => {
    const person = await signedIn();
    const set = person.history.flatMap(({ headers }) => headers['set-cookie'] ?? []).filter((line) => line.startsWith('gatehouse_my='));
    expect(set).toHaveLength(1);
    expect(set[0]).toMatch(/; path=\/; .*samesite=lax; httponly/i);
    world.clock.now += MY_SESSION_MS - 1000;
    expect((await person.reload()).page).toBe('my_devices');
    world.clock.now += 2000;
    expect([(await person.reload()).page, person.status]).toEqual(['my_gone', 410]);
  });

  it('has the __Host- prefix on https', async () => {
    const secure = await openMyWorld('https://id.example.com');
    try {
      const path = await devicesLink(secure.deps.tickets, { accountId: ANN, mode: 'test' }, SUCCESS_LINK_MS, START);
      const body = new URLSearchParams({ csrf: secure.deps.csrf.issue(`my_link:${hashOfToken(path.slice('/my/devices/'.length))}`) });
      const response = await fetch(secure.origin + path, { method: 'POST', body, redirect: 'manual', headers: { origin: 'https://id.example.com' } });
      expect(response.status).toBe(303);
      expect(response.headers.getSetCookie().join()).toMatch(/__Host-gatehouse_my=[\w-]{43}; path=\/; .*secure; httponly/i);
    } finally {
      secure.close();
    }
  });

  it('ends where the person signs out, everywhere', async () => {
    const person = await signedIn();
    const cookie = person.cookies.header(new URL(world.origin)) ?? '';
    await person.press();
    expect(person.page).toBe('my_closed');
    expect((await world.person().open(`${world.origin}/my/devices`, { headers: { cookie } })).page).toBe('my_gone');
    expect((await person.open(`${world.origin}/my/devices`)).page).toBe('my_gone');
  });

  it.each(['', '/all/remove', '/device/aGhh5bGd2hJk4mn8pQrStV/remove', '/passkey/aGhh5bGd2hJk4mn8pQrStV/report'])('is asked for at /my/devices%s', async (path) => {
    const stranger = await world.person().open(`${world.origin}/my/devices${path}`);
    expect([stranger.page, stranger.status]).toEqual(['my_gone', 410]);
    const link43 = await world.person().open(`${world.origin}/my/devices${path}`, { headers: { cookie: `gatehouse_my=${'x'.repeat(43)}` } });
    expect(link43.page).toBe('my_gone');
  });

  it('a link is no session, and a session no link', async () => {
    const token = (await link()).slice('/my/devices/'.length);
    expect((await world.person().open(`${world.origin}/my/devices`, { headers: { cookie: `gatehouse_my=${token}` } })).page).toBe('my_gone');
    const person = await signedIn();
    const own = /gatehouse_my=([\w-]{43})/.exec(person.cookies.header(new URL(world.origin)) ?? '')?.[1];
    expect((await world.person().open(`${world.origin}/my/devices/${own}`)).page).toBe('my_gone');
  });

  it('of an account erased since is gone, and can end nothing', async () => {
    world.rows.push(aTrust(aDevice('laptop'), ANN));
    const person = await signedIn();
    await person.follow('Remove Chrome');
    world.erased.add(ANN);
    await person.press();
    expect([person.page, person.status]).toEqual(['my_gone', 410]);
    expect(world.revoked).toEqual([]);
    world.erased.clear();
    expect((await person.open(`${world.origin}/my/devices`)).page).toBe('my_gone');
  });
});

describe('the list', () => {
  it('names each device once, this one first, with what the person can recognise it by', async () => {
    const phone = aDevice('phone', { kind: 'phone', label: 'Safari on iPhone', lastCountry: 'MX' });
    const laptop = aDevice('laptop');
    world.rows.push(aTrust(phone, ANN), aTrust(laptop, ANN), aTrust(laptop, ANN, { workflowId: 'loans', expiresAt: START + 10 * 86_400_000 }));
    world.passkeys.push(aPasskey('key', ANN));
    world.cookies.set('d'.repeat(43), 'laptop');
    const person = await signedIn();
    person.headers = { cookie: `${person.cookies.header(new URL(world.origin))}; gatehouse_device_test=${'d'.repeat(43)}` };
    await person.reload();
    expect(person.text).toMatch(/Chrome on Windows This device.*2 days ago.*United States \(approximate\).*App <w> and App <loans>.*Safari on iPhone.*Mexico.*Passkey from Chrome on Android.*Not yet/);
    expect(person.text.match(/Chrome on Windows This device/g)).toHaveLength(1);
    // Until the last of its trusts ends.
    expect(person.text).toContain('Trusted until June 4, 2027');
    expect((await person.open(`${world.origin}/my/devices?lang=es`)).text).toMatch(/Este dispositivo.*Estados Unidos \(aproximado\).*México/);
  });

  it('shows what lives, of this person and this kind of key only', async () => {
    world.rows.push(
      aTrust(aDevice('dead', { label: 'Dead' }), ANN, { revokedAt: START - 1, revokedReason: 'too_many' }),
      aTrust(aDevice('late', { label: 'Late' }), ANN, { expiresAt: START }),
      aTrust(aDevice('live', { label: 'Live', mode: 'live' }), ANN),
      aTrust(aDevice('ben', { label: 'Ben' }), BEN),
      aTrust(aDevice('nameless', { label: undefined, lastCountry: 'zz1' }), ANN),
    );
    world.passkeys.push(aPasskey('gone', ANN, { label: 'Gone', revokedAt: START - 1 }), aPasskey('other', BEN, { label: 'Other' }), aPasskey('real', ANN, { label: 'Real', mode: 'live' }));
    const person = await signedIn();
    expect(person.text).toContain('A computer');
    expect(person.text).not.toMatch(/Dead|Late|Live|Ben|Gone|Other|Real|Place/);
  });

  it('has neither ids nor names in its addresses', async () => {
    world.rows.push(aTrust(aDevice('laptop'), ANN));
    world.passkeys.push(aPasskey('key', ANN));
    const person = await signedIn();
    await person.follow('Remove Chrome');
    await person.press();
    const addresses = person.history.map(({ url }) => url).join(' ');
    expect(addresses).not.toMatch(/laptop|account|Chrome|trust-|journey-/);
  });
});

describe('ending trust', () => {
  it('asks first, then removes one device, says so, and leaves the rest', async () => {
    world.rows.push(aTrust(aDevice('laptop'), ANN), aTrust(aDevice('phone', { kind: 'phone', label: 'Safari on iPhone' }), ANN));
    const person = await signedIn();
    await person.follow('Remove Safari');
    expect([person.page, person.content.heading]).toEqual(['my_confirm', 'Remove this device?']);
    expect(world.revoked).toEqual([]);
    await person.press();
    expect(world.revoked).toEqual([{ accountId: ANN, what: 'phone', reason: 'by_person' }]);
    expect(person.answer.body).toMatch(/role="status"[\s\S]*Safari on iPhone was removed/);
    expect(person.text).toContain('Chrome on Windows');
    expect(world.incidents).toEqual([]);
  });

  it('done twice changes nothing twice', async () => {
    world.rows.push(aTrust(aDevice('laptop'), ANN));
    const person = await signedIn();
    const at = devicePath(person, 'laptop', 'report');
    await person.open(at);
    const body = person.encoded();
    const twice = { method: 'POST', body, headers: { origin: world.origin } };
    await person.press();
    await person.open(at, twice);
    expect(person.page).toBe('my_devices');
    expect(world.revoked).toHaveLength(1);
    expect(world.incidents).toHaveLength(1);
    expect((await person.open(at)).page).toBe('my_devices');
  });

  it('“this was not me” removes, tells the operator, and offers to remove the rest', async () => {
    world.rows.push(aTrust(aDevice('laptop'), ANN), aTrust(aDevice('stranger', { label: 'Firefox on Linux' }), ANN));
    const person = await signedIn();
    await person.follow('This was not me: Firefox');
    expect(person.content.heading).toBe('This was not you?');
    await person.press();
    expect(world.revoked).toEqual([{ accountId: ANN, what: 'stranger', reason: 'reported' }]);
    expect(world.ended).toEqual([{ accountId: ANN, deviceId: 'stranger' }]);
    expect(world.incidents).toEqual([{
      mode: 'test', kind: 'device_reported', accountId: ANN, deviceId: 'stranger', journeyId: 'journey-stranger', at: START,
      details: { what: 'desktop', workflow: 'w', from_itself: false },
    }]);
    expect(person.text).toContain('Thank you for telling us. Firefox on Linux was removed');
    await person.follow('all/remove');
    expect(person.page).toBe('my_confirm');
  });

  it('passkeys likewise', async () => {
    world.passkeys.push(aPasskey('one', ANN), aPasskey('two', ANN, { label: 'Safari on iPhone' }));
    const person = await signedIn();
    await person.follow('Remove Passkey from Chrome');
    expect(person.content.heading).toBe('Remove this passkey?');
    await person.press();
    expect(person.text).toContain('Passkey from Chrome on Android was removed');
    await person.follow('This was not me: Passkey from Safari');
    await person.press();
    expect(world.revoked).toEqual([{ accountId: ANN, what: 'one', reason: 'by_person' }, { accountId: ANN, what: 'two', reason: 'reported' }]);
    expect(world.ended).toEqual([]);
    expect(world.incidents.map(({ kind, deviceId, details }) => [kind, deviceId, details['passkey']])).toEqual([['device_reported', undefined, 'two']]);
  });

  it('all at once', async () => {
    world.rows.push(aTrust(aDevice('laptop'), ANN), aTrust(aDevice('ben'), BEN));
    world.passkeys.push(aPasskey('key', ANN));
    const person = await signedIn();
    await person.follow('all/remove');
    await person.press();
    expect(world.revoked).toEqual([{ accountId: ANN, what: 'devices', reason: 'by_person' }, { accountId: ANN, what: 'passkeys', reason: 'by_person' }]);
    expect(person.text).toContain('All devices and passkeys were removed.');
    expect(person.text).toContain('No device is trusted.');
    expect(world.rows.find(({ device }) => device.id === 'ben')?.trust.revokedAt).toBeUndefined();
  });

  it.each(['removed', 'reported', 'all', '<b>'])('is not claimed by an address alone (?done=%s)', async (done) => {
    world.rows.push(aTrust(aDevice('laptop'), ANN), aTrust(aDevice('old', { label: 'Old' }), ANN, { revokedAt: START - 3_600_000, revokedReason: 'reported' }));
    const person = await signedIn();
    await person.open(`${world.origin}/my/devices?done=${encodeURIComponent(done)}`);
    expect(person.answer.body).not.toContain('class="done"');
  });
});

describe('somebody else’s', () => {
  it('answers exactly as what does not exist, and stays', async () => {
    world.rows.push(aTrust(aDevice('mine'), ANN), aTrust(aDevice('theirs'), BEN));
    world.passkeys.push(aPasskey('their-key', BEN), aPasskey('my-key', ANN));
    const person = await signedIn();
    const csrf = person.form.fields.find(({ name }) => name === 'csrf')?.value ?? '';
    const body = new URLSearchParams({ csrf });
    const seen: string[] = [];
    for (const path of [
      devicePath(person, 'theirs', 'remove'), devicePath(person, 'their-key', 'remove', 'passkey'), devicePath(person, 'nobody', 'remove'),
      // Their own, under the other kind's address.
      devicePath(person, 'mine', 'remove', 'passkey'), devicePath(person, 'my-key', 'remove'),
      `${world.origin}/my/devices/device/theirs/remove`, `${world.origin}/my/devices/device/mine/report`,
    ]) {
      for (const options of [{}, { method: 'POST', body, headers: { origin: world.origin } }]) {
        const answer = await person.send(path, options);
        seen.push(`${answer.status} ${/<body[^>]*data-page="(\w+)"/.exec(answer.body)?.[1]} ${/<h1>([^<]*)/.exec(answer.body)?.[1]}`);
      }
    }
    expect(new Set(seen)).toEqual(new Set([`404 error ${/404 error (.*)/.exec(seen[0] ?? '')?.[1]}`]));
    expect(world.revoked).toEqual([]);
    expect(world.incidents).toEqual([]);
  });

  it('a name that one session gave means nothing in another', async () => {
    world.rows.push(aTrust(aDevice('laptop'), ANN));
    const [one, two] = [await signedIn(), await signedIn()];
    expect((await two.open(devicePath(one, 'laptop', 'remove'))).status).toBe(404);
    expect((await two.open(devicePath(two, 'laptop', 'remove'))).page).toBe('my_confirm');
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }, true, 403],
    ['another site', { 'sec-fetch-site': 'cross-site' }, true, 403],
    ['no token', {}, false, 403],
  ])('forms with %s change nothing', async (_what, headers, token, status) => {
    world.rows.push(aTrust(aDevice('laptop'), ANN));
    const person = await signedIn();
    const csrf = person.form.fields.find(({ name }) => name === 'csrf')?.value ?? '';
    for (const path of [devicePath(person, 'laptop', 'remove'), devicePath(person, 'laptop', 'report'), `${world.origin}/my/devices/all/remove`, `${world.origin}/my/devices/sign-out`]) {
      const answer = await person.send(path, { method: 'POST', body: new URLSearchParams(token ? { csrf } : {}), headers: headers as Record<string, string> });
      expect(answer.status).toBe(status);
    }
    expect(world.revoked).toEqual([]);
    expect((await person.reload()).page).toBe('my_devices');
  });

  it('the token of one session’s form is refused in another', async () => {
    world.rows.push(aTrust(aDevice('laptop'), ANN), aTrust(aDevice('tablet'), BEN));
    const [ann, ben] = [await signedIn(ANN), await signedIn(BEN)];
    const csrf = ben.form.fields.find(({ name }) => name === 'csrf')?.value ?? '';
    const answer = await ann.send(`${world.origin}/my/devices/all/remove`, { method: 'POST', body: new URLSearchParams({ csrf }), headers: { origin: world.origin } });
    expect(answer.status).toBe(403);
    expect(world.revoked).toEqual([]);
  });
});

describe('the offer on a success page', () => {
  const approved = { id: 'j', decision: { verdict: 'approve', reasons: [], policy: 'w@1', at: START } } as const;
  const found = (facts: Readonly<Record<string, unknown>> = {}, devices = { trust: true, passkeys: true }): Found =>
    ({ journey: { ...approved, mode: 'test', workflowId: 'w', ...facts }, accountId: ANN, workflow: { definition: { options: { devices } } } }) as unknown as Found;
  const offer = (byId: DevicesOfferDeps['byId']) => devicesOffering({ byId, tickets: world.deps.tickets, now: () => world.clock.now });

  it('is a link of its own each time, for a quarter of an hour', async () => {
    world.rows.push(aTrust(aDevice('laptop'), ANN));
    const [one, two] = [await offer(async () => found())(approved), await offer(async () => found())(approved)];
    expect(one).not.toBe(two);
    const person = await world.person().open(world.origin + (one ?? ''));
    await person.press();
    expect(person.text).toContain('Chrome on Windows');
    world.clock.now += SUCCESS_LINK_MS + 1;
    expect((await world.person().open(world.origin + (two ?? ''))).page).toBe('my_gone');
  });

  it.each<[string, DevicesOfferDeps['byId'], { readonly decision: typeof approved.decision | undefined }]>([
    ['a journey under way', async () => found(), { decision: undefined }],
    ['a journey that is gone', async () => undefined, approved],
    ['one that is decided otherwise by now', async () => found({ decision: { ...approved.decision, verdict: 'deny' } }), approved],
    ['one without an account', async () => ({ ...found(), accountId: undefined }) as Found, approved],
    ['a workflow that keeps nothing', async () => found({}, { trust: false, passkeys: false }), approved],
  ])('is not made for %s', async (_what, byId, { decision }) => {
    expect(await offer(byId)({ id: 'j', decision })).toBeUndefined();
    expect(world.tickets.size).toBe(0);
  });
});
