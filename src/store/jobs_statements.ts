/**
 * Takes a text of several SQL statements apart. The job queue sends some of its work as one text, which only a
 * connection's simple protocol accepts; through Kysely every statement goes by itself.
 */

/**
 * The statements of a text, in their order, without what separates them. Semicolons within quotes, names, comments and
 * dollar quotes separate nothing. Pure.
 */
export function statementsOf(text: string): readonly string[] {
  const statements: string[] = [];
  let from = 0;
  let at = 0;
  const end = (): void => {
    const statement = text.slice(from, at).trim();
    if (withoutComments(statement) !== '') statements.push(statement);
    from = at + 1;
  };
  while (at < text.length) {
    if (text[at] === ';') {
      end();
      at += 1;
    } else {
      at = after(text, at);
    }
  }
  end();
  return statements;
}

/** Where the token that begins at `at` is over: a whole quoted text, or one character. */
function after(text: string, at: number): number {
  const rest = text.slice(at, at + 64);
  const quote = rest[0];
  if (quote === "'" || quote === '"') return closing(text, quote, at + 1);
  if (rest.startsWith('--')) return closing(text, '\n', at + 2);
  if (rest.startsWith('/*')) return closing(text, '*/', at + 2);
  const dollar = /^\$(?:[A-Za-z_]\w*)?\$/.exec(rest)?.[0];
  return dollar === undefined ? at + 1 : closing(text, dollar, at + dollar.length);
}

/** Behind the next `what`; a doubled quote opens the text again at once, which comes to the same. */
function closing(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found < 0 ? text.length : found + what.length;
}

function withoutComments(statement: string): string {
  return statement.replaceAll(/--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\//g, '').trim();
}
