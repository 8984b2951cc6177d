import { randomInt } from 'node:crypto';

/** Three different two-digit numbers, the right one at a random place: the phone picks the one that the desktop shows. */
export function drawNumbers(): { number: string; choices: string[] } {
  const drawn = new Set<string>();
  while (drawn.size < 3) drawn.add(String(randomInt(10, 100)));
  const choices = [...drawn];
  const number = choices[randomInt(0, choices.length)];
  if (number === undefined) throw new RangeError('no number was drawn');
  return { number, choices };
}
