/** Which software a picture's metadata names, read before all metadata is dropped. Reads hostile bytes: never throws. */
import type { Metadata } from 'sharp';

/** TIFF/EP and Exif 2.3: tags of IFD0 that name software. */
const SOFTWARE_TAGS = [0x0131, 0x000b];
const ASCII_TYPE = 2;
const ENTRY_BYTES = 12;
/** No camera writes more entries or longer names. */
const MOST_ENTRIES = 200;
const MOST_CHARACTERS = 200;
/** Of XMP, searched as text. */
const MOST_XMP = 65_536;

/** Every software name found, as it stands. Empty where the metadata names none or cannot be understood. */
export function softwareNamed(metadata: Pick<Metadata, 'exif' | 'xmp' | 'comments'>): readonly string[] {
  return [
    ...(metadata.exif ? exifSoftware(metadata.exif) : []),
    ...(metadata.xmp ? xmpSoftware(metadata.xmp) : []),
    ...(metadata.comments ?? []).filter(({ keyword }) => /^software$/i.test(keyword)).map(({ text }) => text.slice(0, MOST_CHARACTERS)),
  ];
}

/** Exif 2.3 section 4.6.4: a TIFF header (after `Exif\0\0` where that is kept) and the entries of IFD0. */
function exifSoftware(exif: Uint8Array): readonly string[] {
  const start = String.fromCharCode(...exif.subarray(0, 4)) === 'Exif' ? 6 : 0;
  const view = new DataView(exif.buffer, exif.byteOffset + Math.min(start, exif.length), Math.max(0, exif.length - start));
  const order = view.byteLength >= 8 ? view.getUint16(0) : 0;
  if (order !== 0x4949 && order !== 0x4d4d) return [];
  const little = order === 0x4949;
  const table = view.getUint32(4, little);
  if (table + 2 > view.byteLength) return [];
  const entries = Math.min(view.getUint16(table, little), MOST_ENTRIES);
  return Array.from({ length: entries }, (_, index) => table + 2 + index * ENTRY_BYTES)
    .filter((at) => at + ENTRY_BYTES <= view.byteLength)
    .filter((at) => SOFTWARE_TAGS.includes(view.getUint16(at, little)) && view.getUint16(at + 2, little) === ASCII_TYPE)
    .map((at) => asciiValue(view, at, little));
}

/** Texts of up to four bytes stand in the entry itself, longer ones where it points to. */
function asciiValue(view: DataView, entry: number, little: boolean): string {
  const length = Math.min(view.getUint32(entry + 4, little), MOST_CHARACTERS);
  const at = length <= 4 ? entry + 8 : view.getUint32(entry + 8, little);
  if (at + length > view.byteLength) return '';
  return Buffer.from(view.buffer, view.byteOffset + at, length).toString('latin1').replace(/\0.*$/s, '');
}

function xmpSoftware(xmp: Uint8Array): readonly string[] {
  const text = Buffer.from(xmp.buffer, xmp.byteOffset, Math.min(xmp.length, MOST_XMP)).toString('latin1');
  return [...text.matchAll(/(?:CreatorTool|softwareAgent)(?:="|>)([^"<]{1,200})/g)].map(([, name]) => name ?? '');
}
