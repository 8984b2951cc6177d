/** Coming back while the session's proof is recent, and what applications may ask of a return (OIDC Core 3.1.2.1). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SettableClock } from '../support/clock.ts';
import type { KeyedPerson } from '../support/device_key.ts';
import { oauthError } from '../support/relying_party.ts';
import { comeBack, comeStraightBack, confirmOn, DEVICE_COOKIE, deviceCookie, laptop, signedOut, verified, withCookie } from './known_people.ts';
import { anotherApp, arrive, leave, reasonsAt, setScene, type Scene } from './scene.ts';

const [DEVICE, PHONE, DOCUMENT] = ['device', 'phone', 'document'].map((level) => `urn:gatehouse:acr:${level}`) as [string, string, string];

describe('coming back', () => {
  const clock = new SettableClock();
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({ replace: { now: clock.now } });
  });
  afterAll(() => scene.close());

  /** Verified some minutes ago. */
  const ago = async (minutes: number): Promise<Awaited<ReturnType<typeof verified>>> => {
    clock.set(Date.now() - minutes * 60_000);
    const found = await verified(scene);
    clock.set(Date.now());
    return found;
  };
  const silently = async (person: KeyedPerson, extra: Readonly<Record<string, string>> = {}): Promise<string> => {
    await arrive(scene, { prompt: 'none', ...extra }, { person });
    return person.callback?.searchParams.has('code') ? 'code' : (person.callback?.searchParams.get('error') ?? `page ${person.page}`);
  };

  it('within the time of reuse shows no page, and needs the very device', async () => {
    const { desktop } = await ago(10);
    const { pages, posts } = await comeBack(scene, desktop);
    expect([pages, posts, desktop.callback?.searchParams.has('code')]).toEqual([[], 0, true]);
    expect(await silently(desktop)).toBe('code');
    const cookie = deviceCookie(desktop) ?? '';
    desktop.cookies.forget(DEVICE_COOKIE);
    expect(await silently(desktop)).toBe('interaction_required');
    const other = await verified(scene);
    expect(await silently(withCookie(scene, desktop, deviceCookie(other.desktop) ?? ''))).toBe('interaction_required');
    expect(await silently(withCookie(scene, desktop, cookie))).toBe('code');
  });

  it('after it is a proof without a question, and prompt=none says so', async () => {
    const { desktop, tokens } = await ago(16);
    expect(await silently(desktop)).toBe('interaction_required');
    const again = await comeStraightBack(scene, desktop);
    expect(again.claims()).toMatchObject({ sub: tokens.claims()?.sub, acr: DEVICE });
    expect(again.claims()?.['auth_time']).toBeGreaterThan(Number(tokens.claims()?.['auth_time']));
    expect(await silently(desktop)).toBe('code');
  });

  it('ends with the trust in the device, within the time of reuse too', async () => {
    const { desktop } = await ago(1);
    expect(await silently(desktop)).toBe('code');
    await scene.db.updateTable('device_trust').set({ revoked_at: clock.now(), revoked_reason: 'by_person' }).execute();
    expect(await silently(desktop)).toBe('interaction_required');
  });

  it('is noted: how often by the device, and where from', async () => {
    const { desktop } = await ago(1);
    const rows = () => scene.db.selectFrom('silent_return').select(['returns', 'refused']).orderBy('began_at', 'desc').execute();
    const before = (await rows()).length;
    await silently(desktop);
    await silently(desktop);
    expect((await rows())[0]).toEqual({ returns: 2, refused: 0 });
    expect((await rows()).length).toBe(before + 1);
  });

  it.each([['prompt=login', { prompt: 'login' }], ['max_age', { max_age: '60' }]] as const)('%s wants the person to do something', async (_what, extra) => {
    const { desktop, phone, tokens } = await ago(10);
    const { signIn } = await comeBack(scene, desktop, extra);
    await desktop.until('sms_wait');
    expect(await reasonsAt(scene, desktop, 'trusted_device')).toContain('active_login_wanted');
    await confirmOn(scene, phone, desktop);
    const again = await scene.app.finish(await leave(desktop), signIn);
    expect(again.claims()).toMatchObject({ sub: tokens.claims()?.sub, acr: PHONE });
    expect(again.claims()?.['amr']).toEqual(expect.arrayContaining(['sms', 'rba']));
  });

  it('max_age is not satisfied by a device that answered alone, however recently', async () => {
    const { desktop } = await ago(16);
    await comeStraightBack(scene, desktop);
    expect(await silently(desktop)).toBe('code');
    expect(await silently(desktop, { max_age: '3600' })).toBe('interaction_required');
    await comeBack(scene, desktop, { max_age: '3600' });
    await desktop.until('sms_wait');
  });

  it('acr_values above the device lead to a text message, and are answered by what was reached', async () => {
    const { desktop, phone } = await ago(16);
    expect((await comeStraightBack(scene, desktop, { acr_values: DEVICE })).claims()?.['acr']).toBe(DEVICE);
    expect(await silently(desktop, { acr_values: PHONE })).toBe('interaction_required');
    const { signIn } = await comeBack(scene, desktop, { acr_values: PHONE });
    await desktop.until('sms_wait');
    await confirmOn(scene, phone, desktop);
    expect((await scene.app.finish(await leave(desktop), signIn)).claims()?.['acr']).toBe(PHONE);
  });

  it('acr_values above the link lead to the whole verification', async () => {
    const { desktop } = await ago(16);
    await comeBack(scene, signedOut(desktop), { acr_values: DOCUMENT });
    expect(desktop.page).toBe('session_risk');
    expect(await reasonsAt(scene, desktop, 'trusted_device')).toContain('acr_beyond_link');
  });

  it('values that nobody here can reach change nothing, unless they are essential', async () => {
    const { desktop } = await ago(16);
    expect((await comeStraightBack(scene, desktop, { acr_values: 'urn:example:gold' })).claims()?.['acr']).toBe(DEVICE);
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['urn:example:gold'] } } });
    const { signIn } = await comeBack(scene, signedOut(desktop), { claims });
    const refusal = await oauthError(scene.app.finish(await leave(desktop), signIn));
    expect(refusal.error).toBe('unmet_authentication_requirements');
  });

  it('where devices are not trusted is as it was: no cookie, and a session that is reused as it stands', async () => {
    const plain = await anotherApp(scene, 'plain', { options: { devices: { trust: false } } });
    const { desktop } = await verified(plain);
    expect(deviceCookie(desktop)).toBeUndefined();
    await arrive(plain, { prompt: 'none' }, { person: desktop });
    expect(desktop.callback?.searchParams.has('code')).toBe(true);
    const stranger = await laptop(plain);
    await arrive(plain, {}, { person: stranger });
    expect([stranger.page, await reasonsAt(plain, stranger, 'trusted_device')]).toEqual(['session_risk', ['trust_off']]);
  });

  it('counts the trust of other workflows only where the workflow says so', async () => {
    const { desktop } = await ago(1);
    const near = await anotherApp(scene, 'near', { template: 'continuous_reauth', options: { devices: { trustFrom: ['tested'] } } });
    const far = await anotherApp(scene, 'far', { template: 'continuous_reauth' });
    expect((await comeStraightBack(near, desktop)).claims()?.['acr']).toBe(DEVICE);
    await comeBack(far, desktop);
    expect([desktop.page, await reasonsAt(far, desktop, 'trusted_device')]).toEqual(['session_risk', ['no_trust']]);
  });
});
