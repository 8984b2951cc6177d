/**
 * Every door of the console, as it is wired, tried by every role: the guard alone is asked, so that nothing happens behind
 * it. What the table of permissions says is what the doors do.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACTIONS, mayDo, ROLES, type Action, type Role } from '../../src/admin/permissions.ts';
import type { AuditFact } from '../../src/admin/audit/audit.ts';
import type { AdminRoute } from '../../src/admin/route.ts';
import { startConsole, type TestConsole } from '../support/console.ts';
import { startGateway } from '../support/gateway.ts';
import { freshDatabase } from '../support/postgres.ts';

let doors: readonly AdminRoute[];
let site: TestConsole;
const refused: AuditFact[] = [];

/** A path that the door's own pattern fits. */
const pathOf = ({ path }: AdminRoute): string => `/admin${path === '/' ? '' : path}`.replaceAll(/:\w+/g, 'x1');
const OPENED = 'behind the door';

beforeAll(async () => {
  const database = await freshDatabase('pglite');
  const gateway = await startGateway({ database });
  doors = gateway.gatehouse.doors;
  await gateway.close();
  await database.drop();
  const walls = doors.map((door): AdminRoute => ({ ...door, handle: async () => ({ kind: 'bytes', type: 'application/json', body: Buffer.from(OPENED) }) }));
  site = await startConsole(walls, { note: async (_actor, fact) => void refused.push(fact) });
});
afterAll(() => site.close());

const ask = (door: AdminRoute, who: Parameters<TestConsole['get']>[1], form: Readonly<Record<string, string>> = {}, headers: Readonly<Record<string, string>> = {}) =>
  door.method === 'get' ? site.get(pathOf(door), who) : site.post(pathOf(door), form, who, headers);

const guardedDoors = (): readonly AdminRoute[] => doors.filter(({ action }) => action !== 'anyone');
const actionOf = ({ action }: AdminRoute): Action => action as Action;

/** What is wrong with any of them; some at a time, since all wait for one server. */
async function each(some: readonly AdminRoute[], look: (door: AdminRoute) => Promise<readonly string[]>): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (let from = 0; from < some.length; from += 16) wrong.push(...(await Promise.all(some.slice(from, from + 16).map(look))).flat());
  return wrong;
}

describe('the doors of the console', () => {
  test('are many, each once', () => {
    const names = doors.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, ':')}`);
    expect(names.length).toBeGreaterThan(80);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('every action of the table is some door’s', () => {
    const used = new Set(doors.map(({ action }) => action));
    expect(ACTIONS.filter((action) => !used.has(action))).toEqual([]);
  });

  test('a door that changes something asks for no mere right to read, and one that shows people for no less than theirs', () => {
    const posting = doors.filter(({ method, action }) => method === 'post' && action !== 'anyone');
    // Forms that look: a search by what must not stand in an address, and the walk over the log.
    const looking = /^\/(?:journeys\/find|accounts\/(?:find|search)|lists\/search|audit\/verify)$/;
    expect(posting.filter(({ action, path }) => action.endsWith('.read') && !looking.test(path)).map(({ path }) => path)).toEqual([]);
    const wanted: readonly (readonly [RegExp, string])[] = [
      [/\/reveal$/, 'journey.reveal'], [/\/erase$/, 'account.erase'], [/\/merge$/, 'account.merge'], [/\/export$/, 'account.export|audit.export|workflow.read'],
      [/^\/cases\/:id\/(?:approve|deny|again)$/, 'case.decide'], [/\/deploy$|\/roll-back$/, 'workflow.deploy'], [/^\/keys\/.*(?:rotate|revoke|settings|new)$/, 'key.manage'],
      [/^\/staff\/(?!$)/, 'staff.manage|staff.read'], [/^\/tokens\/new$/, 'token.manage'],
    ];
    for (const [path, actions] of wanted) {
      const found = doors.filter((door) => path.test(door.path) && door.method === 'post');
      expect(found.length, String(path)).toBeGreaterThan(0);
      for (const door of found) expect(actions === 'journey.reveal' && door.path.startsWith('/accounts') ? 'journey.reveal' : door.action, door.path).toMatch(new RegExp(`^(?:${actions})$`));
    }
  });

  test('where a dangerous form has a page of its own, the sign-in is asked for before the form is typed', () => {
    const pages = new Map(doors.filter(({ method }) => method === 'get').map((door) => [door.path, door]));
    const dangerous = doors.filter(({ method, fresh }) => method === 'post' && fresh === true);
    // Pages that are read, and have a form below; what is typed there is kept when the sign-in was not fresh.
    const read = ['/webhooks', '/webhooks/:id'];
    expect(dangerous.filter(({ path }) => pages.has(path) && !read.includes(path) && pages.get(path)?.fresh !== true).map(({ path }) => path)).toEqual([]);
    expect(dangerous.filter(({ path }) => pages.get(path)?.fresh === true).length).toBeGreaterThan(8);
    expect([pages.get('/webhooks/new')?.fresh, pages.get('/webhooks/:id/edit')?.fresh]).toEqual([true, true]);
  });

  test('before sign-in there are only those that lead to it', () => {
    const open = doors.filter(({ action }) => action === 'anyone').map(({ path }) => path);
    expect(open.length).toBeGreaterThan(0);
    expect(open.filter((path) => !/^\/(?:sign-in|sign-out|setup|invitation|enrol)(?:\/|$)/.test(path))).toEqual([]);
  });

  test.each(ROLES)('%s gets what the table says, and nothing else', async (role: Role) => {
    refused.length = 0;
    const wrong = await each(guardedDoors(), async (door) => {
      const { status, html } = await ask(door, { roles: [role] });
      const fine = mayDo([role], actionOf(door)) ? status === 200 && html === OPENED : status === 403 && html !== OPENED;
      return fine ? [] : [`${door.method} ${door.path} (${door.action}): ${status}`];
    });
    expect(wrong).toEqual([]);
    // Each try of what they may not is on record, by the door it was tried at.
    const shut = guardedDoors().filter((door) => !mayDo([role], actionOf(door))).map(({ method, path }) => `${method} ${path}`);
    expect(refused.map(({ target }) => target.id).toSorted()).toEqual(shut.toSorted());
  });

  test('nobody, and staff without any role, get nothing', async () => {
    const wrong = await each(guardedDoors(), async (door) => {
      const [stranger, bare] = [await ask(door, undefined), await ask(door, { roles: [] })];
      const fine = stranger.status === 303 && stranger.location?.startsWith('/admin/sign-in') === true && bare.status === 403;
      return fine ? [] : [`${door.method} ${door.path}: ${stranger.status} ${bare.status}`];
    });
    expect(wrong).toEqual([]);
  });

  test('a form of another page, of another site, of an old session or without its token opens none', async () => {
    const administrator = { roles: ['administrator'] as const };
    const wrong = await each(guardedDoors().filter(({ method }) => method === 'post'), async (door) => {
      const answers = [
        await ask(door, administrator, { csrf: '' }),
        await ask(door, administrator, { csrf: 'AAAA' }),
        await ask(door, administrator, {}, { origin: 'https://elsewhere.example' }),
        await ask(door, administrator, {}, { 'sec-fetch-site': 'cross-site' }),
      ];
      return answers.every(({ status }) => status === 403) ? [] : [`${door.path}: ${answers.map(({ status }) => status).join()}`];
    });
    expect(wrong).toEqual([]);
  });

  test('dangerous things ask for a sign-in of the last minutes', async () => {
    const dangerous = doors.filter(({ fresh }) => fresh === true);
    expect(dangerous.length).toBeGreaterThan(10);
    const wrong = await each(dangerous, async (door) => {
      const { status, location } = await ask(door, { roles: ['administrator'], provedAgo: 11 * 60_000 });
      return status === 303 && location?.startsWith('/admin/again?to=') === true ? [] : [`${door.path}: ${status}`];
    });
    expect(wrong).toEqual([]);
    const always = ['account.erase', 'account.export', 'account.merge', 'account.hold', 'staff.manage', 'token.manage'];
    // Whatever erases, exports or gives rights away is among them, but for forms that only show.
    expect(always.filter((action) => !dangerous.some((door) => door.action === action))).toEqual([]);
  });
});
