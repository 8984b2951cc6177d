/** Feeds come packed now and then: gzip, and a tar in it with one database. Unpacked under a limit, so no small file fills memory. */
import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';

const gunzipAsync = promisify(gunzip);
const TAR_BLOCK = 512;

function isTar(bytes: Buffer): boolean {
  return bytes.byteLength >= TAR_BLOCK && bytes.toString('latin1', 257, 262) === 'ustar';
}

/** The first file of a tar whose name ends so (POSIX ustar); undefined where there is none. */
function fileInTar(bytes: Buffer, ending: string): Buffer | undefined {
  for (let at = 0; at + TAR_BLOCK <= bytes.byteLength;) {
    const name = bytes.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 136).replace(/[\0 ].*$/s, ''), 8);
    if (name === '' || !(size >= 0)) return undefined;
    const start = at + TAR_BLOCK;
    const plain = ['0', '\0'].includes(String.fromCharCode(bytes[at + 156] ?? 1));
    if (plain && name.endsWith(ending)) return start + size <= bytes.byteLength ? bytes.subarray(start, start + size) : undefined;
    at = start + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
  return undefined;
}

/** What is inside, seen from the content and not from any name; bytes that are not packed are given back as they are. */
export async function unpack(bytes: Uint8Array, most: number): Promise<Buffer | 'too_large' | 'cannot_unpack'> {
  const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let inner = given;
  if (given[0] === 0x1f && given[1] === 0x8b) {
    try {
      inner = await gunzipAsync(given, { maxOutputLength: most });
    } catch (thrown) {
      return (thrown as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'cannot_unpack';
    }
  }
  if (inner.byteLength > most) return 'too_large';
  return isTar(inner) ? (fileInTar(inner, '.mmdb') ?? 'cannot_unpack') : inner;
}
