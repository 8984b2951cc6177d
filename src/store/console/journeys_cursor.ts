/** Where a page of journeys ends: the last one's time and id, as text that tells nothing. */
import { GatehouseError } from '../../errors.ts';

export interface Cursor {
  readonly createdAt: number;
  readonly id: string;
}

export function cursorText({ createdAt, id }: Cursor): string {
  return Buffer.from(`${createdAt}:${id}`).toString('base64url');
}

/** @throws GatehouseError `bad_cursor` */
export function cursorOf(text: string): Cursor {
  const [, at, id] = (text.length <= 300 && /^(\d{1,15}):([\w-]{1,100})$/.exec(Buffer.from(text, 'base64url').toString('utf8'))) || [];
  if (at === undefined || id === undefined) throw new GatehouseError('bad_cursor', 400, 'this page of a list does not exist');
  return { createdAt: Number(at), id };
}
