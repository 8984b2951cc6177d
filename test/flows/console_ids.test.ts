/**
 * Every door of the console that takes an id, asked with every wrong one: of another kind, of another’s, of nobody’s, and
 * what is no id at all. Nothing is shown, nothing changes, nothing breaks, and the log says of nothing that it was done.
 * A door that is not in the table fails here.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdminRoute } from '../../src/admin/route.ts';
import { freshDatabase } from '../support/postgres.ts';
import { ID_DOORS, NARROWED, WITHOUT_IDS } from './ids_doors.ts';
import { narrowing, rightIds, swept, wrongIds, type Asked, type IdDoor } from './ids_sweep.ts';
import { idsWorld, type IdsWorld } from './ids_world.ts';

describe('ids swapped at the console', () => {
  let world: IdsWorld;
  beforeAll(async () => { world = await idsWorld(await freshDatabase('pglite')); }, 300_000);
  afterAll(() => world?.close());

  type Sent = Readonly<Record<string, string | readonly string[]>>;
  const restOf = ({ sent }: IdDoor): Sent => ((typeof sent === 'function' ? sent(world.a) : sent) ?? {}) as Sent;
  const ask = async (door: IdDoor, ids: Sent, raw: boolean, more: Sent = {}): Promise<Asked> => {
    const [method = '', pattern = ''] = door.door.split(' ');
    const path = `/admin${pattern.replaceAll(/:(\w+)/g, (_whole, name: string) => (raw ? String(ids[name]) : encodeURIComponent(String(ids[name]))))}`;
    const fields = Object.fromEntries(Object.entries(ids).filter(([place]) => place.startsWith('in:')).map(([place, value]) => [place.slice('in:'.length), value]));
    const { status, html } = method === 'get'
      ? await world.site.get(`${path}?${new URLSearchParams(Object.entries({ ...restOf(door), ...fields, ...more }).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]))).toString()}`, world.who)
      : await world.site.post(path, { ...restOf(door), ...fields, ...more }, world.who);
    return { status, text: html };
  };

  it('each door has its row, and each row its door', () => {
    const doors = world.gateway.gatehouse.doors.map(({ method, path }: AdminRoute) => `${method} ${path}`);
    const rows = [...ID_DOORS.map(({ door }) => door), ...Object.keys(NARROWED).filter((door) => !ID_DOORS.some((row) => row.door === door)), ...WITHOUT_IDS];
    expect(rows.toSorted()).toEqual(doors.toSorted());
    const unnamed = ID_DOORS.filter(({ door, ids }) => [...door.matchAll(/:(\w+)/g)].some(([, name]) => !(String(name) in ids)));
    expect(unnamed.map(({ door }) => door)).toEqual([]);
    expect(WITHOUT_IDS.filter((door) => door.includes(':'))).toEqual([]);
  });

  it.each(ID_DOORS.map((row) => [row.door, row] as const))('%s', async (_door, row) => {
    expect(wrongIds(row, world).length).toBeGreaterThan(20);
    expect(await swept(world, row, (ids, raw, more) => ask(row, ids, raw, more))).toEqual([]);
  });

  it('what only narrows a list shows fewer, and never more', async () => {
    const before = await world.digest();
    const faults: string[] = [];
    for (const [door, names] of Object.entries(NARROWED)) {
      const own = ID_DOORS.find((row) => row.door === door)?.ids ?? {};
      for (const name of names) {
        const row: IdDoor = { door, ids: { ...own, [`in:${name}`]: '=nobody' } };
        for (const wrong of narrowing(door, name, own, world)) {
          const { status, text } = await ask(row, { ...rightIds(row, world.a), [wrong.place]: wrong.value }, false);
          if (status >= 500 || status === 403) faults.push(`${door} ${name}, ${wrong.what}: ${status}`);
          // The list of the staff shows their own addresses to whoever may see it.
          faults.push(...world.planted.leaksIn(text).filter(({ label }) => door !== 'get /staff' || label !== 'staff').map(({ label }) => `${door} ${name}, ${wrong.what}: tells ${label}`));
          if (text.includes('<script>alert(1)')) faults.push(`${door} ${name}, ${wrong.what}: markup comes back`);
        }
      }
    }
    expect(faults).toEqual([]);
    expect(await world.digest()).toEqual(before);
  });

  it('the right ids open every one of these doors: what was refused was refused for its id', async () => {
    const faults: string[] = [];
    for (const row of ID_DOORS.filter(({ idle }) => idle !== true)) {
      const before = row.refusals === undefined ? undefined : await world.digest();
      const { status, text } = await ask(row, rightIds(row, world.a), false, row.anew ? await row.anew(world) : {});
      if (status >= 400 && status !== 409 && status !== 422) faults.push(`${row.door}: ${status} ${text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ').slice(0, 300)} ${world.site.log().slice(-1500)}`);
      // Where a wrong id is not answered with 404 something else has to tell them apart.
      if (before && row.door.startsWith('post') && !row.refusals?.includes(410) && JSON.stringify(await world.digest()) === JSON.stringify(before)) faults.push(`${row.door}: ${status}, and nothing was done`);
    }
    expect(faults).toEqual([]);
  });
});
