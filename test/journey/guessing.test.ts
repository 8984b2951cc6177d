import { expect, test } from 'vitest';
import { chanceOfGuessing, LEAST_CHOICES, MOST_GUESSED } from '../../src/journey/guessing.ts';

// Reckoned by hand: sums over C(n,k) 3^(n-k) / 4^n.
test.each([
  [{ questions: 5, right: 5, rounds: 1 }, 1 / 1024],
  [{ questions: 5, right: 4, rounds: 1 }, 16 / 1024],
  [{ questions: 5, right: 3, rounds: 1 }, 106 / 1024],
  [{ questions: 4, right: 4, rounds: 1 }, 1 / 256],
  [{ questions: 4, right: 3, rounds: 1 }, 13 / 256],
  [{ questions: 5, right: 4, rounds: 2 }, 1 - (1008 / 1024) ** 2],
  [{ questions: 4, right: 3, rounds: 2 }, 1 - (243 / 256) ** 2],
  [{ questions: 4, right: 5, rounds: 2 }, 0],
])('%o at four choices is passed by guesses with %d', (options, chance) => {
  expect(LEAST_CHOICES).toBe(4);
  expect(chanceOfGuessing(options)).toBeCloseTo(chance, 12);
});

test('more choices make guessing harder, one choice makes it certain', () => {
  const options = { questions: 4, right: 3, rounds: 1 };
  expect(chanceOfGuessing(options, 5)).toBeCloseTo(17 / 625, 12);
  expect(chanceOfGuessing(options, 1)).toBe(1);
});

test('every combination that options allow lies on one side of the limit or the other as the documents say', () => {
  const passing = [4, 5].flatMap((questions) => [3, 4, 5].flatMap((right) => [1, 2].flatMap((rounds) => {
    const chance = chanceOfGuessing({ questions, right, rounds });
    return right <= questions && chance <= MOST_GUESSED ? [`${right}/${questions}x${rounds}`] : [];
  })));
  expect(passing).toEqual(['3/4x1', '4/4x1', '4/4x2', '4/5x1', '4/5x2', '5/5x1', '5/5x2']);
});
