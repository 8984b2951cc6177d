/**
 * A TCP proxy in front of PostgreSQL that can lose connections the way networks and restarts do.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { pause } from './ports.ts';

/** `before`: the statement never arrives. `after`: it arrives and takes effect, but its answer is lost. */
export type CutMoment = 'before' | 'after';

export interface FaultPostgres {
  /** The database's address, by way of the proxy. */
  readonly url: string;
  /** How many connections are open now. */
  readonly open: () => number;
  /** Break every open connection; new ones are taken. */
  cut(): void;
  /** Break every connection and refuse new ones until `accept`. */
  refuse(): void;
  accept(): void;
  /** Refuse for some milliseconds, as a restart does. */
  outage(milliseconds: number): Promise<void>;
  /**
   * Break the connection on which the client next sends this text (a piece of SQL, exactly as sent; parameters travel
   * apart). Resolves once it happened.
   */
  cutOn(text: string, moment: CutMoment): Promise<void>;
  close(): Promise<void>;
}

interface Trap {
  readonly text: Buffer;
  readonly moment: CutMoment;
  readonly sprung: () => void;
}

/** Start it before the database of this address; TLS is not expected on the way. */
export async function startFaultPostgres(databaseAddress: string): Promise<FaultPostgres> {
  const target = new URL(databaseAddress);
  const pairs = new Set<readonly [Socket, Socket]>();
  let refusing = false;
  let trap: Trap | undefined;

  const server = createServer((client) => {
    client.on('error', () => undefined);
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    const database = connect(Number(target.port || '5432'), target.hostname);
    database.on('error', () => undefined);
    const pair = [client, database] as const;
    pairs.add(pair);
    const part = (): void => {
      pairs.delete(pair);
      client.destroy();
      database.destroy();
    };
    client.on('close', part);
    database.on('close', part);

    let deaf = false;
    client.on('data', (chunk: Buffer) => {
      const caught = trap !== undefined && chunk.includes(trap.text) ? trap : undefined;
      if (caught) trap = undefined;
      if (caught?.moment === 'before') {
        client.resetAndDestroy();
        caught.sprung();
        return;
      }
      database.write(chunk);
      if (caught) {
        // The first bytes of the answer say that the statement was carried out; the client never sees them.
        deaf = true;
        database.once('data', () => {
          client.resetAndDestroy();
          caught.sprung();
        });
      }
    });
    database.on('data', (chunk: Buffer) => {
      if (!deaf) client.write(chunk);
    });
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  const through = new URL(target.href);
  through.hostname = '127.0.0.1';
  through.port = String((server.address() as AddressInfo).port);

  const cut = (): void => {
    for (const [client, database] of pairs) {
      client.resetAndDestroy();
      database.destroy();
    }
  };
  const refuse = (): void => {
    refusing = true;
    cut();
  };
  const accept = (): void => {
    refusing = false;
  };
  return {
    url: through.href,
    open: () => pairs.size,
    cut,
    refuse,
    accept,
    outage: async (milliseconds) => {
      refuse();
      await pause(milliseconds);
      accept();
    },
    cutOn: (text, moment) => new Promise((sprung) => {
      trap = { text: Buffer.from(text), moment, sprung };
    }),
    close: () => new Promise((closed) => {
      server.close(() => closed());
      cut();
    }),
  };
}
