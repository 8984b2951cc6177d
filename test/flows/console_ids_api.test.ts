/** Every door of the admin API that takes an id, asked with every wrong one, as `console_ids.test.ts` does with the console’s. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { ID_API_DOORS, WITHOUT_IDS_API } from './ids_api_doors.ts';
import { narrowing, rightIds, swept, wrongIds, type Asked, type IdDoor } from './ids_sweep.ts';
import { idsWorld, type IdsWorld } from './ids_world.ts';

describe('ids swapped at the admin API', () => {
  let world: IdsWorld;
  beforeAll(async () => { world = await idsWorld(await freshDatabase('pglite')); }, 300_000);
  afterAll(() => world?.close());

  const ask = async (door: IdDoor, ids: Readonly<Record<string, unknown>>, raw: boolean): Promise<Asked> => {
    const [method = '', pattern = ''] = door.door.split(' ');
    const path = pattern.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => (raw ? String(ids[name]) : encodeURIComponent(String(ids[name]))));
    const fields = Object.fromEntries(Object.entries(ids).filter(([place]) => place.startsWith('in:')).map(([place, value]) => [place.slice('in:'.length), value]));
    const sent: Readonly<Record<string, unknown>> = { ...(typeof door.sent === 'function' ? door.sent(world.a) : door.sent), ...fields };
    if (method !== 'get' && method !== 'delete') return world.api(method, path, Object.keys(sent).length > 0 || door.sent !== undefined ? sent : undefined);
    const query = new URLSearchParams(Object.entries(sent).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, String(one)])));
    return world.api(method, query.size === 0 ? path : `${path}?${query.toString()}`);
  };

  it('each door has its row, and each row its door', async () => {
    const { paths } = JSON.parse((await world.api('get', '/openapi.json')).text) as { readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
    const doors = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
    expect([...ID_API_DOORS.map(({ door }) => door), ...Object.keys(WITHOUT_IDS_API)].toSorted()).toEqual(doors.toSorted());
    expect(ID_API_DOORS.filter(({ door, ids }) => [...door.matchAll(/\{(\w+)\}/g)].some(([, name]) => !(String(name) in ids))).map(({ door }) => door)).toEqual([]);
    expect(Object.keys(WITHOUT_IDS_API).filter((door) => door.includes('{'))).toEqual([]);
  });

  it.each(ID_API_DOORS.map((row) => [row.door, row] as const))('%s', async (_door, row) => {
    expect(wrongIds(row, world).length).toBeGreaterThan(20);
    expect(await swept(world, row, (ids, raw) => ask(row, ids, raw))).toEqual([]);
  });

  it('what only narrows a list shows fewer, and never more', async () => {
    const before = await world.digest();
    const faults: string[] = [];
    for (const [door, names] of Object.entries(WITHOUT_IDS_API)) {
      for (const name of names) {
        const row: IdDoor = { door, ids: { [`in:${name}`]: '=nobody' }, ...(door === 'get /overview' ? { sent: { mode: 'test', from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' } } : {}) };
        for (const wrong of narrowing(door, name, {}, world)) {
          const { status, text } = await ask(row, { [wrong.place]: wrong.value }, false);
          if (![200, 400, 422, 431].includes(status)) faults.push(`${door} ${name}, ${wrong.what}: ${status}`);
          faults.push(...world.planted.leaksIn(text).map(({ label }) => `${door} ${name}, ${wrong.what}: tells ${label}`));
        }
      }
    }
    expect(faults).toEqual([]);
    expect(await world.digest()).toEqual(before);
  });

  it('the right ids open every one of these doors: what was refused was refused for its id', async () => {
    const faults: string[] = [];
    for (const row of ID_API_DOORS.filter(({ idle }) => idle !== true)) {
      const before = row.refusals === undefined || row.door.startsWith('get') ? undefined : await world.digest();
      const { status, text } = await ask(row, rightIds(row, world.a), false);
      if (status >= 400 && status !== 409 && !(status === 422 && /workflow_refused|case_/.test(text))) faults.push(`${row.door}: ${status} ${text.slice(0, 300)}`);
      // Where a wrong id is not answered with 404 something else has to tell them apart.
      if (before && JSON.stringify(await world.digest()) === JSON.stringify(before)) faults.push(`${row.door}: ${status}, and nothing was done: ${text.slice(0, 300)}`);
    }
    expect(faults).toEqual([]);
  });
});
