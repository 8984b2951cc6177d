import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { readJson } from '../../src/http/json.ts';

const request = (text: string, type = 'application/json'): IncomingMessage => Object.assign(Readable.from([Buffer.from(text)]), { headers: { 'content-type': type } }) as unknown as IncomingMessage;
const code = (text: string, type?: string) => readJson(request(text, type), 1024).then(() => 'read', (thrown: { readonly code?: string }) => thrown.code);

describe('a JSON body', () => {
  test('is read', async () => {
    expect(await readJson(request('{"a":["\\u00e9",1]}'), 1024)).toEqual({ a: ['é', 1] });
  });

  test.each([
    ['a text', String.raw`"x\u0000y"`], ['a name', String.raw`{"\u0000":1}`], ['something deep down', String.raw`{"a":[{"b":"\u0000"}]}`], ['what follows an escaped backslash', String.raw`"\\\u0000"`],
  ])('that holds a NUL in %s is refused', async (_where, text) => {
    expect(JSON.stringify(JSON.parse(text))).toContain(String.raw`\u0000`);
    expect(await code(text)).toBe('bad_json');
  });

  test('that only speaks of one is none', async () => {
    expect(await readJson(request(String.raw`"\\u0000"`), 1024)).toBe(String.raw`\u0000`);
  });

  test('is refused where it is none, or comes under another name', async () => {
    expect(await code('{')).toBe('bad_json');
    expect(await code('{}', 'text/plain')).toBe('unsupported_media_type');
  });
});
