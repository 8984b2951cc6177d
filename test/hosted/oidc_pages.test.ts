import { resolve } from 'node:path';
import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import { oidcPages } from '../../src/hosted/oidc_pages.ts';
import type { OidcPages } from '../../src/oidc/provider.ts';
import { makeCsrf } from '../../src/http/csrf.ts';
import { makeViews } from '../../src/http/views.ts';

const pages = oidcPages({ views: makeViews({ dir: resolve(import.meta.dirname, '../../views') }), csrf: makeCsrf(Buffer.alloc(32, 1)) });

/** What the library's error shows in a browser that asks for English. */
async function shown(clientName: string | undefined, code: string, status: number): Promise<{ status: number; body: string }> {
  const ctx = { query: {}, path: '/authorize/x', cookies: { get: () => undefined }, get: () => '', set: () => undefined, status: 0, body: '' };
  await pages.error(ctx as unknown as Context as Parameters<OidcPages['error']>[0], { code, description: undefined, status, clientName });
  return { status: ctx.status, body: ctx.body };
}

describe('a request that the library cannot answer', () => {
  it('names the application to go back to where it is known', async () => {
    const { status, body } = await shown('Harbour <Credit>', 'session_not_found', 400);
    expect(status).toBe(400);
    expect(body).toContain('data-page="stale"');
    expect(body).toContain('go back to Harbour &lt;Credit&gt; and start again');
  });

  it('says what to do where it is not', async () => {
    const { body } = await shown(undefined, 'session_not_found', 400);
    expect(body).toContain('go back to the application you came from and start again');
    expect(body).not.toContain('go back to Gatehouse');
  });

  it('is an error page with the code for everything else', async () => {
    const { status, body } = await shown('Harbour Credit', 'invalid_client', 401);
    expect(status).toBe(401);
    expect(body).toMatch(/data-page="error"[\s\S]*<code>invalid_client<\/code>/);
  });
});
