/** Forms with pictures at the doors of a journey, and how both kinds of sender are answered: a page's form and its script. */
import type { Context } from 'koa';
import { GatehouseError } from '../errors.ts';
import type { UploadLimits } from '../http/multipart.ts';
import type { UploadDam } from '../http/upload_dam.ts';
import type { FieldErrors, SentFile } from '../steps/step.ts';

const MEBIBYTE = 1024 * 1024;

/** One side of a document as a phone's camera gives it, or the frames of one turn of the head. */
export const PICTURE_LIMITS: UploadLimits = { files: 6, fileBytes: 12 * MEBIBYTE, totalBytes: 13 * MEBIBYTE };

/** A form as it was sent. */
export interface SentForm {
  readonly values: Readonly<Record<string, string>>;
  readonly files?: readonly SentFile[];
}

/** Refusals that are about the picture, and that a person can do something about: they see them on the page. */
const TOO_LARGE: ReadonlySet<string> = new Set(['file_too_large', 'body_too_large']);

export interface PicturesRefused {
  readonly kind: 'too_large';
  readonly errors: FieldErrors;
}

/**
 * Read a form with pictures and use it.
 * @param holder who sends
 * @param field where the page shows what is wrong with a picture
 */
export async function withPictures<T>(
  ctx: Context, dam: UploadDam, holder: string, field: string, use: (form: SentForm) => Promise<T>,
): Promise<T | PicturesRefused> {
  try {
    return await dam.take(ctx, holder, PICTURE_LIMITS, use);
  } catch (thrown) {
    if (thrown instanceof GatehouseError && TOO_LARGE.has(thrown.code)) return { kind: 'too_large', errors: { [field]: 'image_too_many_bytes' } };
    throw thrown;
  }
}

/** Whether the sender is a script, which asks for JSON. */
export function asksForJson(ctx: Context): boolean {
  return ctx.accepts('html', 'json') === 'json';
}

/** Send somebody on: a script is told where, a form is led there. */
export function goOn(ctx: Context, href: string): void {
  ctx.set('Cache-Control', 'no-store');
  if (asksForJson(ctx)) {
    ctx.status = 200;
    ctx.body = { next: href };
    return;
  }
  ctx.status = 303;
  ctx.redirect(href);
}

/** Tell a script what was wrong, by codes that its page has words for. `problem` is the first of them. */
export function refuseScript(ctx: Context, errors: FieldErrors): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.status = 422;
  ctx.body = { problem: Object.values(errors)[0], errors };
}
