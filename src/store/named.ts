/**
 * Names for the statements of the hot path, so that PostgreSQL plans each once per connection and not at every use:
 * planning the joins of `records.ts` takes it several times as long as running them.
 *
 * Only marked statements are named, because a plan that is kept is made without knowing the parameters. A marked
 * statement lists its columns (a kept `*` fails after a migration), compares the columns of partial indexes with
 * literals (`ON CONFLICT … WHERE state = $1` finds no index then), and its text never varies.
 */
import { createHash } from 'node:crypto';

/** What a statement to be named ends with. */
export const PLANNED_ONCE = '/* planned once */';

/** A pooler in between gave the next statement to another connection, which knows no such name, or knows it already. */
const NAME_LOST: ReadonlySet<unknown> = new Set(['26000', '42P05']);

export interface Namer {
  /** A query for `pg`, with a name where it is marked. */
  query(text: string, values: readonly unknown[]): { readonly text: string; readonly values: unknown[]; readonly name?: string };
  /** Whether a failure came of the name alone; from then on nothing is named, and the statement may be repeated. */
  nameLost(thrown: unknown): boolean;
}

export function statementNamer(): Namer {
  const names = new Map<string, string>();
  let off = false;
  const nameOf = (text: string): string => {
    const known = names.get(text);
    if (known !== undefined) return known;
    const name = createHash('sha256').update(text).digest('base64url');
    names.set(text, name);
    return name;
  };
  return {
    query(text, values) {
      const query = { text, values: values as unknown[] };
      return off || !text.endsWith(PLANNED_ONCE) ? query : { ...query, name: nameOf(text) };
    },
    nameLost(thrown) {
      if (!NAME_LOST.has((thrown as { code?: unknown } | null)?.code)) return false;
      off = true;
      return true;
    },
  };
}
