/** For the tests of the capture pages' scripts: the film their camera plays, and what the pages post. */
import { writeFileSync } from 'node:fs';
import type { Route } from 'playwright-core';
import sharp from 'sharp';
import { passport, PEOPLE } from '../support/specimens/index.ts';

/** What a phone sees that is held over a passport page on a dark table. */
export async function film(path: string): Promise<void> {
  const page = await sharp(await passport(PEOPLE.andrew)).resize(930).linear(0.86, 0).toBuffer();
  const frame = await sharp({ create: { width: 1080, height: 1920, channels: 3, background: '#4a4038' } }).composite([{ input: page }]).jpeg({ quality: 90 }).toBuffer();
  writeFileSync(path, Buffer.concat([frame, frame]));
}

export interface Posted {
  readonly fields: Readonly<Record<string, string>>;
  readonly files: readonly { readonly name: string; readonly type: string; readonly start: string; readonly bytes: number }[];
  readonly accept: string;
}

/** The parts of a multipart body, as far as these tests look. */
export function posted(route: Route): Posted {
  const request = route.request();
  const type = request.headers()['content-type'] ?? '';
  const body = request.postDataBuffer()?.toString('latin1') ?? '';
  const fields: Record<string, string> = {};
  const files: Posted['files'][number][] = [];
  for (const part of body.split(`--${/boundary=(.+)$/.exec(type)?.[1]}`)) {
    const [head = '', ...rest] = part.split('\r\n\r\n');
    const name = /name="([^"]*)"/.exec(head)?.[1];
    if (name === undefined) continue;
    const content = rest.join('\r\n\r\n').replace(/\r\n$/, '');
    if (head.includes('filename=')) files.push({ name, type: /Content-Type: (.+)/.exec(head)?.[1]?.trim() ?? '', start: content.slice(0, 3), bytes: content.length });
    else fields[name] = content;
  }
  return { fields, files, accept: request.headers()['accept'] ?? '' };
}
