import { expect, test } from 'vitest';
import { hashOfToken, newToken, TOKEN_SHAPE } from '../../src/devices/token.ts';

test('tokens are 256 bits, never twice the same, and of their shape', () => {
  const tokens = Array.from({ length: 200 }, newToken);
  expect(new Set(tokens).size).toBe(200);
  expect(tokens.every((token) => TOKEN_SHAPE.test(token) && Buffer.from(token, 'base64url').length === 32)).toBe(true);
});

test.each(['', 'short', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}=`, `${'a'.repeat(42)} `, `${'a'.repeat(43)}\n`])('%j is no token', (text) => {
  expect(TOKEN_SHAPE.test(text)).toBe(false);
});

test('the hash is SHA-256 in hex', () => {
  // From the standard's own example (FIPS 180-4).
  expect(hashOfToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
