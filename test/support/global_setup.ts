/**
 * Hands out databases to the test files of one run. The servers are started by the first file that asks, so that a
 * run of pure tests pays nothing; a failed start fails every test that asked, with PostgreSQL's own words.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import type { DatabaseAddress } from '../../src/store/database.ts';
import { pgliteClones, postgresClones, type Clones } from './clones.ts';

/** The two kinds of database that every database-touching suite runs on. */
export type DatabaseKind = DatabaseAddress['kind'];

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the process that hands out databases. */
    databases: string;
  }
}

async function text(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started: Partial<Record<DatabaseKind, Promise<Clones>>> = {};
  const clones = (kind: DatabaseKind): Promise<Clones> =>
    (started[kind] ??= kind === 'postgres' ? postgresClones(process.env['TEST_DATABASE_URL']) : pgliteClones());

  const answer = async (request: IncomingMessage): Promise<unknown> => {
    if (request.url === '/clone/postgres') return (await clones('postgres')).clone();
    if (request.url === '/clone/pglite') return (await clones('pglite')).clone();
    if (request.url === '/drop') {
      const address = JSON.parse(await text(request)) as DatabaseAddress;
      await (await clones(address.kind)).drop(address);
      return {};
    }
    throw new Error(`no such request: ${request.url}`);
  };
  const broker: Server = createServer((request, response) => {
    answer(request).then(
      (value) => response.end(JSON.stringify(value)),
      (thrown: unknown) => {
        response.statusCode = 500;
        response.end(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
      },
    );
  });
  await new Promise<void>((listening) => broker.listen(0, '127.0.0.1', listening));
  project.provide('databases', `http://127.0.0.1:${(broker.address() as AddressInfo).port}`);

  return async () => {
    broker.close();
    broker.closeAllConnections();
    // What failed to start has nothing to close, and was reported to the tests that asked for it.
    for (const pending of Object.values(started)) await pending.then((ready) => ready.close(), () => undefined);
  };
}
