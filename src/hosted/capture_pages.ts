/** Pages of the document step, by what its doors must know of them. A page that is not named here is not theirs to show. */

/** What a phone may stand before that took a capture over. */
export const CAPTURE_PAGES: ReadonlySet<string> = new Set(['capture_consent', 'capture_choose', 'capture_side', 'capture_selfie', 'capture_vendor']);

/** What the step shows a phone while something is read: the phone waits, with nothing to answer. */
export const READING_PAGE = 'document_following';

/** Pages that use the camera and are answered with pictures, with the field that those come in. */
const PICTURE_FIELDS: ReadonlyMap<string, string> = new Map([['capture_side', 'picture'], ['capture_selfie', 'frame']]);

/** The field for pictures on a page; undefined where it takes none, and needs no camera. */
export function pictureField(page: string): string | undefined {
  return PICTURE_FIELDS.get(page);
}
