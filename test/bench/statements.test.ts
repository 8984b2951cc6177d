/** How many SQL statements the paths that matter cost (SPEC 14). Counts only: times are for `npm run bench`. */
import { expect, it } from 'vitest';
import { countStatements, type Counted } from '../../bench/statements.ts';
import { describeDatabases } from '../support/postgres.ts';

/** Statements as a failure shows them. */
const listed = (statements: readonly string[]): string => statements.map((text) => text.replace(/\s+/g, ' ').slice(0, 120)).join('\n');

describeDatabases('SQL statements', (database) => {
  let counting: Promise<Counted> | undefined;
  const counted = (): Promise<Counted> =>
    (counting ??= (async () => {
      const fresh = await database.fresh();
      try {
        return await countStatements(fresh);
      } finally {
        await fresh.drop();
      }
    })());

  it('of a silent return, from authorize to userinfo, are at most 7 all told', async () => {
    const { silent } = await counted();
    expect(silent.length, listed(silent)).toBeGreaterThan(0);
    expect(silent.length, listed(silent)).toBeLessThanOrEqual(7);
  });

  it('of a silent return write three times: that somebody came back, the code, and its use together with the token', async () => {
    const writes = (await counted()).silent.filter((text) => /\b(?:INSERT INTO|UPDATE|DELETE FROM)\b/.test(text.replace('DO UPDATE', '')));
    expect(writes.length, listed(writes)).toBe(3);
    expect(writes.filter((text) => text.includes('INSERT INTO silent_return')), listed(writes)).toHaveLength(1);
  });

  it('of a whole phone journey, with every page on two devices, and both devices known in the end, stay below 160', async () => {
    const { journey } = await counted();
    expect(journey.length, listed(journey)).toBeGreaterThan(0);
    expect(journey.length, listed(journey)).toBeLessThanOrEqual(160);
  });

  it('are all of the flows: nothing that timers sent meanwhile writes what a flow is made of', async () => {
    const { journey, aside } = await counted();
    const write = /(?:INSERT INTO|UPDATE)\s+"?(?:journey|oidc|account|device|ticket|session|sighting|silent|outbox|velocity)/i;
    expect(journey.filter((text) => write.test(text)).length, listed(journey)).toBeGreaterThan(0);
    expect(aside.filter((text) => write.test(text)), listed(aside)).toEqual([]);
  });
});
