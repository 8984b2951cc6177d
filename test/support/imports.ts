/**
 * Which module imports what, read from the source text: enough for the house rules, and independent of any compiler.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export interface Import {
  /** Path of the importing file, relative to the root. */
  readonly file: string;
  /** As written, or for a relative one the path of the imported file relative to the root. */
  readonly target: string;
  readonly own: boolean;
  readonly line: number;
}

/** Every file below a folder with one of these endings, relative to the root, sorted. */
export function filesBelow(root: string, folder: string, endings: readonly string[]): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}

/** Source with comments blanked out, lines kept. Strings and templates are left as they are. */
export function withoutComments(source: string): string {
  const token = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return source.replace(token, (found) => (found.startsWith('/') ? found.replace(/[^\n]/g, ' ') : found));
}

// import … from, export … from, import 'x', import('x'). What stands between may not hold a quote, `;` or `=`, so that
// a match never runs over into the next statement.
const STATEMENT = /(?:^|[\s;}])(?:import|export)\s(?:[^'";=]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;

/** The imports of one file. */
export function importsOf(root: string, file: string): readonly Import[] {
  const source = withoutComments(readFileSync(join(root, file), 'utf8'));
  return [...source.matchAll(STATEMENT)].map((match) => {
    const written = match[1] ?? match[2] ?? '';
    const own = written.startsWith('.');
    return {
      file,
      own,
      target: own ? relative(root, join(root, dirname(file), written)) : written,
      line: source.slice(0, (match.index ?? 0) + match[0].length).split('\n').length,
    };
  });
}

/** `@scope/name/deep` → `@scope/name`; `node:` modules stay. */
export function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
