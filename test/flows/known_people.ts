/** People whose browsers run scripts and keep keys, and how they are verified, go away and come back. */
import { expect } from 'vitest';
import { DESKTOP, PHONE } from '../support/devices.ts';
import { DeviceKey, KeyedPerson, type KeyedOptions } from '../support/device_key.ts';
import { ANDREW } from '../support/gateway.ts';
import type { Typed } from '../support/http_person.ts';
import { DESKTOP_LOOK, PHONE_LOOK } from '../support/looks.ts';
import type { SignIn, Tokens } from '../support/relying_party.ts';
import { arrive, atLink, leave, newestLink, type Scene } from './scene.ts';

export const DEVICE_COOKIE = 'gatehouse_device_test';

/** A laptop's browser with a key of its own. */
export async function laptop(scene: Scene, options: KeyedOptions = {}): Promise<KeyedPerson> {
  return new KeyedPerson({ device: DESKTOP, collected: DESKTOP_LOOK, key: await DeviceKey.make(), stopAt: [scene.gateway.key.redirectUri], ...options });
}

/** A phone's browser with a key of its own. */
export async function handset(scene: Scene, options: KeyedOptions = {}): Promise<KeyedPerson> {
  return laptop(scene, { device: PHONE, collected: PHONE_LOOK, ...options });
}

/** The phone's owner opens the newest link on this phone, and confirms. */
export async function confirmOn(scene: Scene, phone: KeyedPerson, desktop: KeyedPerson, number: string = ANDREW.phone): Promise<void> {
  await phone.open(await newestLink(scene, number));
  await phone.press('number', desktop.output);
  expect(phone.page).toBe('phone_done');
}

/** A whole verification by the phone path, with both devices' keys shown. */
export async function verify(scene: Scene, desktop: KeyedPerson, phone: KeyedPerson, extra: Readonly<Record<string, string>> = {}, details: Typed & { phone?: string } = {}): Promise<Tokens> {
  const { signIn } = await atLink(scene, extra, { person: desktop, details });
  await confirmOn(scene, phone, desktop, details.phone);
  return scene.app.finish(await leave(desktop), signIn);
}

/** Both devices of somebody who was just verified. */
export async function verified(scene: Scene): Promise<{ desktop: KeyedPerson; phone: KeyedPerson; tokens: Tokens }> {
  const [desktop, phone] = [await laptop(scene), await handset(scene)];
  return { desktop, phone, tokens: await verify(scene, desktop, phone) };
}

export function deviceCookie(person: KeyedPerson): string | undefined {
  return person.cookies.all().find(({ name }) => name === DEVICE_COOKIE)?.value;
}

/** Sign out as somebody does who deletes their session: all that stays is the device cookie. */
export function signedOut(person: KeyedPerson): KeyedPerson {
  for (const { name } of person.cookies.all()) if (name !== DEVICE_COOKIE) person.cookies.forget(name);
  return person;
}

/** Put another browser's device cookie into this one. */
export function withCookie(scene: Scene, person: KeyedPerson, value: string): KeyedPerson {
  person.cookies.take([`${DEVICE_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Lax`], new URL(scene.gateway.origin));
  return person;
}

export interface Return {
  readonly signIn: SignIn;
  /** Pages that were shown on the way. */
  readonly pages: readonly string[];
  /** Forms that were sent. */
  readonly posts: number;
}

/** The application sends them again. */
export async function comeBack(scene: Scene, person: KeyedPerson, extra: Readonly<Record<string, string>> = {}): Promise<Return> {
  const [pages, answers] = [person.pages.length, person.history.length];
  const { signIn } = await arrive(scene, extra, { person });
  return { signIn, pages: person.pages.slice(pages), posts: person.history.slice(answers).filter(({ method }) => method === 'POST').length };
}

/** As {@link comeBack}, to the application's tokens: nothing was asked on the way. */
export async function comeStraightBack(scene: Scene, person: KeyedPerson, extra: Readonly<Record<string, string>> = {}): Promise<Tokens> {
  const { signIn, pages, posts } = await comeBack(scene, person, extra);
  expect([pages, posts]).toEqual([['device_proof'], 1]);
  return scene.app.finish(await leave(person), signIn);
}
