/** Styles, scripts and icons. Read once at start: nothing below `/assets` ever touches the disk on a request. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { stripTypeScriptTypes } from 'node:module';
import type { Middleware } from 'koa';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

interface Asset {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
}

export interface AssetSources {
  /** Folders whose files are served under `/assets/`; `.ts` files are served as `.js`, types stripped. */
  readonly folders: readonly URL[];
  /** Single files, by their path below `/assets/`. */
  readonly files: Readonly<Record<string, URL>>;
  /** `/assets/theme/<rrggbb>.css`. */
  readonly themeCss: (accent: string) => string;
}

/** Load everything and give the middleware that serves it. */
export async function assets(sources: AssetSources): Promise<Middleware> {
  const known = new Map<string, Asset>();
  const add = (path: string, body: Buffer): void => {
    const type = TYPES[extname(path)];
    if (type) known.set(`/assets/${path}`, asset(body, type));
  };
  for (const folder of sources.folders) {
    for (const name of await readdir(folder)) {
      if (extname(name) === '.ts') {
        const source = await readFile(new URL(name, folder), 'utf8');
        add(name.replace(/\.ts$/, '.js'), Buffer.from(browserScript(source)));
      } else if (TYPES[extname(name)]) add(name, await readFile(new URL(name, folder)));
    }
  }
  for (const [path, file] of Object.entries(sources.files)) add(path, await readFile(file));

  return async (ctx, next) => {
    if (!ctx.path.startsWith('/assets/') || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
    const theme = /^\/assets\/theme\/([0-9a-f]{6})\.css$/.exec(ctx.path)?.[1];
    const found = theme === undefined ? known.get(ctx.path) : asset(Buffer.from(sources.themeCss(`#${theme}`)), TYPES['.css'] ?? '');
    if (!found) return next();
    ctx.set('Cache-Control', 'public, max-age=300');
    ctx.set('ETag', found.etag);
    ctx.type = found.type;
    ctx.status = 200;
    if (ctx.fresh) ctx.status = 304;
    else ctx.body = found.body;
  };
}

/** A script as browsers take it: without types, its neighbours called by the names they are served under. */
export function browserScript(source: string): string {
  return stripTypeScriptTypes(source).replace(/(\b(?:from|import)\s*'\.\/[\w-]+)\.ts'/g, "$1.js'");
}

function asset(body: Buffer, type: string): Asset {
  return { body, type, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}
