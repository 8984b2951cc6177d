/** Doors to workflow keys: list, make, look, set, rotate, revoke. */
import { randomBytes } from 'node:crypto';
import { GatehouseError } from '../../errors.ts';
import type { AdminRoute, Answer, Asked } from '../route.ts';
import { linesOf, settingsFrom } from './form.ts';
import { keyListPage, keyPage, keyRevokePage, keyRotatePage, keySecretPage, keySettingsPage, newKeyPage, OVERLAPS, pathOf } from './pages.ts';
import { settingsFaults } from './settings.ts';
import { KeyRefused, type Key, type KeyDesk } from './store.ts';

const PAGE = 50;
const PATH = '/admin/keys';
const ONCE = /^[A-Za-z0-9_-]{16}$/;

export interface KeyRouteDeps {
  readonly keys: KeyDesk;
  readonly workflowIds: () => Promise<readonly string[]>;
  readonly issuer: string;
}

export function keyRoutes(deps: KeyRouteDeps): readonly AdminRoute[] {
  const { keys, issuer } = deps;
  return [
    { method: 'get', path: '/keys', action: 'key.read', handle: (asked) => list(deps, asked) },
    {
      method: 'get', path: '/keys/new', action: 'key.manage', fresh: true,
      handle: async ({ query }) => ({ kind: 'page', page: await newPage(deps, query['workflow'] ?? '', 'test', newOnce()) }),
    },
    { method: 'post', path: '/keys/new', action: 'key.manage', fresh: true, handle: (asked) => create(deps, asked) },
    {
      method: 'get', path: '/keys/:id', action: 'key.read',
      handle: async ({ params, may, now }) => ({ kind: 'page', page: keyPage({ key: await theKey(keys, params['id']), issuer, mayManage: may('key.manage'), now }) }),
    },
    {
      method: 'get', path: '/keys/:id/settings', action: 'key.manage', fresh: true,
      async handle({ params }) {
        const key = await livingKey(keys, params['id']);
        return { kind: 'page', page: keySettingsPage({ key, settings: key.settings }) };
      },
    },
    { method: 'post', path: '/keys/:id/settings', action: 'key.manage', fresh: true, handle: (asked) => change(deps, asked) },
    { method: 'get', path: '/keys/:id/rotate', action: 'key.manage', fresh: true, handle: async ({ params }) => ({ kind: 'page', page: keyRotatePage({ key: await livingKey(keys, params['id']) }) }) },
    { method: 'post', path: '/keys/:id/rotate', action: 'key.manage', fresh: true, handle: (asked) => rotate(deps, asked) },
    {
      method: 'post', path: '/keys/:id/end-overlap', action: 'key.manage', fresh: true,
      async handle({ params, actor }) {
        const id = params['id'] ?? '';
        const ended = await keys.endOverlap(actor, id);
        return { kind: 'go', to: pathOf(id), notice: ended ? 'The old secret no longer works.' : 'The old secret had ended before.' };
      },
    },
    { method: 'get', path: '/keys/:id/revoke', action: 'key.manage', fresh: true, handle: async ({ params }) => ({ kind: 'page', page: keyRevokePage({ key: await livingKey(keys, params['id']) }) }) },
    {
      method: 'post', path: '/keys/:id/revoke', action: 'key.manage', fresh: true,
      async handle({ params, actor }) {
        const id = params['id'] ?? '';
        const revoked = await keys.revoke(actor, id);
        return { kind: 'go', to: pathOf(id), notice: revoked ? 'The key is revoked.' : 'The key was revoked before.' };
      },
    },
  ];
}

async function list({ keys, workflowIds }: KeyRouteDeps, { query, may }: Asked): Promise<Answer> {
  const workflow = query['workflow'] ?? '';
  const before = query['before'];
  const found = await keys.list({ workflowId: workflow === '' ? undefined : workflow, before, most: PAGE });
  const href = (cursor: string | undefined): string => {
    const kept = new URLSearchParams({ ...(workflow === '' ? {} : { workflow }), ...(cursor === undefined ? {} : { before: cursor }) });
    return kept.size === 0 ? PATH : `${PATH}?${kept.toString()}`;
  };
  const page = keyListPage({
    keys: found.keys, workflows: await workflowIds(), workflow, next: found.next === undefined ? '' : href(found.next),
    first: before === undefined ? '' : href(undefined), mayManage: may('key.manage'),
  });
  return { kind: 'page', page };
}

/** Twelve random bytes: the part of the key's id that is its own. */
function newOnce(): string {
  return randomBytes(12).toString('base64url');
}

async function newPage({ workflowIds }: KeyRouteDeps, workflow: string, mode: string, once: string) {
  return newKeyPage({ workflows: await workflowIds(), workflow, mode, once });
}

async function create(deps: KeyRouteDeps, { form, actor }: Asked): Promise<Answer> {
  const mode = form['mode'] === 'live' ? 'live' : 'test';
  const workflowId = form['workflowId'] ?? '';
  const once = form['once'] ?? '';
  const again = async (errors: Readonly<Record<string, string>>): Promise<Answer> => ({
    kind: 'page', errors, values: form, page: await newPage(deps, workflowId, mode, ONCE.test(once) ? once : newOnce()),
  });
  if (!ONCE.test(once)) throw new GatehouseError('bad_form', 400, 'the form was not sent as the page has it');
  const clientId = `${mode}_${once}`;
  try {
    const { secret } = await deps.keys.create(actor, { workflowId, mode, clientId, name: (form['name'] ?? '').trim(), redirectUris: linesOf(form['redirectUris']) });
    return { kind: 'page', page: keySecretPage({ key: await theKey(deps.keys, clientId), secret, rotated: false, issuer: deps.issuer }) };
  } catch (thrown) {
    if (thrown instanceof KeyRefused) return again(thrown.faults as Readonly<Record<string, string>>);
    if (!(thrown instanceof GatehouseError)) throw thrown;
    if (thrown.code === 'workflow_unknown') return again({ workflowId: 'Choose the workflow that this key leads to.' });
    // The page was loaded again, or the button pressed twice: the key is there, and its secret was shown.
    if (thrown.code === 'key_exists') return { kind: 'go', to: pathOf(clientId), notice: 'This key was made before. Its secret was shown then, once; rotate it if it is lost.' };
    throw thrown;
  }
}

async function change({ keys }: KeyRouteDeps, { params, form, actor }: Asked): Promise<Answer> {
  const key = await livingKey(keys, params['id']);
  const { settings, faults: unreadable } = settingsFrom(form);
  const faults = { ...settingsFaults(settings, key.mode), ...unreadable } as Readonly<Record<string, string>>;
  const again = (errors: Readonly<Record<string, string>>, on: Key): Answer => ({ kind: 'page', page: keySettingsPage({ key: on, settings }), errors, values: form });
  if (Object.keys(faults).length > 0) return again(faults, key);
  try {
    const changed = await keys.update(actor, key.clientId, settings, revisionOf(form));
    return { kind: 'go', to: pathOf(key.clientId), notice: changed.revision === key.revision ? 'Nothing was different.' : 'The settings are in force.' };
  } catch (thrown) {
    if (thrown instanceof GatehouseError && thrown.code === 'key_changed') {
      return { ...again({ name: 'Somebody else changed this key while you did. What you typed is below, and saving it now replaces theirs.' }, await livingKey(keys, key.clientId)), status: 409 } as Answer;
    }
    throw thrown;
  }
}

async function rotate({ keys, issuer }: KeyRouteDeps, { params, form, actor }: Asked): Promise<Answer> {
  const key = await livingKey(keys, params['id']);
  const overlap = OVERLAPS.find(({ value }) => value === form['overlap']);
  if (!overlap) return { kind: 'page', page: keyRotatePage({ key }), errors: { overlap: 'Choose for how long both secrets work.' } };
  try {
    const { secret } = await keys.rotate(actor, key.clientId, Number(overlap.value), revisionOf(form));
    return { kind: 'page', page: keySecretPage({ key: await theKey(keys, key.clientId), secret, rotated: true, issuer }) };
  } catch (thrown) {
    // Loaded again: one more secret would end the one that was just shown.
    if (thrown instanceof GatehouseError && thrown.code === 'key_changed') return { kind: 'go', to: pathOf(key.clientId), notice: 'The key changed since that page was shown, by you or somebody else. Nothing was done; look at it first.' };
    throw thrown;
  }
}

/** What the form was made on. Without one nothing is changed. */
function revisionOf(form: Readonly<Record<string, string>>): number {
  return /^\d{1,9}$/.test(form['revision'] ?? '') ? Number(form['revision']) : -1;
}

async function theKey(keys: KeyDesk, id: string | undefined): Promise<Key> {
  const key = await keys.get(id ?? '');
  if (!key) throw new GatehouseError('key_unknown', 404, 'there is no such key');
  return key;
}

async function livingKey(keys: KeyDesk, id: string | undefined): Promise<Key> {
  const key = await theKey(keys, id);
  if (key.revokedAt !== undefined) throw new GatehouseError('key_revoked', 409, 'this key is revoked for good; make another');
  return key;
}
