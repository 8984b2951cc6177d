/**
 * Names for statements, so that PostgreSQL plans each once per connection and not at every use: planning the joins of
 * `records.ts` takes it several times as long as running them.
 */
import { createHash } from 'node:crypto';

/** Texts that vary without end (lists of changing length) must not fill the server's memory with plans. */
const MOST = 256;

/** A plan keeps the columns it was made with, and `*` may mean others after a migration: such a statement fails then. */
const ANY_COLUMNS = /(?<!count\()\*/i;

/** A pooler in between gave the next statement to another connection, which knows no such name. */
const NAME_LOST = new Set(['26000', '42P05']);

export interface Namer {
  /** A query for `pg`, named where that is safe. */
  query(text: string, values: readonly unknown[]): { readonly text: string; readonly values: unknown[]; readonly name?: string };
  /** Whether a failure came of the name alone; from then on nothing is named, and the statement may be repeated. */
  nameLost(thrown: unknown): boolean;
}

export function statementNamer(): Namer {
  const names = new Map<string, string | undefined>();
  let off = false;
  const nameOf = (text: string): string | undefined => {
    if (off) return undefined;
    const known = names.get(text);
    if (known !== undefined || names.has(text) || names.size >= MOST) return known;
    const name = ANY_COLUMNS.test(text) ? undefined : createHash('sha256').update(text).digest('base64url').slice(0, 22);
    names.set(text, name);
    return name;
  };
  return {
    query(text, values) {
      // Without parameters there is one round trip for text and all; a name would make it no shorter.
      const name = values.length === 0 ? undefined : nameOf(text);
      return { text, values: values as unknown[], ...(name === undefined ? {} : { name }) };
    },
    nameLost(thrown) {
      if (!NAME_LOST.has((thrown as { code?: string } | null)?.code ?? '')) return false;
      off = true;
      return true;
    },
  };
}
