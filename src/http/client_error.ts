import type { Server } from 'node:http';
import { problem, newReference } from './problem.ts';
import { GatehouseError } from '../errors.ts';

/** Node's own codes for requests it could not read, and what we say to them. */
const FAULTS: Readonly<Record<string, readonly [code: string, status: number, reason: string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 431, 'Request Header Fields Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 408, 'Request Timeout'],
};
const MALFORMED = ['bad_request', 400, 'Bad Request'] as const;

/** Answer requests that never became one (unreadable, too slow, headers too large) with a problem document of their own. */
export function answerClientErrors(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // The other side is gone: nobody is left to answer.
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const [code, status, reason] = FAULTS[error.code ?? ''] ?? MALFORMED;
    const body = JSON.stringify(problem(new GatehouseError(code, status, reason), reason, newReference()));
    socket.end(
      `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
}
