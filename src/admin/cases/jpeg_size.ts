/** Width and height of a JPEG from its header, so that a page keeps its room; nothing is decoded. */

/** Frame headers (ITU-T T.81, table B.1): SOF0 to SOF15 without DHT, JPG and DAC, which lie among them. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
/** More segments than any camera writes; a damaged file ends the search. */
const MOST_SEGMENTS = 200;

/** In pixels; undefined for what is no JPEG, or ends before its frame. Pure. */
export function jpegSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  const at = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || at.getUint16(0) !== 0xffd8) return undefined;
  let place = 2;
  for (let segment = 0; segment < MOST_SEGMENTS && place + 9 <= bytes.length; segment += 1) {
    if (bytes[place] !== 0xff) return undefined;
    const marker = bytes[place + 1] ?? 0;
    if (isFrame(marker)) return { height: at.getUint16(place + 5), width: at.getUint16(place + 7) };
    place += 2 + at.getUint16(place + 2);
  }
  return undefined;
}
