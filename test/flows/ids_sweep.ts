/** Wrong ids for every place of a door that takes one, and what may come of asking with them. */
import { randomUUID } from 'node:crypto';
import { KINDS, SAME_THING, type Ids, type IdsWorld, type Kind } from './ids_world.ts';

/**
 * A door with its ids. Places of ids are parts of the path by their names, fields of the form, query or body as `in:name`;
 * what stands there is of a kind, or `=` and a text that is no id but chosen likewise.
 */
export interface IdDoor {
  /** As the door is declared: `post /accounts/:id/hold`. */
  readonly door: string;
  readonly ids: Readonly<Record<string, Kind | `=${string}`>>;
  /** The rest of what is sent, such that a right id gets through. */
  readonly sent?: Readonly<Record<string, unknown>> | ((ids: Ids) => Readonly<Record<string, unknown>>);
  /** What must be asked for anew each time, such as a grant that is used up by the very try. */
  readonly anew?: (world: IdsWorld) => Promise<Readonly<Record<string, string>>>;
  /** Places whose id must belong to the others’: the second’s there is wrong too. */
  readonly kin?: readonly string[];
  /** Kinds whose ids are as good as a right one here: a step's name is also what a node may be called. */
  readonly apart?: readonly Kind[];
  /** What a wrong id is answered with beside 404. */
  readonly refusals?: readonly number[];
  /** Nothing is done with the right ids at the end of the sweep: another row’s good try would be spoilt. */
  readonly idle?: true;
  /** Rows of these tables may go by the mere try. */
  readonly spends?: readonly string[];
}

export interface Wrong {
  readonly place: string;
  /** Of what it is an id, where it is one. */
  readonly kind?: Kind;
  /** For the report. */
  readonly what: string;
  readonly value: string | readonly string[];
  /** Goes into a path as it is. */
  readonly raw?: true;
  readonly garbage?: true;
}

const kindOf = (door: IdDoor, place: string): Kind | undefined => {
  const said = door.ids[place];
  return said === undefined || said.startsWith('=') ? undefined : (said as Kind);
};

/** The right ids of a door. */
export function rightIds(door: IdDoor, ids: Ids): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(door.ids).map(([place, said]) => [place, said.startsWith('=') ? said.slice(1) : ids[said as Kind]]));
}

const LONG = 'a'.repeat(10_240);

/** What is no id at all. In a path a text is percent-encoded unless it is given as it goes over the wire. */
const GARBAGE: readonly { readonly what: string; readonly value: string | readonly string[]; readonly raw?: true; readonly only?: 'path' | 'field' }[] = [
  { what: 'dots', value: '..%2f..%2fetc%2fpasswd', raw: true, only: 'path' },
  { what: 'encoded dots', value: '%2e%2e%2fadmin', raw: true, only: 'path' },
  { what: 'a NUL', value: '%00', raw: true, only: 'path' },
  { what: 'an id and a NUL', value: 'x%00y', raw: true, only: 'path' },
  { what: 'broken UTF-8', value: '%ed%a0%80', raw: true, only: 'path' },
  { what: 'a lone percent sign', value: '%', raw: true, only: 'path' },
  { what: 'dots', value: '../../etc/passwd', only: 'field' },
  { what: 'a NUL', value: 'x\0y', only: 'field' },
  { what: 'a list', value: ['x', 'y'], only: 'field' },
  { what: '10 kB', value: LONG },
  { what: 'other scripts', value: '🦄ñ漢\u202e' },
  { what: 'SQL', value: `' OR '1'='1' --` },
  { what: 'a wildcard', value: '%_*' },
  { what: 'a large number', value: '99999999999999999999' },
  { what: 'a negative number', value: '-1' },
  { what: 'a name of JavaScript', value: '__proto__' },
  { what: 'markup', value: '<script>alert(1)</script>' },
];

/** Every wrong id of every place of a door. */
export function wrongIds(door: IdDoor, world: Pick<IdsWorld, 'a' | 'b'>): readonly Wrong[] {
  const right = rightIds(door, world.a);
  return Object.keys(door.ids).flatMap((place): readonly Wrong[] => {
    const kind = kindOf(door, place);
    const inPath = !place.startsWith('in:');
    const mine = right[place] ?? '';
    const alike = SAME_THING.find((kinds) => kind !== undefined && kinds.includes(kind)) ?? [];
    const others = KINDS.filter((other) => other !== kind && !alike.includes(other) && door.apart?.includes(other) !== true).map((other): Wrong => ({ place, kind: other, what: `id of a ${other}`, value: world.a[other] }));
    const sibling = kind !== undefined && door.kin?.includes(place) ? [{ place, what: `the other ${kind}`, value: world.b[kind] }] : [];
    const last = mine.at(-1) === '0' ? '1' : '0';
    const unknown: readonly Wrong[] = [
      { place, what: 'unknown, alike', value: kind === 'version' ? '4711' : `${mine.slice(0, -1)}${last}` },
      { place, what: 'unknown', value: randomUUID() },
      { place, what: 'in capitals', value: mine.toUpperCase() === mine ? `${mine}X` : mine.toUpperCase() },
      { place, what: 'with a space', value: `${mine} x` },
    ];
    const garbage = GARBAGE.filter(({ only }) => only === undefined || (only === 'path') === inPath).map((one): Wrong => ({ place, garbage: true, ...one }));
    return [...others, ...sibling, ...unknown, ...garbage].filter(({ value }) => value !== mine);
  });
}

/** By what lists can be narrowed. */
const NARROWING: readonly Kind[] = ['workflow', 'key', 'journey', 'account', 'staff', 'case'];

/** Wrong values of one name in the query of a list. */
export function narrowing(door: string, name: string, own: IdDoor['ids'], world: Pick<IdsWorld, 'a' | 'b'>): readonly Wrong[] {
  return wrongIds({ door, ids: { ...own, [`in:${name}`]: '=nobody' } }, world)
    .filter(({ place, kind, garbage }) => place === `in:${name}` && (garbage === true || kind === undefined || NARROWING.includes(kind)));
}

/** What the console answers to each wrong id, where it is not a refusal. */
export interface Asked {
  readonly status: number;
  readonly text: string;
}

/**
 * Ask a door with every wrong id of it: what was answered otherwise than refused, told or changed. `ask` sends the ids by
 * their places with the rest.
 */
export async function swept(
  world: IdsWorld, door: IdDoor, ask: (ids: Readonly<Record<string, string | readonly string[]>>, raw: boolean, more: Readonly<Record<string, string>>) => Promise<Asked>,
): Promise<readonly string[]> {
  const { digest, doneSince, planted } = world;
  const { seq } = await doneSince(0);
  const before = await digest(door.spends);
  const right = rightIds(door, world.a);
  const faults: string[] = [];
  for (const wrong of wrongIds(door, world)) {
    const more = door.anew ? await door.anew(world) : {};
    const { status, text } = await ask({ ...right, [wrong.place]: wrong.value }, wrong.raw === true, more);
    const told = `${door.door}, ${wrong.place}: ${wrong.what}`;
    // What cannot be an id may be turned away before anybody looks whose it is.
    const fine = status === 404 || door.refusals?.includes(status) === true || (wrong.garbage === true && [400, 414, 422, 431].includes(status));
    if (!fine) faults.push(`${told}: ${status}`);
    faults.push(...planted.leaksIn(text).map(({ label, shape }) => `${told}: tells ${label} ${shape}`));
    if (text.includes('<script>alert(1)')) faults.push(`${told}: markup comes back`);
  }
  const after = await digest(door.spends);
  const { done } = await doneSince(seq);
  faults.push(...Object.keys(after).filter((table) => after[table] !== before[table]).map((table) => `${door.door}: changed ${table}`));
  if (!door.anew) faults.push(...done.map((action) => `${door.door}: the log says ${action} was done`));
  return faults;
}
