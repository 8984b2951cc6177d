/** The person's own page about their devices: what each page shows, its view and its title. Joined into `pages.ts`. */
import type { MessageKey } from '../http/locales/index.ts';

/** Where the page is; everything of it lies below. */
export const MY_DEVICES_PATH = '/my/devices';

/** Something that lets the person come back without being checked again. Times are epoch milliseconds. */
export interface MyThing {
  /** Names it in this session's addresses, and nowhere else. */
  readonly ref: string;
  readonly kind: 'desktop' | 'phone' | 'passkey';
  /** E.g. `Chrome on Windows`; absent where the browser did not say. */
  readonly name?: string | undefined;
  /** It is the browser that looks at the page. */
  readonly here: boolean;
  /** Absent where it was never used since. */
  readonly lastUsedAt?: number | undefined;
  readonly since: number;
  /** Absent where it ends with no date. */
  readonly until?: number | undefined;
  /** ISO 3166-1 alpha-2, of the last use. */
  readonly country?: string | undefined;
  /** Names of the applications at which it counts. */
  readonly apps: readonly string[];
}

/** What has just been done, as the account itself shows it. */
export type MyNotice =
  | { readonly kind: 'removed' | 'reported'; readonly what: MyThing['kind']; readonly name?: string | undefined }
  | { readonly kind: 'all' };

/** What is about to be done. `report`: the person says that it was not them. */
export type MyDeed = 'remove' | 'report';

export interface MyPageModels {
  /** Whoever opened a link; nothing of its owner is told. */
  readonly my_link: Readonly<Record<never, never>>;
  /** `link`: unknown, used and expired ones look the same; `closed`: nobody is signed in to the page. */
  readonly my_gone: { readonly kind: 'link' | 'closed' };
  readonly my_closed: Readonly<Record<never, never>>;
  readonly my_devices: {
    readonly devices: readonly MyThing[];
    readonly passkeys: readonly MyThing[];
    readonly notice?: MyNotice | undefined;
    /** When the page closes. */
    readonly closesAt: number;
    /** Path below which each thing has its pages. */
    readonly base: string;
  };
  readonly my_confirm: {
    readonly deed: MyDeed;
    /** Absent: everything at once. */
    readonly thing?: MyThing | undefined;
    readonly backHref: string;
  };
}

/** A page that leads to the person's devices, where there is anything to see. */
export interface ShowsDevices {
  readonly devicesHref?: string | undefined;
}

interface MyPageRow<Model> {
  readonly view: string;
  readonly title: MessageKey | ((model: Model) => MessageKey);
  readonly fields: readonly string[];
}

function confirmTitle({ deed, thing }: MyPageModels['my_confirm']): MessageKey {
  if (!thing) return 'my_confirm.all.title';
  if (deed === 'report') return 'my_confirm.report.title';
  return thing.kind === 'passkey' ? 'my_confirm.remove_passkey.title' : 'my_confirm.remove.title';
}

export const MY_PAGES: { readonly [Name in keyof MyPageModels]: MyPageRow<MyPageModels[Name]> } = {
  my_link: { view: 'my/link.njk', title: 'my_link.title', fields: [] },
  my_gone: { view: 'my/gone.njk', title: ({ kind }) => (kind === 'link' ? 'my_gone.link.title' : 'my_gone.closed.title'), fields: [] },
  my_closed: { view: 'my/closed.njk', title: 'my_closed.title', fields: [] },
  my_devices: { view: 'my/devices.njk', title: 'my_devices.title', fields: [] },
  my_confirm: { view: 'my/confirm.njk', title: confirmTitle, fields: [] },
};
