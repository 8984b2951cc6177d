/** What an application is told about a person, and for how long that stays what it was told. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { anotherApp, approve, arrive, confirmOnPhone, EVERYTHING, leave, sendDetails, setScene, type Scene } from './scene.ts';

const TOR_EXIT = '185.220.101.7';
const LISTED = '203.0.114.9';
const HOME = '192.88.101.7';

let folder: string;
let scene: Scene;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-feeds-'));
  await writeFile(join(folder, 'tor.txt'), `${TOR_EXIT}\n185.220.101.8\n`);
  await writeFile(join(folder, 'deny.netset'), '203.0.114.0/28\n');
  scene = await setScene({ env: { TRUSTED_PROXY_HOPS: '1', TOR_EXIT_FILE: join(folder, 'tor.txt'), DENY_LIST_FILES: `netset:${join(folder, 'deny.netset')}` } });
});
afterAll(async () => {
  await scene.close();
  await rm(folder, { recursive: true });
});

it('is what its own journey established: another application\'s journey of the same person changes nothing', async () => {
  const other = await anotherApp(scene, 'other');
  const here = await approve(scene, { scope: EVERYTHING });
  const there = await approve(other, { scope: EVERYTHING }, { details: { givenName: 'ANDREW', city: 'Orlando' } });
  expect(there.tokens.claims()?.sub).toBe(here.tokens.claims()?.sub);
  expect(await scene.app.userinfo(here.tokens)).toMatchObject({ given_name: 'Andrew', address: { locality: 'Kissimmee' } });
  expect(await other.app.userinfo(there.tokens)).toMatchObject({ given_name: 'ANDREW', address: { locality: 'Orlando' } });
});

it('leaves out what was asked about and nobody confirmed', async () => {
  const { tokens } = await approve(scene, { scope: EVERYTHING }, { details: { street: '99 Elsewhere Boulevard' } });
  const told = await scene.app.userinfo(tokens);
  expect(told).toMatchObject({ given_name: 'Andrew', address: { locality: 'Kissimmee', postal_code: '34743' } });
  expect(JSON.stringify(told)).not.toContain('Elsewhere');
});

it('holds the typed e-mail address as unverified, and a persistent id where the workflow has one', async () => {
  const options = { risk: { collect: 'email' as const }, persistentId: true };
  const subjects: unknown[] = [];
  for (const sector of ['near.example', 'far.example']) {
    const app = await anotherApp(scene, 'mailed', { options, client: { redirect_uris: ['http://localhost:9/callback'], sector } });
    const visit = await arrive(app, { scope: 'openid email' });
    await visit.person.fill({ email: 'andrew@example.com' }).press();
    await sendDetails(visit.person);
    await confirmOnPhone(app, visit.person);
    const tokens = await app.app.finish(await leave(visit.person), visit.signIn);
    expect(await app.app.userinfo(tokens)).toMatchObject({ email: 'andrew@example.com', email_verified: false });
    subjects.push([tokens.claims()?.sub, tokens.claims()?.['persistent_id']]);
  }
  const [[nearSub, nearId], [farSub, farId]] = subjects as [[string, string], [string, string]];
  expect(nearSub).not.toBe(farSub);
  expect(nearId).toMatch(/^[\w-]{43}$/);
  expect(farId).toBe(nearId);
  const plain = await approve(scene);
  expect(plain.tokens.claims()).not.toHaveProperty('persistent_id');
});

it.each([['a TOR exit', TOR_EXIT], ['an address on a deny list', LISTED]])('is not told again silently to who comes back by %s', async (_what, address) => {
  const { person } = await approve(scene);
  const errorFrom = async (from: string): Promise<string | null | undefined> => {
    person.headers['x-forwarded-for'] = from;
    return (await arrive(scene, { prompt: 'none' }, { person })).person.callback?.searchParams.get('error');
  };
  expect(await errorFrom(address)).toBe('interaction_required');
  expect(await errorFrom(HOME)).toBeNull();
  // What stands before our proxy's own entry is the visitor's word.
  expect(await errorFrom(`${address}, ${HOME}`)).toBeNull();
  person.headers['x-forwarded-for'] = address;
  expect((await arrive(scene, {}, { person })).person.page).toBe('session_risk');
});
