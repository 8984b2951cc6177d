import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { freePort } from '../support/ports.ts';
import { describeDatabases } from '../support/postgres.ts';

describeDatabases('where the console is', ({ fresh }) => {
  test('with a port of its own it is there, under that origin, and nowhere else', async () => {
    const database = await fresh();
    const port = await freePort();
    const gateway = await startGateway({ database, env: { ADMIN_PORT: String(port) } });
    const server = createServer(gateway.gatehouse.consoleCallback);
    await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
    try {
      expect((await fetch(`${gateway.origin}/admin/sign-in`, { redirect: 'manual' })).status).toBe(404);
      expect((await fetch(`${gateway.origin}/admin/api/v1/openapi.json`)).status).toBe(404);
      const own = `http://127.0.0.1:${port}`;
      const front = await fetch(`${own}/admin`, { redirect: 'manual' });
      expect([front.status, front.headers.get('location')]).toEqual([303, '/admin/sign-in']);
      expect(front.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      const described = (await (await fetch(`${own}/admin/api/v1/openapi.json`)).json()) as { servers: { url: string }[] };
      expect(described.servers[0]?.url).toBe(`http://localhost:${port}/admin/api/v1`);
      // The OIDC server is not reachable by the staff's port.
      expect((await fetch(`${own}/.well-known/openid-configuration`)).status).toBe(404);
      expect((await fetch(`${own}/assets/admin.css`)).status).toBe(200);
    } finally {
      server.close();
      server.closeAllConnections();
      await gateway.close();
      await database.drop();
    }
  });

  test('without one it is at the issuer', async () => {
    const database = await fresh();
    const gateway = await startGateway({ database });
    expect(gateway.gatehouse.consoleCallback).toBeUndefined();
    expect((await fetch(`${gateway.origin}/admin`, { redirect: 'manual' })).headers.get('location')).toBe('/admin/sign-in');
    await gateway.close();
    await database.drop();
  });
});
