/** Live keys: real people. The sandbox is out of reach, and what test keys only record counts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DESKTOP, type Device } from '../support/devices.ts';
import { ANDREW } from '../support/gateway.ts';
import { oauthError } from '../support/relying_party.ts';
import {
  anotherApp, arrive, atLink, decisionOf, journeyOf, leave, reasonsAt, sendDetails, setScene, timeline, type Scene,
} from './scene.ts';

const HEADLESS: Device = { ...DESKTOP, userAgent: DESKTOP.userAgent.replace('Chrome/', 'HeadlessChrome/') };
const CURL: Device = { userAgent: 'curl/8.14.1', headers: { accept: '*/*' } };

const TOR_EXIT = '185.220.101.7';
const LISTED = '203.0.114.9';
const TOO_OLD_TO_MATTER = '198.51.101.1';

let folder: string;
let test: Scene;
let live: Scene;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-feeds-'));
  await writeFile(join(folder, 'tor.txt'), `${TOR_EXIT}\n185.220.101.8\n`);
  await writeFile(join(folder, 'deny.netset'), `# a list\n203.0.114.0/28\n2001:db9::/32\n`);
  test = await setScene({
    env: { TRUSTED_PROXY_HOPS: '1', TOR_EXIT_FILE: join(folder, 'tor.txt'), DENY_LIST_FILES: `netset:${join(folder, 'deny.netset')}` },
  });
  live = await anotherApp(test, 'live', { mode: 'live' });
});
afterAll(async () => {
  await test.close();
  await rm(folder, { recursive: true });
});

/** Whoever comes through our proxy from this address. */
const from = (address: string, device: Device = DESKTOP) => ({ device: { device, headers: { 'x-forwarded-for': address } } });

let host = 0;
/** An address of its own for each visit, so that only the test of velocity meets velocity. */
const anybody = (device: Device = DESKTOP) => from(`192.88.100.${(host += 1)}`, device);

/** The score's record of the newest session of a journey, as the decision's reasons tell it. */
const sessionReasons = async (scene: Scene, person: Parameters<typeof journeyOf>[1]): Promise<readonly string[]> => {
  const { results } = await journeyOf(scene, person);
  const first = (results as readonly { node: string; reasons: readonly { code: string }[] }[]).find(({ node }) => node === 'session_risk');
  return first?.reasons.map((reason) => reason.code) ?? [];
};

describe('a live key', () => {
  it('never reaches the sandbox: nobody is configured, nobody could tell, and without the notice on faces accepted no document is asked for: the persona is denied', async () => {
    const { person, signIn } = await atLink(live, {}, anybody());
    expect(person.page).toBe('denied');
    expect(await timeline(live, person)).toEqual(expect.arrayContaining([
      'block carrierMatch fail: not_configured', 'block identityDatabaseMatch fail: not_configured', 'label phone_based_identity_affirmation failure: not_configured',
    ]));
    expect(await reasonsAt(live, person, 'pii_validation')).toEqual(['not_configured', 'not_configured']);
    expect(await decisionOf(live, person)).toEqual({ verdict: 'deny', reasons: ['faces_not_enabled'] });
    const { id } = await journeyOf(live, person);
    const evidence = await live.db.selectFrom('evidence').select(['kind', 'simulated']).where('journey_id', '=', id).execute();
    expect(evidence.every((one) => !one.simulated)).toBe(true);
    expect(evidence.map((one) => one.kind)).not.toContain('identity_match');
    expect(await live.gateway.outbox()).toEqual([]);
    expect((await oauthError(live.app.finish(await leave(person), signIn))).error).toBe('access_denied');
  });

  it('must have https redirect addresses', async () => {
    await expect(anotherApp(test, 'live_http', { mode: 'live', client: { redirect_uris: ['http://localhost:9/callback'] } })).rejects.toMatchObject({ code: 'client_metadata_invalid' });
  });
});

describe('automation', () => {
  it.each([['a headless browser', HEADLESS, 'user_agent_headless'], ['curl', CURL, 'user_agent_robot']] as const)('by %s is denied under live keys, before anything is asked', async (_what, device, code) => {
    const { person, signIn } = await arrive(live, {}, anybody(device));
    await person.press();
    expect(person.page).toBe('denied');
    expect((await sessionReasons(live, person))[0]).toBe(code);
    expect(await timeline(live, person)).toEqual(expect.arrayContaining([`label session_risk failure: ${code}`, `phase sessionRisk exit: ${code}`]));
    expect(person.text).not.toMatch(/robot|automat|headless/i);
    expect(await oauthError(live.app.finish(await leave(person), signIn))).toEqual({ error: 'access_denied', description: 'the person could not be verified' });
  });

  it.each([['a headless browser', HEADLESS], ['curl', CURL]] as const)('by %s is let through under test keys, and recorded as not enforced', async (_what, device) => {
    const { person } = await arrive(test, {}, anybody(device));
    await person.press();
    expect(person.page).toBe('pii_form');
    const { id } = await journeyOf(test, person);
    const block = await test.db.selectFrom('journey_event').selectAll().where('journey_id', '=', id).where('layer', '=', 'block').executeTakeFirstOrThrow();
    expect(block).toMatchObject({ name: 'sessionRisk', outcome: 'success', details: { outcome: 'allow', unenforced: expect.any(Number) } });
    expect((block.details as { unenforced: number }).unenforced).toBeGreaterThan(0);
  });
});

describe('an address', () => {
  it.each([
    ['of a TOR exit', TOR_EXIT, 'tor_exit'],
    ['on a deny list', LISTED, 'listed_address'],
    ['on a deny list, of IPv6', '2001:db9:1::5', 'listed_address'],
    ['on a deny list, of IPv4 in IPv6', `::ffff:${LISTED}`, 'listed_address'],
  ])('%s is denied, under live and under test keys', async (_what, address, code) => {
    for (const scene of [live, test]) {
      const { person } = await arrive(scene, {}, from(address));
      await person.press();
      expect(person.page).toBe('denied');
      expect((await sessionReasons(scene, person))[0]).toBe(code);
      expect(person.answer.body).not.toContain(address);
    }
  });

  it('is the one our proxy saw: what stands before it in the header is the visitor\'s own word', async () => {
    const bragging = await arrive(test, {}, from(`${TOR_EXIT}, ${TOO_OLD_TO_MATTER}`));
    await bragging.person.press();
    expect(bragging.person.page).toBe('pii_form');
    const hiding = await arrive(test, {}, from(`${TOO_OLD_TO_MATTER}, ${TOR_EXIT}`));
    await hiding.person.press();
    expect(hiding.person.page).toBe('denied');
  });

  it('that no list holds is not denied', async () => {
    for (const scene of [live, test]) {
      const { person } = await arrive(scene, {}, anybody());
      await person.press();
      expect(person.page).toBe('pii_form');
    }
  });
});

describe('velocity', () => {
  it('challenges and then denies a live address at the limits of the table, and test keys never', async () => {
    const crowd = from('192.88.101.1');
    const outcomes: string[] = [];
    for (let visit = 0; visit < 31; visit += 1) {
      const { person } = await arrive(live, {}, crowd);
      await person.press();
      const { results } = await journeyOf(live, person);
      outcomes.push((results as readonly { node: string; outcome: string }[]).find(({ node }) => node === 'session_risk')?.outcome ?? 'none');
    }
    expect(outcomes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'allow'));
    expect(outcomes.slice(10, 30)).toEqual(Array.from({ length: 20 }, () => 'challenge'));
    expect(outcomes[30]).toBe('deny');
    // Test traffic is counted apart, and a persona can be run all day.
    for (let visit = 0; visit < 12; visit += 1) {
      const { person } = await arrive(test, {}, crowd);
      await person.press();
      expect(person.page).toBe('pii_form');
    }
    const neighbour = await arrive(live, {}, from('192.88.101.2'));
    await neighbour.person.press();
    expect(neighbour.person.page).toBe('pii_form');
  });

  it('denies a live phone number after five journeys, whatever the address', async () => {
    for (let visit = 0; visit < 6; visit += 1) {
      const { person } = await arrive(live, {}, anybody());
      await person.press();
      await sendDetails(person, { ...ANDREW, phone: '+14075550177' });
      const told = await timeline(live, person);
      const denied = 'label phone_based_identity_affirmation failure: velocity_phone';
      if (visit < 5) expect(told).not.toContain(denied);
      else expect(told).toContain(denied);
    }
  });
});
