/** The worker that tells applications of an end: nobody waits behind many, and nothing waits for the next round where more is there. */
import { expect, it, vi } from 'vitest';
import { startLogouts, type LogoutQueue, type TakenLogout } from '../../src/oidc/logouts.ts';

/** Longer than any test: only what the worker does by itself counts. */
const NEVER = 1_000_000;

it('goes on at once while blocks are looked up or many are due, one look-up between', async () => {
  const due: TakenLogout[] = Array.from({ length: 12 }, (_, nr) => ({ clientId: 'app', accountId: `due ${nr}`, sid: undefined, claim: nr }));
  let blocks = 15;
  const seen: string[] = [];
  const queue: LogoutQueue = {
    async take(most) {
      const taken = due.splice(0, most);
      seen.push(`took ${taken.length}`);
      return taken;
    },
    async lookUp() {
      if (blocks === 0) return false;
      blocks -= 1;
      seen.push('looked up');
      due.push({ clientId: 'app', accountId: `hit ${blocks}`, sid: undefined, claim: blocks });
      return true;
    },
    settle: async (taken) => void told.push(taken.accountId),
  };
  const told: string[] = [];
  // A key that names no address is told by being left alone.
  const oidc = { provider: () => ({ Client: { find: async () => undefined } }) } as unknown as Parameters<typeof startLogouts>[0]['oidc'];
  const worker = startLogouts({ oidc, queue, logger: { warn: () => undefined } as unknown as Parameters<typeof startLogouts>[0]['logger'], everyMs: NEVER });
  worker.nudge();
  await vi.waitFor(() => expect(told).toHaveLength(27), { timeout: 20_000 });
  expect(seen.slice(0, 6)).toEqual(['took 10', 'looked up', 'took 3', 'looked up', 'took 1', 'looked up']);
  await worker.stop();
});
