/** Start, signals, stop. The only reader of the environment. */
import { createServer, type Server } from 'node:http';
import pino from 'pino';
import { configFrom, type Config } from './config.ts';
import { startDemo, type Demo } from './demo/demo.ts';
import { GatehouseError } from './errors.ts';
import { openGatehouse } from './gatehouse.ts';
import { answerClientErrors } from './http/client_error.ts';
import { masterKeysOf } from './master_keys.ts';
import { seedQuickstart, writeQuickstart } from './quickstart.ts';

/** Longest that requests under way may take after a stop was asked for, milliseconds. */
const DRAIN_MS = 10_000;

async function main(): Promise<void> {
  const config = configFrom(process.env);
  const logger = pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const gatehouse = await openGatehouse(config, (shared) => masterKeysOf(config, logger, shared), logger);
  const servers: Server[] = [];
  let demo: Demo | undefined;
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ event: 'stopping', signal }, 'draining and stopping');
    void Promise.all([...servers.map(drain), demo?.close()])
      .then(() => gatehouse.close())
      .then(() => process.exit(0), (thrown: unknown) => {
        logger.error({ event: 'stop_failed', error: thrown instanceof Error ? thrown.name : 'unknown' }, 'could not stop cleanly');
        process.exit(1);
      });
  };
  // From the first moment that anything is open: a signal must not tear the database away while the rest is set up.
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);

  try {
    const adminSetup = await gatehouse.adminSetup();
    let ready = `Gatehouse is ready at ${config.issuer}\n${adminSetup === undefined ? '' : `First administrator: ${adminSetup}\n`}`;
    if (config.quickstart) {
      const port = config.quickstart.demoPort ?? config.port + 1;
      demo = await startDemo({ issuer: config.issuer, port, outbox: `${config.issuer}/dev/outbox` }).catch((thrown: unknown) => refusePort(thrown, 'DEMO_PORT', port));
      const seeded = await seedQuickstart(gatehouse, config, demo);
      const facts = { ...seeded, ...(adminSetup === undefined ? {} : { adminSetup }) };
      await writeQuickstart(config.dataDir, facts);
      demo.use({ clientId: facts.clientId, clientSecret: facts.clientSecret });
      ready = announcement(facts, config);
    }
    // Last: whoever is answered finds everything in place.
    servers.push(...(await listen(config.host, config.port, gatehouse.callback)));
    if (config.console.own && gatehouse.consoleCallback) servers.push(...(await listen(config.console.own.host, config.console.own.port, gatehouse.consoleCallback)));
    process.stdout.write(ready);
  } catch (thrown) {
    if (stopping) return;
    await gatehouse.close();
    throw thrown;
  }
}

/** Say in the operator's words that a port cannot be had; any other failure is thrown on. */
function refusePort(thrown: unknown, setting: 'PORT' | 'DEMO_PORT', port: number): never {
  const code = (thrown as { code?: string }).code;
  if (code === 'EADDRINUSE') throw new GatehouseError('port_taken', 500, `port ${port} is taken by another program: stop that one, or choose another ${setting}`);
  if (code === 'EACCES') throw new GatehouseError('port_refused', 500, `port ${port} may not be used by this user: choose another ${setting}`);
  throw thrown;
}

/** Listen where the configuration says; without a host on both loopback addresses, so that `localhost` works either way. */
async function listen(host: string | undefined, port: number, callback: Parameters<typeof createServer>[1]): Promise<readonly Server[]> {
  if (host !== undefined) return [await listenOn(host, port, callback)];
  const first = await listenOn('127.0.0.1', port, callback);
  try {
    return [first, await listenOn('::1', port, callback)];
  } catch (thrown) {
    // A machine without IPv6 has one loopback address only; a port that is taken is still a refusal to start.
    if (['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes((thrown as { code?: string }).code ?? '')) return [first];
    throw thrown;
  }
}

function listenOn(host: string, port: number, callback: Parameters<typeof createServer>[1]): Promise<Server> {
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 130_000, headersTimeout: 20_000, keepAliveTimeout: 30_000 }, callback);
  answerClientErrors(server);
  return new Promise<Server>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  }).catch((thrown: unknown) => refusePort(thrown, 'PORT', port));
}

/** Take no new requests, finish those under way, then close what is left. */
function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const hard = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    // A browser keeps its connection after the last answer, and would hold up the stop until it is cut by force.
    const idle = setInterval(() => server.closeIdleConnections(), 100);
    server.close(() => {
      clearTimeout(hard);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function announcement(facts: { issuer: string; clientId: string; demo: string; outbox: string; adminSetup?: string | undefined }, config: Config): string {
  return [
    '',
    '  Gatehouse is ready.',
    '',
    `  Issuer        ${facts.issuer}`,
    `  Demo          ${facts.demo}   (start here)`,
    `  SMS outbox    ${facts.outbox}`,
    facts.adminSetup === undefined
      ? `  Console       ${config.console.origin}/admin`
      : `  Console       ${facts.adminSetup}   (the first administrator, once, within a day)`,
    `  Client id     ${facts.clientId}`,
    `  Secret etc.   ${config.dataDir}/quickstart.json`,
    '',
    '  Sandbox vendors, test key, development secrets: not for production.',
    '',
    '',
  ].join('\n');
}

main().catch((thrown: unknown) => {
  const error = thrown instanceof GatehouseError ? thrown : undefined;
  const code = error?.code ?? (thrown as { code?: string }).code ?? 'start_failed';
  process.stderr.write(`Gatehouse did not start (${code}): ${error?.message ?? (thrown instanceof Error ? thrown.message : 'unknown failure')}\n`);
  const cause: unknown = error?.cause;
  if (cause instanceof Error) process.stderr.write(`  because: ${cause.message}\n`);
  process.exit(1);
});
