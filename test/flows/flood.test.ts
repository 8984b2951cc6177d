/** One address cannot flood the pages, and a flood of pages does not stop the applications. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setScene, type Scene } from './scene.ts';

describe('the dam against floods', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({ env: { REQUESTS_PER_MINUTE: '10', TRUSTED_PROXY_HOPS: '1' } });
  });
  afterAll(() => scene.close());

  const get = (path: string, address: string): Promise<Response> =>
    fetch(`${scene.gateway.origin}${path}`, { headers: { 'x-forwarded-for': address, accept: 'application/json' }, redirect: 'manual' });
  const statuses = async (path: string, addresses: readonly string[]): Promise<readonly number[]> => {
    const seen: number[] = [];
    for (const address of addresses) seen.push((await get(path, address)).status);
    return seen;
  };

  it('answers the eleventh page of a minute with 429 and when to come back, and other people as before', async () => {
    expect(await statuses('/healthz', Array.from({ length: 10 }, () => '198.51.100.7'))).toEqual(Array.from({ length: 10 }, () => 200));
    const refused = await get('/healthz', '198.51.100.7');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'too_many_requests', status: 429 });
    expect((await get('/healthz', '198.51.100.8')).status).toBe(200);
    // The application's server may stand behind the same address.
    expect((await get('/jwks', '198.51.100.7')).status).toBe(200);
  });

  it('counts one customer of an IPv6 network as one', async () => {
    const addresses = Array.from({ length: 11 }, (_, index) => `2001:db8:1:2::${index + 1}`);
    expect(await statuses('/healthz', addresses)).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
    expect((await get('/healthz', '2001:db8:1:3::1')).status).toBe(200);
  });
});
