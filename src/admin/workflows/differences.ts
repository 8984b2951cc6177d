/** What differs between two definitions, setting by setting. Pure. */

export interface Difference {
  /** Dotted path: `options.match.atLeast`, `nodes.kba.routes.fail`. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** As JSON, long ones cut; empty where there was nothing. */
  readonly before: string;
  readonly after: string;
}

/** Letters of a value that are shown. */
const MOST_LETTERS = 240;

/**
 * Everything that differs, by path. Lists are compared as a whole, but for those of things with names of their own, which
 * are compared by these, and by their order; objects by their settings; the order of settings does not count, nor does a
 * setting that is not there differ from one that is undefined.
 *
 * @param before undefined: everything is new
 */
export function differences(before: unknown, after: unknown): readonly Difference[] {
  return [...walk('', before, after)];
}

function* walk(path: string, one: unknown, other: unknown): Generator<Difference> {
  const [before, after] = named(one) || named(other) ? [byName(one), byName(other)] : [one, other];
  if (isPlain(before) && isPlain(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
    for (const name of names) yield* walk(path === '' ? name : `${path}.${name}`, own(before, name), own(after, name));
    yield* order(path, one, other);
    return;
  }
  const [was, is] = [textOf(before), textOf(after)];
  if (was === is) return;
  yield { path, kind: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed', before: cut(was), after: cut(is) };
}

/** Things with names that stand in both, in another order. */
function* order(path: string, one: unknown, other: unknown): Generator<Difference> {
  if (!named(one) || !named(other)) return;
  const common = (from: typeof one, to: typeof one): readonly string[] => from.map(({ name }) => name).filter((name) => to.some((also) => also.name === name));
  const [was, is] = [textOf(common(one, other)), textOf(common(other, one))];
  if (was !== is) yield { path: `${path}.order`, kind: 'changed', before: cut(was), after: cut(is) };
}

/** Whether it is a list of things that all have a name, each its own. */
function named(value: unknown): value is readonly { readonly name: string }[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every((one: unknown) => isPlain(one) && typeof own(one, 'name') === 'string')) return false;
  return new Set((value as readonly { readonly name: string }[]).map(({ name }) => name)).size === value.length;
}

function byName(value: unknown): unknown {
  return named(value) ? Object.fromEntries(value.map((one) => [one.name, one])) : Array.isArray(value) && value.length === 0 ? {} : value;
}

/** A target is one setting, not two: what counts is where a route leads. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  return !(names.length === 1 && (names[0] === 'go' || names[0] === 'end'));
}

function own(from: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(from, name) ? from[name] : undefined;
}

function textOf(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(sorted(value));
}

/** With the settings of each object in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [name, sorted(one)]));
}

function cut(text: string): string {
  return text.length <= MOST_LETTERS ? text : `${text.slice(0, MOST_LETTERS)}… (${text.length} characters, ${short(text)})`;
}

/** Tells two long values apart whose beginnings are alike. */
function short(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
