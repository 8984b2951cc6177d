/**
 * Makes a sent file safe: looked at, decoded under limits, turned upright and encoded anew. What comes out holds the
 * pixels and nothing else: no metadata, no appended archive, no colour profile, no second picture.
 */
import type { Metadata, Sharp } from 'sharp';
import type { SafeImage } from '../facts.ts';
import type { ImageRefusal, JobAnswer } from '../reader.ts';
import { openPicture } from './decoder.ts';
import { withScanParameters } from './scan_parameters.ts';
import { editorNamedIn } from './editors.ts';
import { formatOf, type SentFormat } from './format.ts';
import { decodeHeic, loadHeif } from './heic.ts';
import { LONGEST_SIDE, MOST_BYTES, MOST_PIXELS, SAFE_QUALITY, SAFE_SIDE, SHORTEST_SIDE } from './limits.ts';
import { JUDGED_SIDE, judgeQuality } from './quality.ts';
import { softwareNamed } from './software.ts';

const refused = (code: ImageRefusal): JobAnswer<never> => ({ kind: 'refused', code });

interface Opened {
  readonly picture: Sharp;
  readonly editedBy: string | undefined;
}

/** Every file that is not a plain still picture within the limits is refused with the code that says why. */
export async function takePicture(bytes: Uint8Array, settings: { readonly heic: boolean }): Promise<JobAnswer<SafeImage>> {
  if (bytes.length === 0) return refused('image_empty');
  if (bytes.length > MOST_BYTES) return refused('image_too_many_bytes');
  const format = formatOf(bytes);
  if (format === undefined) return refused('image_format');
  const opened = format === 'heic' ? await openHeic(bytes, settings.heic) : await openStill(format === 'jpeg' ? withScanParameters(bytes) : bytes, format);
  if (typeof opened === 'string') return refused(opened);
  const safe = await orRefuse(encode(opened.picture));
  return typeof safe === 'string' ? refused(safe) : { kind: 'done', value: { ...safe, format, editedBy: opened.editedBy } };
}

async function openStill(bytes: Uint8Array, format: SentFormat): Promise<Opened | ImageRefusal> {
  // The header only, so that a huge picture is told apart from a broken one; nothing is unpacked for it.
  const metadata = await orRefuse(openPicture(bytes, { limitInputPixels: false }).metadata());
  if (typeof metadata === 'string') return metadata;
  // A moving picture shows one thing to the reader and another to a person who reviews it.
  if (metadata.format !== format || (metadata.pages ?? 1) > 1) return 'image_format';
  return sizeFault(metadata) ?? { picture: openPicture(bytes, { autoOrient: true }), editedBy: editorNamedIn(softwareNamed(metadata)) };
}

async function openHeic(bytes: Uint8Array, enabled: boolean): Promise<Opened | ImageRefusal> {
  const heif = enabled ? await loadHeif() : undefined;
  if (!heif) return 'image_heic';
  const raw = await orRefuse(decodeHeic(heif, bytes));
  if (typeof raw === 'string') return raw === 'too_large' ? 'image_too_many_pixels' : 'image_damaged';
  const { pixels, width, height } = raw;
  return sizeFault(raw) ?? { picture: openPicture(Buffer.from(pixels.buffer, pixels.byteOffset, pixels.length), { raw: { width, height, channels: 4 } }), editedBy: undefined };
}

function sizeFault({ width, height }: Pick<Metadata, 'width' | 'height'>): ImageRefusal | undefined {
  if (Math.min(width, height) < SHORTEST_SIDE) return 'image_too_small';
  return Math.max(width, height) > LONGEST_SIDE || width * height > MOST_PIXELS ? 'image_too_many_pixels' : undefined;
}

async function encode(picture: Sharp): Promise<Pick<SafeImage, 'jpeg' | 'width' | 'height' | 'quality'>> {
  const { data: jpeg, info: { width, height } } = await picture
    .resize({ width: SAFE_SIDE, height: SAFE_SIDE, fit: 'inside', withoutEnlargement: true })
    // What is transparent could hide writing from one program and show it to another.
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .jpeg({ quality: SAFE_QUALITY })
    .toBuffer({ resolveWithObject: true });
  const { data, info } = await openPicture(jpeg)
    .greyscale()
    .resize({ width: JUDGED_SIDE, height: JUDGED_SIDE, fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { jpeg, width, height, quality: judgeQuality({ data, width: info.width, height: info.height }, Math.max(width, height)) };
}

/** The decoders throw plain errors with prose about the file; all of them mean that it cannot be used. */
async function orRefuse<T>(work: Promise<T>): Promise<T | 'image_damaged'> {
  try {
    return await work;
  } catch {
    return 'image_damaged';
  }
}
