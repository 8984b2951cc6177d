import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Planted } from './planted.ts';

const NAME = 'Zoë O\'Xquist';
const PHONE = '+14075550142';

describe('the leak detector', () => {
  const planted = new Planted({ name: NAME, phone: PHONE });

  it.each([
    ['as it is', `hello ${NAME}!`],
    ['upper case', NAME.toUpperCase()],
    ['URL-encoded', `/x?n=${encodeURIComponent(NAME)}`],
    ['a form body', new URLSearchParams({ n: NAME }).toString()],
    ['HTML', '<b>Zoë O&#39;Xquist</b>'],
    ['without accents', 'Zoe O\'Xquist'],
    ['hex', Buffer.from(NAME).toString('hex')],
    ['base64 of a longer text, first alignment', Buffer.from(`abc${NAME}tail`).toString('base64')],
    ['base64 of a longer text, second alignment', Buffer.from(`abcd${NAME}tail`).toString('base64')],
    ['base64url of a longer text, third alignment', Buffer.from(`abcde${NAME}tail`).toString('base64url')],
    ['an unkeyed hash', createHash('sha256').update(NAME).digest('hex')],
    ['raw bytes', Buffer.concat([Buffer.from([0, 255]), Buffer.from(NAME)])],
  ])('sees a name as %s', (_shape, text) => {
    expect(planted.leaksIn(text)).toContainEqual(expect.objectContaining({ label: 'name' }));
  });

  it('sees a phone number without its plus or country code', () => {
    expect(planted.leaksIn('tel 4075550142').map((leak) => leak.label)).toContain('phone');
  });

  it('names the source, and finds nothing in clean text', () => {
    expect(planted.leaks({ log: 'nothing here', urls: `?p=${PHONE}` }).every((leak) => leak.source === 'urls')).toBe(true);
    expect(planted.leaks({ log: 'reason=no_match phone=[personal] 42' })).toEqual([]);
  });

  it('refuses values too short to search for', () => {
    expect(() => new Planted({ zip: 'abc' })).toThrow(/too short/);
  });
});
