/**
 * A reverse proxy that gives each request to the next gateway, so that no request of a journey meets the process of
 * the one before. It keeps the Host header and adds the usual forwarding headers.
 */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RoundRobinProxy {
  readonly origin: string;
  /** Which backend answered what, oldest first. */
  readonly served: readonly { readonly method: string; readonly path: string; readonly backend: string; readonly status: number }[];
  /** Replace the backends, as in a rolling restart. */
  use(backends: readonly string[]): void;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly port?: number;
  /** What X-Forwarded-Proto says: `https` plays a proxy that ends TLS. */
  readonly protocol?: 'http' | 'https';
}

/** Start it in front of some origins. A backend that cannot be reached is passed over: nothing was sent to it yet. */
export async function startRoundRobin(backends: readonly string[], options: ProxyOptions = {}): Promise<RoundRobinProxy> {
  let current = backends;
  let turn = 0;
  const served: { method: string; path: string; backend: string; status: number }[] = [];

  const forward = (request: IncomingMessage, response: ServerResponse, body: Buffer, tries: number): void => {
    const backend = current[turn++ % current.length];
    if (backend === undefined || tries <= 0) {
      response.writeHead(502, { 'content-type': 'text/plain' }).end('no gateway can be reached');
      return;
    }
    const before = request.headers['x-forwarded-for'];
    const remote = request.socket.remoteAddress ?? '';
    const target = new URL(request.url ?? '/', backend);
    const outgoing = httpRequest(
      target,
      {
        method: request.method,
        agent: false,
        headers: {
          ...request.headers,
          connection: 'close',
          'x-forwarded-for': before === undefined ? remote : `${String(before)}, ${remote}`,
          'x-forwarded-host': request.headers.host ?? '',
          'x-forwarded-proto': options.protocol ?? 'http',
        },
      },
      (incoming) => {
        served.push({ method: request.method ?? '', path: target.pathname, backend, status: incoming.statusCode ?? 0 });
        response.writeHead(incoming.statusCode ?? 502, incoming.rawHeaders);
        incoming.pipe(response);
        incoming.on('error', () => response.destroy());
      },
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') forward(request, response, body, tries - 1);
      else if (response.headersSent) response.destroy();
      else response.writeHead(502, { 'content-type': 'text/plain' }).end('the gateway broke off');
    });
    outgoing.end(body);
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => forward(request, response, Buffer.concat(chunks), current.length));
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(options.port ?? 0, '127.0.0.1', listening);
  });
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    served,
    use: (others) => {
      current = others;
    },
    close: () => new Promise((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    }),
  };
}
