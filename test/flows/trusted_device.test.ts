/** Coming back on a device that is known: what costs nothing, what costs a text message, and what is treated as a stranger's. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SettableClock } from '../support/clock.ts';
import { askedOf, DeviceKey } from '../support/device_key.ts';
import type { Typed } from '../support/http_person.ts';
import { describeDatabases } from '../support/postgres.ts';
import { confirmOn, comeBack, comeStraightBack, deviceCookie, handset, laptop, signedOut, verified, verify, withCookie } from './known_people.ts';
import { arrive, decisionOf, EVERYTHING, journeyOf, leave, messagesTo, reasonsAt, setScene, timeline, type Scene } from './scene.ts';

const [DEVICE, PHONE] = ['urn:gatehouse:acr:device', 'urn:gatehouse:acr:phone'];
const IMOGEN: Typed & { phone: string } = {
  givenName: 'Imogen', familyName: 'Hartley-Vance', street: '27 Larkspur Row', city: 'Harrogate', region: 'North Yorkshire', postalCode: 'HG2 9ZX', country: 'GB',
  phone: '+447400123456',
};

const incidents = async ({ db }: Scene): Promise<readonly string[]> => (await db.selectFrom('incident').select('kind').orderBy('at').execute()).map(({ kind }) => kind);

describeDatabases('a known device', (database) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({}, database);
  });
  afterAll(() => scene.close());

  it('is signed in at once: one proof, no question, the same person', async () => {
    const { desktop, tokens } = await verified(scene);
    const before = deviceCookie(desktop);
    expect(before).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const again = await comeStraightBack(scene, signedOut(desktop), { scope: EVERYTHING });
    expect(again.claims()).toMatchObject({ sub: tokens.claims()?.sub, acr: DEVICE, amr: ['rba', 'swk', 'pop'], policyDecision: 'approve' });
    expect(await scene.app.userinfo(again)).toMatchObject({ given_name: 'Andrew', family_name: 'Roshell', phone_number: '+14075550123' });
    expect(await timeline(scene, desktop)).toEqual(expect.arrayContaining([expect.stringMatching(/^label device_trust success/)]));
    // The cookie is another one by now, and good for the next time.
    const after = deviceCookie(desktop);
    expect(after).not.toBe(before);
    await comeStraightBack(scene, signedOut(desktop));
    expect(deviceCookie(desktop)).not.toBe(after);
  });

  it('is the phone too, by the same account', async () => {
    const { phone, tokens } = await verified(scene);
    const again = await comeStraightBack(scene, phone);
    expect(again.claims()).toMatchObject({ sub: tokens.claims()?.sub, acr: DEVICE });
  });

  it('lets tabs that were opened together all come back, while the cookie changes under them', async () => {
    const { desktop } = await verified(scene);
    const cookie = deviceCookie(desktop) ?? '';
    const tabs = await Promise.all(Array.from({ length: 4 }, async () => {
      const tab = withCookie(scene, await laptop(scene, { key: desktop.key }), cookie);
      tab.goesOn = false;
      const visit = await arrive(scene, {}, { person: tab });
      expect(tab.page).toBe('device_proof');
      return { tab, visit };
    }));
    const came = await Promise.all(tabs.map(async ({ tab, visit }) => {
      await tab.sendProof();
      return scene.app.finish(await leave(tab), visit.signIn);
    }));
    expect(came.map((tokens) => tokens.claims()?.['acr'])).toEqual([DEVICE, DEVICE, DEVICE, DEVICE]);
    // And the next one, with whichever cookie the last answer left.
    const last = tabs.map(({ tab }) => deviceCookie(tab)).findLast((value) => value !== cookie) ?? '';
    expect(last).not.toBe('');
  });

  it('takes one answer to one challenge, whoever sends it how often', async () => {
    const { desktop } = await verified(scene);
    signedOut(desktop).goesOn = false;
    await arrive(scene, {}, { person: desktop });
    const fields = await desktop.filled();
    const body = desktop.encoded();
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const { origin } = new URL(desktop.url);
    const sends = await Promise.all([1, 2, 3].map(() => desktop.send(desktop.form.action, { method: 'POST', body, headers: { accept: 'application/json', origin } })));
    expect(sends.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { id } = await journeyOf(scene, desktop);
    const proofs = (await timeline(scene, desktop)).filter((line) => line.startsWith('block deviceProof'));
    expect(proofs).toHaveLength(1);
    expect(await scene.db.selectFrom('evidence').select('kind').where('journey_id', '=', id).where('kind', '=', 'device_proof').execute()).toHaveLength(1);
  });
});

describe('less than the whole device', () => {
  // The provider's own times are real ones: it must not seem to come late.
  const clock = new SettableClock(Date.now() - 20 * 86_400_000);
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({ replace: { now: clock.now } });
  });
  const later = (minutes: number): void => clock.set(clock.now() + minutes * 60_000);
  // Of devices that were last used at the very same moment any may be the one that is too many.
  beforeEach(() => later(1));
  afterAll(() => scene.close());

  it('the cookie without the key costs a text message, and nothing is asked but that', async () => {
    const { desktop, phone, tokens } = await verified(scene);
    const thief = withCookie(scene, await laptop(scene, { key: undefined }), deviceCookie(desktop) ?? '');
    const sent = (await messagesTo(scene)).length;
    const { signIn, pages } = await comeBack(scene, thief);
    await thief.until('sms_wait');
    expect(pages).not.toContain('session_risk');
    expect((await messagesTo(scene)).length).toBe(sent + 1);
    expect(await reasonsAt(scene, thief, 'trusted_device')).toContain('proof_missing');
    await confirmOn(scene, phone, thief);
    const again = await scene.app.finish(await leave(thief), signIn);
    expect(again.claims()).toMatchObject({ sub: tokens.claims()?.sub, acr: PHONE });
    expect(again.claims()?.['amr']).toContain('sms');
    expect(again.claims()?.['amr']).not.toContain('swk');
  });

  it('a browser that lost its key is known again after the message', async () => {
    const { desktop, phone } = await verified(scene);
    signedOut(desktop).key = await DeviceKey.make();
    const { signIn } = await comeBack(scene, desktop);
    await desktop.until('sms_wait');
    expect(await reasonsAt(scene, desktop, 'trusted_device')).toContain('proof_key_mismatch');
    await confirmOn(scene, phone, desktop);
    await scene.app.finish(await leave(desktop), signIn);
    expect((await comeStraightBack(scene, signedOut(desktop))).claims()?.['acr']).toBe(DEVICE);
  });

  it('the key without the cookie is a stranger', async () => {
    const { desktop } = await verified(scene);
    desktop.cookies.forget();
    await comeBack(scene, desktop);
    expect(desktop.page).toBe('session_risk');
    expect(await reasonsAt(scene, desktop, 'trusted_device')).toEqual(['no_device_cookie']);
  });

  it('cookie and key of two devices are not put together', async () => {
    const [mine, other] = [await verified(scene), await verified(scene)];
    signedOut(mine.desktop).key = other.desktop.key;
    await comeBack(scene, mine.desktop);
    expect(mine.desktop.page).toBe('session_risk');
    expect(await reasonsAt(scene, mine.desktop, 'trusted_device')).toContain('key_of_another_device');
  });

  it('a proof made for another journey is refused', async () => {
    const { desktop } = await verified(scene);
    signedOut(desktop).goesOn = false;
    await arrive(scene, {}, { person: desktop });
    const old = (await desktop.filled())['device_key'] ?? '';
    await arrive(scene, {}, { person: desktop });
    expect(askedOf(desktop.answer.body)?.challenge).toBeDefined();
    await desktop.sendProof({ device_key: old });
    expect(desktop.callback).toBeUndefined();
    expect(await reasonsAt(scene, desktop, 'trusted_device')).toContain('proof_challenge');
    await desktop.until('sms_wait');
  });

  it('a cookie that was given up is worth an alarm, however old: neither browser is known any more', async () => {
    const { desktop } = await verified(scene);
    const stolen = deviceCookie(desktop) ?? '';
    for (let times = 0; times < 2; times += 1) {
      await comeStraightBack(scene, signedOut(desktop));
      later(60);
    }
    const before = await incidents(scene);
    const thief = withCookie(scene, await laptop(scene, { key: desktop.key }), stolen);
    await comeBack(scene, thief);
    expect(thief.page).toBe('session_risk');
    expect(await reasonsAt(scene, thief, 'trusted_device')).toEqual(['cookie_replayed']);
    expect((await incidents(scene)).slice(before.length)).toEqual(['cookie_replayed']);
    await comeBack(scene, signedOut(desktop));
    expect(desktop.page).toBe('session_risk');
    expect(await reasonsAt(scene, desktop, 'trusted_device')).toEqual(['trust_revoked']);
  });

  it('of a profile that was copied whole, one browser is found when the first of them comes again', async () => {
    const { desktop } = await verified(scene);
    const clone = withCookie(scene, await laptop(scene, { key: desktop.key }), deviceCookie(desktop) ?? '');
    later(60);
    await comeStraightBack(scene, clone);
    later(60);
    // As if the last answer had not arrived: nobody can tell yet.
    await comeStraightBack(scene, signedOut(desktop));
    later(60);
    await comeBack(scene, signedOut(clone));
    expect(await reasonsAt(scene, clone, 'trusted_device')).toEqual(['cookie_replayed']);
    await comeBack(scene, signedOut(desktop));
    expect(await reasonsAt(scene, desktop, 'trusted_device')).toEqual(['trust_revoked']);
  });

  it('nor is a copy forgiven after the other came silently with what followed', async () => {
    const { desktop } = await verified(scene);
    const clone = withCookie(scene, await laptop(scene, { key: desktop.key }), deviceCookie(desktop) ?? '');
    later(60);
    await comeStraightBack(scene, signedOut(desktop));
    later(2);
    await arrive(scene, { prompt: 'none' }, { person: desktop });
    expect(desktop.callback?.searchParams.has('code')).toBe(true);
    await comeBack(scene, clone);
    expect(await reasonsAt(scene, clone, 'trusted_device')).toEqual(['cookie_replayed']);
  });

  it('answers that are lost twice leave the device known', async () => {
    const { desktop } = await verified(scene);
    const held = deviceCookie(desktop) ?? '';
    for (let times = 0; times < 3; times += 1) {
      later(60);
      const tokens = await comeStraightBack(scene, withCookie(scene, signedOut(desktop), held));
      expect(tokens.claims()?.['acr']).toBe(DEVICE);
    }
    later(60);
    await comeStraightBack(scene, signedOut(desktop));
  });

  it('a revoked device is verified anew', async () => {
    const { desktop } = await verified(scene);
    await scene.db.updateTable('device_trust').set({ revoked_at: clock.now(), revoked_reason: 'by_person' }).execute();
    await comeBack(scene, signedOut(desktop));
    expect(desktop.page).toBe('session_risk');
    expect(await reasonsAt(scene, desktop, 'trusted_device')).toContain('trust_revoked');
  });

  it('of two people on one laptop neither is guessed, and each is found by the name the application has for them', async () => {
    const { desktop, tokens: andrew } = await (async () => {
      const [one, phone] = [await laptop(scene), await handset(scene)];
      return { desktop: one, tokens: await verify(scene, one, phone, { login_hint: 'andrew' }) };
    })();
    const imogen = await verify(scene, signedOut(desktop), await handset(scene), { login_hint: 'imogen' }, IMOGEN);
    await comeBack(scene, signedOut(desktop));
    expect(desktop.page).toBe('session_risk');
    expect(await reasonsAt(scene, desktop, 'trusted_device')).toEqual(['several_people']);
    expect((await comeStraightBack(scene, signedOut(desktop), { login_hint: 'andrew' })).claims()?.sub).toBe(andrew.claims()?.sub);
    expect((await comeStraightBack(scene, signedOut(desktop), { login_hint: 'imogen' })).claims()?.sub).toBe(imogen.claims()?.sub);
    await comeBack(scene, signedOut(desktop), { login_hint: 'somebody else' });
    expect(desktop.page).toBe('session_risk');
    expect((await decisionOf(scene, desktop)).verdict).toBeUndefined();
  });

  it('without a script one button leads on, by text message', async () => {
    const { desktop } = await verified(scene);
    signedOut(desktop).goesOn = false;
    desktop.key = undefined;
    desktop.collected = undefined;
    await arrive(scene, {}, { person: desktop });
    expect([desktop.page, desktop.text.includes('Choose “Continue” to go on.')]).toEqual(['device_proof', true]);
    await desktop.press();
    await desktop.until('sms_wait');
  });
});
