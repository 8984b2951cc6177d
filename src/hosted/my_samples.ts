/** Samples of the person's own page, joined into `samples.ts`. */
import { MY_DEVICES_PATH, type MyPageModels, type MyThing } from './my_pages.ts';
import type { PageCommon, PageName } from './pages.ts';

const NOW = Date.UTC(2026, 2, 14, 9, 30);
const MINUTE = 60_000;
const DAY = 86_400_000;
const HOSTILE = `"><script>alert('x')</script>{{ 7*7 }}{% raw %} ' onload=x`;

const laptop: MyThing = {
  ref: 'aGhh5bGd2hJk4mn8pQrStV', kind: 'desktop', name: 'Chrome on Windows', here: true, lastUsedAt: NOW - 3 * MINUTE, since: NOW - 40 * DAY,
  until: NOW + 140 * DAY, country: 'US', apps: ['Harbour Credit'],
};
const phone: MyThing = {
  ref: 'bGhh5bGd2hJk4mn8pQrStV', kind: 'phone', name: 'Safari on iPhone', here: false, lastUsedAt: NOW - 5 * DAY, since: NOW - 40 * DAY,
  until: NOW + 50 * DAY, country: 'MX', apps: ['Harbour Credit', 'Harbour Mortgages', 'Tideline'],
};
const unnamed: MyThing = { ref: 'cGhh5bGd2hJk4mn8pQrStV', kind: 'desktop', here: false, lastUsedAt: NOW - 60 * DAY, since: NOW - 61 * DAY, until: NOW + 119 * DAY, apps: ['Harbour Credit'] };
const passkey: MyThing = { ref: 'dGhh5bGd2hJk4mn8pQrStV', kind: 'passkey', name: 'Chrome on Android', here: false, since: NOW - 2 * DAY, apps: ['Harbour Credit'] };
const hostile: MyThing = { ...phone, ref: 'eGhh5bGd2hJk4mn8pQrStV', name: HOSTILE, apps: [HOSTILE, 'Pneumonoultramicroscopicsilicovolcanoconiosis-Featherstonehaugh'.repeat(2)] };

const around = { base: MY_DEVICES_PATH, closesAt: NOW + 20 * MINUTE, passkeys: [] } as const;

interface MySample<Model> {
  readonly label: string;
  readonly model: Model;
  readonly common?: Partial<PageCommon>;
}

export const MY_SAMPLES: { readonly [Name in keyof MyPageModels]: readonly MySample<MyPageModels[Name]>[] } = {
  my_link: [{ label: 'usual', model: {} }],
  my_gone: [{ label: 'link', model: { kind: 'link' } }, { label: 'closed', model: { kind: 'closed' } }],
  my_closed: [{ label: 'usual', model: {} }],
  my_devices: [
    { label: 'usual', model: { ...around, devices: [laptop, phone, unnamed], passkeys: [passkey] } },
    { label: 'empty', model: { ...around, devices: [], notice: { kind: 'all' } } },
    { label: 'removed', model: { ...around, devices: [laptop], notice: { kind: 'removed', what: 'phone', name: 'Safari on iPhone' } } },
    { label: 'reported', model: { ...around, devices: [laptop], notice: { kind: 'reported', what: 'desktop' } }, common: { theme: { name: 'Harbour Credit', accent: '#5b2a86' } } },
    { label: 'hostile', model: { ...around, devices: [hostile], passkeys: [{ ...passkey, name: HOSTILE }], notice: { kind: 'removed', what: 'passkey', name: HOSTILE } }, common: { appName: HOSTILE } },
    { label: 'passkey_only', model: { ...around, devices: [], passkeys: [{ ...passkey, name: undefined, lastUsedAt: NOW - 26 * 60 * MINUTE }] } },
  ],
  my_confirm: [
    { label: 'this_device', model: { deed: 'remove', thing: laptop, backHref: MY_DEVICES_PATH } },
    { label: 'report', model: { deed: 'report', thing: hostile, backHref: MY_DEVICES_PATH } },
    { label: 'passkey', model: { deed: 'remove', thing: passkey, backHref: MY_DEVICES_PATH } },
    { label: 'all', model: { deed: 'remove', backHref: MY_DEVICES_PATH } },
  ],
};

/** What the shell adds on these pages: they belong to no journey. */
export function myCommon(page: PageName): Partial<PageCommon> {
  if (!page.startsWith('my_')) return {};
  const posts = page === 'my_link' || page === 'my_devices' || page === 'my_confirm';
  return {
    reference: '',
    leaveHref: undefined,
    expiresAt: undefined,
    moreTime: undefined,
    form: posts ? { action: page === 'my_devices' ? `${MY_DEVICES_PATH}/sign-out` : MY_DEVICES_PATH, method: 'post', csrf: 'c5rf', version: 0, page } : undefined,
  };
}
