/** Differences in words, for people who never saw the file; the path that programs know stands below. Pure. */
import type { Difference } from './differences.ts';
import { OPTION_FIELDS, OPTION_GROUPS } from './option_fields.ts';
import { END_TEXTS, STEP_TEXTS, outcomeTitle } from './step_texts.ts';

export interface SaidDifference extends Difference {
  /** What is called so in the forms; empty for what no form has. */
  readonly title: string;
  /** The values in words; empty where they are shown as they are. */
  readonly beforeText: string;
  readonly afterText: string;
}

/** Differences with the words of the forms in which they were made. */
export function saidDifferences(changes: readonly Difference[]): readonly SaidDifference[] {
  return changes.map((change) => ({ ...change, title: titleOf(change.path), beforeText: valueText(change.before), afterText: valueText(change.after) }));
}

const FIELDS = new Map(OPTION_FIELDS.map((field) => [field.path, field]));

function titleOf(path: string): string {
  if (path === 'name') return 'Name';
  if (path === 'entry') return 'Begins with';
  const parts = path.split('.');
  if (parts[0] === 'nodes') return nodePath(parts.slice(1));
  if (parts[0] !== 'options') return '';
  for (let length = parts.length; length > 1; length -= 1) {
    const field = FIELDS.get(parts.slice(1, length).join('.'));
    if (field) return [OPTION_GROUPS[field.group].title, field.label, ...parts.slice(length)].join(' › ');
  }
  return '';
}

/** `kba.routes.fail` is “Questions › fail”. */
function nodePath([name = '', routes, outcome, ...rest]: readonly string[]): string {
  if (routes === undefined) return `Step ${stepTitle(name)}`;
  return routes === 'routes' && outcome !== undefined && rest.length === 0 ? `${stepTitle(name)} › ${outcomeTitle(outcome)}` : '';
}

/** A node that has a name of its own is called by that. */
function stepTitle(name: string): string {
  return Object.hasOwn(STEP_TEXTS, name) ? STEP_TEXTS[name as keyof typeof STEP_TEXTS].title : name;
}

/** Where a route leads, and switches, in words. A long value that was cut is no JSON, and stays as it is. */
function valueText(value: string): string {
  if (value === 'true') return 'yes';
  if (value === 'false') return 'no';
  const [, kind, target] = /^\{"(go|end)":"([a-z0-9_]+)"\}$/.exec(value) ?? [];
  if (kind === undefined || target === undefined) return '';
  if (kind === 'go') return stepTitle(target);
  return Object.hasOwn(END_TEXTS, target) ? END_TEXTS[target as keyof typeof END_TEXTS].title : target;
}
