/** What is wrong with one side right after it was read, as far as another picture could mend it. Pure. */
import type { DocumentType, SideReading } from '../../../documents/facts.ts';
import type { DocumentOptions } from '../../../journey/document_options.ts';
import type { CaptureProblem } from '../pages.ts';
import { isSound, isTrusted } from './document_data.ts';
import { dataSlot, worthAnother } from './each_document.ts';
import { modeOf } from './index.ts';
import { isLargeEnough } from './picture.ts';

/**
 * The problem to show with "take this side again"; undefined where the side will do, or where another picture would not change it: what was
 * read beyond doubt and is wrong, and what no engine looked at.
 *
 * @param other the other side's reading, where there is one: data that was read there is not asked for here again
 */
export function sideProblem(
  reading: SideReading,
  slot: 'front' | 'back',
  type: DocumentType,
  options: DocumentOptions,
  other?: SideReading,
): CaptureProblem | undefined {
  const asked = { data: modeOf('data_read', options) === 'retry', portrait: modeOf('portrait_present', options) === 'retry' };
  if ((asked.data || asked.portrait) && isBlank(reading)) return 'no_document';
  if ((asked.data || asked.portrait) && isWrongSide(reading, slot, type)) return 'wrong_side';
  const needsData = slot === dataSlot(type) && !(other && hasData(other));
  if (asked.data && needsData && !hasData(reading) && couldRead(reading)) return 'unreadable';
  if (slot === 'back') return undefined;
  const portrait = asked.portrait ? portraitProblem(reading) : undefined;
  // The print of a two-sided document's front is what ties its portrait to the data on its back.
  const untied = asked.data && slot !== dataSlot(type) && !hasData(reading) && isEmptyPrint(reading);
  return portrait ?? (untied ? 'unreadable' : undefined);
}

const hasData = ({ mrz, barcode }: SideReading): boolean =>
  (mrz.kind === 'read' && isTrusted(mrz.value)) || (barcode.kind === 'read' && isSound(barcode.value));

/** A barcode's text is exact, and a certain zone too: what is wrong there stays wrong. */
function couldRead({ mrz, barcode }: SideReading): boolean {
  if (barcode.kind === 'read' || (mrz.kind === 'read' && mrz.value.certain)) return false;
  return mrz.kind === 'read' || worthAnother(mrz) || worthAnother(barcode);
}

/** Engines looked and nothing at all was there. */
function isBlank({ outline, mrz, barcode, print, faces }: SideReading): boolean {
  const empty = [outline, mrz, barcode].every(({ kind }) => kind === 'unread') && (print.kind === 'unread' || print.value.lines.length === 0);
  const faceless = faces.kind === 'unread' || faces.value.length === 0;
  return empty && faceless && worthAnother(outline) && [mrz, barcode, print].some(worthAnother);
}

/** A portrait where data should be, or data where a portrait should be. */
function isWrongSide(reading: SideReading, slot: 'front' | 'back', type: DocumentType): boolean {
  if (type === 'passport' || reading.faces.kind === 'unread') return false;
  const showsFace = reading.faces.value.some(isLargeEnough);
  const showsData = reading.mrz.kind === 'read' || reading.barcode.kind === 'read';
  return slot === 'front' ? showsData && reading.faces.value.length === 0 : showsFace && !showsData;
}

function portraitProblem({ faces }: SideReading): CaptureProblem | undefined {
  if (faces.kind === 'unread') return worthAnother(faces) ? 'no_portrait' : undefined;
  if (faces.value.length === 0) return 'no_portrait';
  return faces.value.some(isLargeEnough) ? undefined : 'too_small';
}

function isEmptyPrint({ print }: SideReading): boolean {
  return print.kind === 'read' ? print.value.lines.length === 0 : worthAnother(print);
}
