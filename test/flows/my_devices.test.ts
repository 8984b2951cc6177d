/** The person's own page, from a real success page to a real end of trust. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HttpPerson } from '../support/http_person.ts';
import { REDIRECT_URI } from '../support/gateway.ts';
import { DeviceKey, KeyedPerson } from '../support/device_key.ts';
import { describeDatabases } from '../support/postgres.ts';
import { atLink, confirmOnPhone, journeyOf, setScene, type Scene } from './scene.ts';

const OFFER = /href="(\/my\/devices\/[\w-]{43})"/;

describeDatabases('my devices', (database) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({}, database);
  });
  afterAll(() => scene?.close());

  it('is offered where the journey ended, on both devices, and ends the trust that began there', async () => {
    const person = new KeyedPerson({ key: await DeviceKey.make(), stopAt: [REDIRECT_URI] });
    await atLink(scene, {}, { person });
    const phone = await confirmOnPhone(scene, person);
    expect(phone.answer.body).toMatch(OFFER);
    await person.reload();
    expect(person.page).toBe('finished');
    const offered = OFFER.exec(person.answer.body)?.[1] ?? '';

    const { account_id: account } = await journeyOf(scene, person);
    const living = async () => scene.db.selectFrom('device_trust').select('device_id').where('account_id', '=', account ?? '').where('revoked_at', 'is', null).execute();
    expect(await living()).toHaveLength(1);
    // As a browser with the cookies of the first, and without its habit of going on.
    await person.open(scene.gateway.origin + offered);
    expect(person.page).toBe('my_link');
    await person.press();
    expect(person.page).toBe('my_devices');
    expect(person.text).toContain('This device');
    await person.follow('Remove');
    expect(person.page).toBe('my_confirm');
    await person.press();
    expect(person.text).toContain('was removed');
    expect(await living()).toEqual([]);

    const stranger = await new HttpPerson().open(scene.gateway.origin + offered);
    expect([stranger.page, stranger.status]).toEqual(['my_gone', 410]);
    expect(scene.gateway.log()).not.toContain(offered);
  });

  it('closes where the account is erased', async () => {
    const person = new KeyedPerson({ key: await DeviceKey.make(), stopAt: [REDIRECT_URI] });
    await atLink(scene, {}, { person });
    await confirmOnPhone(scene, person);
    await person.reload();
    await person.open(scene.gateway.origin + (OFFER.exec(person.answer.body)?.[1] ?? ''));
    await person.press();
    expect(person.page).toBe('my_devices');
    const { account_id: account } = await journeyOf(scene, person);
    await scene.db.updateTable('account').set({ erased_at: Date.now(), sealed: null }).where('id', '=', account ?? '').execute();
    expect((await person.reload()).page).toBe('my_gone');
  });
});
