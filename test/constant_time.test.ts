import { expect, test } from 'vitest';
import { sameSecret } from '../src/constant_time.ts';

test('the same secret is the same, as text and as bytes; another, a shorter one and none are not', () => {
  expect(sameSecret('hunter2', 'hunter2')).toBe(true);
  expect(sameSecret(Buffer.from('hunter2'), 'hunter2')).toBe(true);
  for (const other of ['hunter3', 'hunter', 'hunter22', 'Hunter2', '']) expect(sameSecret('hunter2', other), other).toBe(false);
});
