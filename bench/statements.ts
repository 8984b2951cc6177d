/**
 * Every SQL statement of a silent return and of a whole phone journey, counted on a gateway in this process. A statement
 * is a flow's where it was sent in answering one of its requests, whenever that was; what timers of the gateway send
 * meanwhile (job queue, lists, last uses of keys, health of vendors, housekeeping) is there however many flows there
 * are, and is given apart.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent } from 'node:http';
import { startGateway, type TestGateway } from '../test/support/gateway.ts';
import { discover, silentReturn } from './flow.ts';
import { sessionCookie, verify } from './journey.ts';

export interface Counted {
  /** Text of each statement, in order. */
  readonly silent: readonly string[];
  readonly journey: readonly string[];
  /** What no request asked for, while either was counted: by this is seen that nothing of a flow is missed. */
  readonly aside: readonly string[];
}

/** Between two looks at a waiting page, milliseconds: long enough that hardly any look is counted. */
const PATIENCE = 1500;

/** Count on a database of one's own. The first of everything is not counted: it fills caches of the process. */
export async function countStatements(database: Parameters<typeof startGateway>[0]['database']): Promise<Counted> {
  const answering = new AsyncLocalStorage<true>();
  const aside: string[] = [];
  let statements: string[] | undefined;
  const gateway: TestGateway = await startGateway({
    database,
    env: { TRUSTED_PROXY_HOPS: '1' },
    around: (answer) => answering.run(true, answer),
    replace: { onQuery: (sql) => statements && (answering.getStore() ? statements : aside).push(sql) },
  });
  const agent = new Agent({ keepAlive: true });
  try {
    const site = await discover({ name: 'gateway', origin: gateway.origin, ...gateway.key });
    const during = async (run: () => Promise<unknown>): Promise<readonly string[]> => {
      await run();
      const counted: string[] = [];
      statements = counted;
      await run();
      statements = undefined;
      return counted;
    };
    // The one look into the outbox stands for the person's phone: it is no part of a journey.
    const journey = (await during(() => verify(agent, site, { patience: PATIENCE }))).filter((text) => !/^select \* from "outbox_message"/i.test(text));
    const cookie = sessionCookie(await verify(agent, site), site);
    return { journey, silent: await during(() => silentReturn(agent, site, cookie)), aside };
  } finally {
    agent.destroy();
    await gateway.close();
  }
}
