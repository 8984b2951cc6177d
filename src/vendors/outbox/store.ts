/**
 * Where the outbox keeps its messages. Declared here because the outbox needs it; the database folder implements it.
 */
import type { Personal } from '../../personal.ts';

export interface OutboxEntry {
  readonly to: Personal<string>;
  readonly body: Personal<string>;
  readonly link: Personal<string>;
  /** Epoch milliseconds. */
  readonly sentAt: number;
}

export interface OutboxMessage extends OutboxEntry {
  readonly id: string;
}

export interface OutboxStore {
  /** Keep a message; a second one with the same id changes nothing. */
  add(message: OutboxMessage): Promise<void>;
  /** The newest messages first, at most `limit`. */
  list(limit: number): Promise<readonly OutboxEntry[]>;
}
