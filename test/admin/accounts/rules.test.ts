import { describe, expect, test } from 'vitest';
import { confirmationOf, isConfirmed, isId, mergeRefusals, phoneOf, reasonOf, type MergeSide } from '../../../src/admin/accounts/rules.ts';

describe('rules of accounts', () => {
  test('a reason says something, within bounds', () => {
    expect(reasonOf('  asked  by\nthe person ')).toBe('asked by the person');
    for (const bad of [undefined, '', 'too short', '         x         ', 'x'.repeat(501)]) expect(reasonOf(bad)).toBeUndefined();
  });

  test('what is typed to confirm is the beginning of the id, and nothing else', () => {
    expect(confirmationOf('3f0c6f52-8a3b')).toBe('3f0c6f52');
    expect(isConfirmed('3f0c6f52-8a3b', ' 3F0C6F52 ')).toBe(true);
    for (const bad of [undefined, '', '3f0c6f5', '3f0c6f52-8a3b', 'yes']) expect(isConfirmed('3f0c6f52-8a3b', bad)).toBe(false);
  });

  test('ids and phones', () => {
    expect(['a-b_1', '', 'a/b', '../x', 'x'.repeat(65), "a'b"].map(isId)).toEqual([true, false, false, false, false, false]);
    expect(['+1 (407) 555-0101', '407.555.0101', '1 407 555 0101', '+44 20 7946 0018', 'abc', '+0123456789', '555'].map(phoneOf))
      .toEqual(['+14075550101', '+14075550101', '+14075550101', '+442079460018', undefined, undefined, undefined]);
  });

  test('who cannot be merged', () => {
    const a: MergeSide = { id: 'a', state: 'active', mode: 'live', held: false };
    const b: MergeSide = { ...a, id: 'b' };
    expect(mergeRefusals(a, b)).toEqual([]);
    const table: readonly (readonly [MergeSide | undefined, MergeSide | undefined, string])[] = [
      [undefined, b, 'not_found'], [a, undefined, 'not_found'], [a, a, 'same_account'], [{ ...a, state: 'merged' }, b, 'already_merged'], [a, { ...b, state: 'merged' }, 'already_merged'],
      [{ ...a, state: 'erased' }, b, 'erased'], [a, { ...b, state: 'erasing' }, 'erased'], [{ ...a, held: true }, b, 'held'], [a, { ...b, held: true }, 'held'],
      [a, { ...b, mode: 'test' }, 'mode_differs'], [{ ...a, mode: undefined }, { ...b, mode: undefined }, 'mode_unknown'],
    ];
    for (const [source, target, code] of table) expect(mergeRefusals(source, target)).toEqual([code]);
  });
});
