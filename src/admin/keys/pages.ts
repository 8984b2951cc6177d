import type { AdminPage } from '../page.ts';
import { fieldsOf } from './form.ts';
import type { KeySettings } from './settings.ts';
import { discoveryUrl, snippetOf } from './snippet.ts';
import type { Key, KeyLine } from './store.ts';

const PATH = '/admin/keys';
const TRAIL = [{ title: 'Keys', href: PATH }];
const trailOf = (key: Pick<Key, 'clientId' | 'settings'>): AdminPage['trail'] => [...TRAIL, { title: key.settings.name, href: pathOf(key.clientId) }];

/** Path of a key's page. */
export function pathOf(clientId: string): string {
  return `${PATH}/${encodeURIComponent(clientId)}`;
}

export interface KeyListModel {
  readonly keys: readonly KeyLine[];
  readonly workflows: readonly string[];
  /** The one that is shown; empty for all. */
  readonly workflow: string;
  readonly next: string;
  readonly first: string;
  readonly mayManage: boolean;
}

export function keyListPage(model: KeyListModel): AdminPage {
  const keys = model.keys.map((key) => ({
    ...key, href: pathOf(key.clientId), revokedAt: key.revokedAt ?? 0, lastUsedAt: key.lastUsedAt ?? 0, overlapUntil: key.overlapUntil ?? 0,
  }));
  return { view: 'admin/keys/list.njk', title: 'Keys', area: 'keys', trail: [], model: { ...model, keys } };
}

export interface NewKeyModel {
  readonly workflows: readonly string[];
  readonly workflow: string;
  readonly mode: string;
  /** Makes the id of the key, so that the same form makes one key, however often it is sent. */
  readonly once: string;
}

export function newKeyPage(model: NewKeyModel): AdminPage {
  return { view: 'admin/keys/new.njk', title: 'New key', area: 'keys', trail: TRAIL, model: { ...model } };
}

/** How a key is used, for everybody who may see it. */
function usage(key: Key, issuer: string) {
  return { clientId: key.clientId, issuer, discovery: discoveryUrl(issuer), snippet: snippetOf({ issuer, clientId: key.clientId, settings: key.settings }), hasSecret: hasSecret(key.settings) };
}

function hasSecret({ authMethod }: KeySettings): boolean {
  return authMethod.startsWith('client_secret');
}

/** The one page that has a secret: the answer to the form that made it. */
export function keySecretPage({ key, secret, rotated, issuer }: { readonly key: Key; readonly secret: string | undefined; readonly rotated: boolean; readonly issuer: string }): AdminPage {
  return {
    view: 'admin/keys/secret.njk', title: rotated ? 'The new secret' : 'Your new key', area: 'keys', trail: trailOf(key),
    model: { ...usage(key, issuer), name: key.settings.name, mode: key.mode, secret: secret ?? '', rotated, overlapUntil: key.overlapUntil ?? 0, href: pathOf(key.clientId) },
  };
}

export interface KeyModel {
  readonly key: Key;
  readonly issuer: string;
  readonly mayManage: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A secret older than this is said to be old, milliseconds. */
const OLD_SECRET_MS = 365 * 86_400_000;

export function keyPage({ key, issuer, mayManage, now }: KeyModel): AdminPage {
  const { settings } = key;
  const living = key.revokedAt === undefined;
  return {
    view: 'admin/keys/key.njk', title: settings.name, area: 'keys', trail: TRAIL,
    model: {
      ...usage(key, issuer), mode: key.mode, workflowId: key.workflowId, workflowHref: `/admin/workflows/${encodeURIComponent(key.workflowId)}`,
      createdAt: key.createdAt, revokedAt: key.revokedAt ?? 0, lastUsedAt: key.lastUsedAt ?? 0, secretAt: key.secretAt,
      secretOld: now - key.secretAt > OLD_SECRET_MS, overlapUntil: key.overlapUntil ?? 0, previousUsedAt: key.previousUsedAt ?? 0,
      facts: factsOf(settings), mayManage: mayManage && living, href: pathOf(key.clientId),
    },
  };
}

const YES_NO = (on: boolean): string => (on ? 'required' : 'not required');
const AUTH_TEXTS: Readonly<Record<KeySettings['authMethod'], string>> = {
  client_secret_basic: 'secret, in the Authorization header', client_secret_post: 'secret, in the form',
  private_key_jwt: 'assertion signed by a private key', none: 'none (public client)',
};
export const DENY_TEXTS = { '': 'as the workflow says', error: 'error access_denied', token: 'a code whose token says deny' } as const;
export const REVIEW_TEXTS = { error: 'error access_denied', pending: 'a code whose token says review', hold: 'the person waits on our page' } as const;

function factsOf(settings: KeySettings): readonly { readonly name: string; readonly values: readonly string[] }[] {
  const listed = (values: readonly string[], none: string): readonly string[] => (values.length === 0 ? [none] : values);
  return [
    { name: 'Redirect URIs', values: settings.redirectUris },
    { name: 'After sign-out', values: listed(settings.postLogoutRedirectUris, 'our own page') },
    { name: 'Authenticates by', values: [AUTH_TEXTS[settings.authMethod]] },
    { name: 'May be used from', values: listed(settings.allowedFrom, 'anywhere') },
    { name: 'PKCE', values: [settings.pkce === 'required' ? 'required' : 'required, or a nonce'] },
    { name: 'Pushed requests', values: [YES_NO(settings.parRequired)] },
    { name: 'DPoP', values: [YES_NO(settings.dpopRequired)] },
    { name: 'Refresh tokens', values: [settings.refreshTokens ? 'with scope offline_access' : 'none'] },
    { name: 'Subjects', values: [settings.subjectType === 'public' ? 'public: the same at every application' : `pairwise, for ${settings.sector ?? ''}`] },
    { name: 'A denial goes out as', values: [DENY_TEXTS[settings.denyAs ?? '']] },
    { name: 'A review goes out as', values: [REVIEW_TEXTS[settings.reviewAs]] },
    { name: 'A decision is reused for', values: [settings.reuseSeconds === undefined ? 'as the workflow says' : `${settings.reuseSeconds} seconds`] },
    { name: 'Told of sign-out at', values: [settings.backchannelLogoutUri ?? 'nowhere'] },
  ];
}

export function keySettingsPage({ key, settings }: { readonly key: Key; readonly settings: KeySettings }): AdminPage {
  return {
    view: 'admin/keys/settings.njk', title: 'Settings', area: 'keys', trail: trailOf(key),
    model: {
      v: fieldsOf(settings), mode: key.mode, href: pathOf(key.clientId), revision: key.revision, sector: key.settings.sector ?? '',
      on: { parRequired: settings.parRequired, dpopRequired: settings.dpopRequired, refreshTokens: settings.refreshTokens, backchannelLogoutSession: settings.backchannelLogoutSession },
    },
  };
}

/** How long both secrets work, as it is offered. */
export const OVERLAPS = [
  { value: '86400', text: 'One day' }, { value: '604800', text: 'One week' }, { value: '2592000', text: 'Thirty days' }, { value: '3600', text: 'One hour' },
  { value: '0', text: 'Not at all: the old secret is known to others' },
] as const;

export function keyRotatePage({ key }: { readonly key: Key }): AdminPage {
  return {
    view: 'admin/keys/rotate.njk', title: 'Rotate the secret', area: 'keys', trail: trailOf(key),
    model: { clientId: key.clientId, href: pathOf(key.clientId), revision: key.revision, overlaps: OVERLAPS, overlapUntil: key.overlapUntil ?? 0 },
  };
}

export function keyRevokePage({ key }: { readonly key: Key }): AdminPage {
  return {
    view: 'admin/keys/revoke.njk', title: 'Revoke this key', area: 'keys', trail: trailOf(key),
    model: { clientId: key.clientId, name: key.settings.name, mode: key.mode, href: pathOf(key.clientId), lastUsedAt: key.lastUsedAt ?? 0 },
  };
}
