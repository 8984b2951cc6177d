/** A person who is verified by the phone path: laptop and phone, every page, and then the application's tokens. */
import { Agent } from 'node:http';
import { DESKTOP, PHONE } from '../test/support/devices.ts';
import { DeviceKey, KeyedPerson } from '../test/support/device_key.ts';
import { HttpPerson } from '../test/support/http_person.ts';
import { pause } from '../test/support/ports.ts';
import { ask, redeem, type Site } from './flow.ts';

/** Area codes in whose fictional exchange (555-01xx) people live: each journey has a number of its own. */
const AREAS = ['407', '305', '212', '415', '312', '617', '206', '713', '404', '602'] as const;
let people = 0;

/** Someone nobody saw before: another number, another address. */
function somebody(): { readonly phone: string; readonly address: string } {
  const n = people++;
  const area = AREAS[Math.floor(n / 100) % AREAS.length] ?? AREAS[0];
  return { phone: `+1${area}55501${String(n % 100).padStart(2, '0')}`, address: `81.2.${(n >> 8) & 255}.${n & 255}` };
}

/**
 * Go the whole way and give the browser that went it, its session alive. Any other page than the expected is thrown.
 * A waiting page is loaded again after `patience` milliseconds. A browser that is not `keyed` shows no key, so that there
 * is no device behind its decision.
 */
export async function verify(agent: Agent, site: Site, { patience = 60, keyed = true }: { readonly patience?: number; readonly keyed?: boolean } = {}): Promise<HttpPerson> {
  const { phone, address } = somebody();
  const asked = ask(site);
  const desktop = new KeyedPerson({ device: DESKTOP, key: keyed ? await DeviceKey.make() : undefined, stopAt: [site.redirectUri], headers: { 'x-forwarded-for': address } });
  const expect = (person: HttpPerson, page: string): void => {
    if (person.page !== page) throw new Error(`${page} was expected, ${person.page} (${person.status}) came: ${person.text.slice(0, 200)}`);
  };
  await desktop.open(asked.url);
  expect(desktop, 'session_risk');
  await desktop.press();
  expect(desktop, 'pii_form');
  desktop.fill({
    givenName: 'Andrew', familyName: 'Roshell', street: '2591 Brunswick Ct', city: 'Kissimmee', region: 'FL', postalCode: '34743', country: 'US', phone,
  });
  await desktop.press();
  expect(desktop, 'pii_review');
  await desktop.press('action', 'send');
  while (desktop.page === 'working') {
    await pause(patience);
    await desktop.refresh();
  }
  expect(desktop, 'sms_wait');
  const messages = (await (await fetch(`${site.origin}/dev/outbox.json`)).json()) as { to: string; link: string }[];
  const message = messages.find((one) => one.to === phone);
  if (!message) throw new Error('no message was sent');
  const handset = new KeyedPerson({ device: PHONE, key: await DeviceKey.make(), headers: { 'x-forwarded-for': address } });
  await handset.open(message.link);
  expect(handset, 'phone_confirm');
  await handset.press('number', desktop.output);
  await desktop.reload();
  expect(desktop, 'finished');
  await desktop.press();
  if (!desktop.callback) throw new Error(`no callback after the last page: ${desktop.page} (${desktop.status})`);
  await redeem(agent, site, desktop.callback, asked);
  return desktop;
}

/** The Cookie header of a browser for an authorization. */
export function sessionCookie(person: HttpPerson, site: Site): string {
  const cookie = person.cookies.header(new URL(site.authorize, site.origin));
  if (cookie === undefined) throw new Error(`${site.name} left no session in the browser`);
  return cookie;
}
