/** What is written down beside a journey, opened again as an operator with the keys would: consent, place, simulation. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DESKTOP } from '../support/devices.ts';
import { vaultOf } from '../support/vault.ts';
import { atForm, atLink, journeyOf, newestLink, openLink, sendDetails, setScene, type Scene } from './scene.ts';

/** An address of the German internet exchange: public, and registered in Germany. */
const GERMAN = '80.81.192.1';
const from = (address: string) => ({ device: { device: DESKTOP, headers: { 'x-forwarded-for': address } } });

let scene: Scene;
beforeAll(async () => {
  scene = await setScene({ env: { TRUSTED_PROXY_HOPS: '1' } });
});
afterAll(() => scene.close());

it('a consent is kept with its exact text, and sealed beside it from which address and by which browser it was given', async () => {
  const { person } = await atForm(scene, {}, from(GERMAN));
  const shown = person.text;
  await sendDetails(person);
  const { id } = await journeyOf(scene, person);
  const [consent, ...others] = await scene.db.selectFrom('consent').innerJoin('consent_text', 'consent_text.text_hash', 'consent.text_hash')
    .selectAll('consent').select('consent_text.body').where('journey_id', '=', id).execute();
  expect(others).toEqual([]);
  if (!consent) throw new Error('no consent was recorded');
  expect(shown).toContain(consent.body);
  const plain = Object.values(consent).map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value))).join('\n');
  expect(plain).not.toContain(GERMAN);
  const vault = await vaultOf(scene);
  const proof: unknown = JSON.parse((await vault.open('consent', consent.sealed, `consent:${id}:${consent.seq}`)).toString('utf8'));
  expect(proof).toEqual({ address: GERMAN, userAgent: DESKTOP.userAgent });
});

it('the phone is told from roughly where the check was begun, by the address that our proxy saw', async () => {
  await atLink(scene, {}, { ...from(`8.8.8.8, ${GERMAN}`), details: { phone: '+1 407 555 0171' } });
  const phone = await openLink(await newestLink(scene, '+14075550171'));
  expect(phone.page).toBe('phone_confirm');
  expect(phone.text).toContain('Germany (approximate)');
});

it('a private address is from nowhere: no place is shown', async () => {
  await atLink(scene, {}, { ...from('192.168.1.7'), details: { phone: '+1 407 555 0172' } });
  const phone = await openLink(await newestLink(scene, '+14075550172'));
  expect(phone.page).toBe('phone_confirm');
  expect(phone.text).not.toContain('(approximate)');
});

it('every vendor on the timeline of a test key is marked as simulated', async () => {
  const { person } = await atLink(scene, {}, { ...from(GERMAN), details: { phone: '+1 407 555 0173' } });
  const { id } = await journeyOf(scene, person);
  const blocks = await scene.db.selectFrom('journey_event').select(['name', 'details']).where('journey_id', '=', id).where('layer', '=', 'block').execute();
  const asked = blocks.filter(({ name }) => name === 'carrierMatch' || name === 'identityDatabaseMatch');
  expect(asked.map(({ name }) => name).toSorted()).toEqual(['carrierMatch', 'identityDatabaseMatch']);
  for (const { details } of asked) expect(details).toMatchObject({ simulated: true, sourceClass: 'simulator' });
});
