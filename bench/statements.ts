/** Every SQL statement of a silent return and of a whole phone journey, counted on a gateway in this process. */
import { Agent } from 'node:http';
import { startGateway, type TestGateway } from '../test/support/gateway.ts';
import { discover, silentReturn } from './flow.ts';
import { sessionCookie, verify } from './journey.ts';

export interface Counted {
  /** Text of each statement, in order. */
  readonly silent: readonly string[];
  readonly journey: readonly string[];
}

/** Between two looks at a waiting page, milliseconds: long enough that hardly any look is counted. */
const PATIENCE = 1500;

/** Count on a database of one's own. The first of everything is not counted: it fills caches of the process. */
export async function countStatements(database: Parameters<typeof startGateway>[0]['database']): Promise<Counted> {
  let statements: string[] = [];
  const gateway: TestGateway = await startGateway({
    database,
    env: { TRUSTED_PROXY_HOPS: '1' },
    replace: { onQuery: (sql) => statements.push(sql) },
  });
  const agent = new Agent({ keepAlive: true });
  try {
    const site = await discover({ name: 'gateway', origin: gateway.origin, ...gateway.key });
    const during = async (run: () => Promise<unknown>): Promise<readonly string[]> => {
      await run();
      statements = [];
      await run();
      return statements;
    };
    // The one look into the outbox stands for the person's phone: it is no part of a journey.
    const journey = (await during(() => verify(agent, site, { patience: PATIENCE }))).filter((text) => !/^select \* from "outbox_message"/i.test(text));
    const cookie = sessionCookie(await verify(agent, site), site);
    return { journey, silent: await during(() => silentReturn(agent, site, cookie)) };
  } finally {
    agent.destroy();
    await gateway.close();
  }
}
