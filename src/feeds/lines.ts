import { setImmediate } from 'node:timers/promises';

/** Lines between two breaths: about a millisecond or two of work. */
const SLICE = 1000;

/**
 * Every line of a text that holds something, trimmed; a line at a time so that nothing is copied as a whole, and with
 * pauses, so that requests are answered while a long list is read.
 */
export async function eachLine(text: string, take: (line: string) => void): Promise<void> {
  let count = 0;
  for (let at = text.startsWith('\uFEFF') ? 1 : 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? text.length : end).trim();
    if (line !== '') take(line);
    at = end < 0 ? text.length : end + 1;
    count += 1;
    if (count % SLICE === 0) await setImmediate();
  }
}
