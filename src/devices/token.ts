/** The device cookie's value: opaque and random, known to its browser alone; the database holds its hash. */
import { createHash, randomBytes } from 'node:crypto';

/** How long the cookie before a rotation stays good, milliseconds: tabs that were loaded together do not lose each other. */
export const OVERLAP_MS = 60_000;

/** What a token looks like: 256 bits, base64url. */
export const TOKEN_SHAPE = /^[A-Za-z0-9_-]{43}$/;

/** A fresh token. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a token (SHA-256, hex). It needs no key: nobody guesses 256 random bits. */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
