/** Checks on the pictures of a document: its portrait, and signs that it is not the document itself. Pure. */
import { LEAST_EYE_DISTANCE, type FaceFound, type SideReading } from '../../../documents/facts.ts';
import { isSpecimenBarcode, placed } from './document_data.ts';
import { isSpecimenIssuer } from '../../../documents/countries.ts';
import { specimenAllowed } from './data_rules.ts';
import { ofEach, worthAnother, type DocumentRule } from './each_document.ts';
import type { CapturedDocument } from '../facts.ts';
import type { CaptureProblem } from '../pages.ts';
import { fail, measured, pass, unknown, worst, type Rule, type Verdict } from './verdict.ts';

/** Detector score below which a portrait is not compared (measured: docs/documents.md). */
const LEAST_SCORE = 0.4;
/** Documents repeat the portrait as a small ghost picture; two of like size are two portraits. */
const LARGEST_GHOST = 0.7;

/** One portrait, large enough to be compared. */
export const portraitPresent = ofEach(({ front }, index) => {
  const { faces } = front;
  if (faces.kind === 'unread') return worthAnother(faces) ? mended(unknown('not_looked_at'), 'no_portrait', index) : unknown('not_looked_at');
  const [largest, ...others] = faces.value.filter(({ score }) => score >= LEAST_SCORE).toSorted((one, other) => other.eyeDistance - one.eyeDistance);
  if (!largest) return mended(fail('no_portrait'), 'no_portrait', index);
  if (!isLargeEnough(largest)) return mended(unknown('portrait_too_small'), 'too_small', index);
  if (others.some(({ eyeDistance }) => eyeDistance > largest.eyeDistance * LARGEST_GHOST)) return mended(fail('several_portraits'), 'several_faces', index);
  return { ...pass({ faces: others.length + 1 }), confidence: Math.min(1, largest.score) };
});

/** Whether a face has enough pixels to be compared. */
export function isLargeEnough({ eyeDistance }: FaceFound): boolean {
  return eyeDistance >= LEAST_EYE_DISTANCE;
}

const mended = (verdict: Verdict, problem: CaptureProblem, document: number): Verdict => ({ ...verdict, mends: [{ slot: 'front', problem, document }] });

/** Peak ratio of periodic patterns: photographed screens measured 66 to 100, documents 10 to 22. */
const SCREEN_PEAK = 40;
/** Mean saturation: fronts measure 0.067 and more, a grey copy in white light 0.00. A lamp's colour cast hides one: a sign, not a proof. */
const COPY_SATURATION = 0.03;

const ofSides = (judged: (side: SideReading) => Verdict): DocumentRule => ({ front, back }) =>
  worst(judged(front), ...(back === undefined ? [] : [judged(back)]));

export const notAScreen = ofEach(ofSides(({ recapture: { screenPeak } }) => {
  if (!measured(screenPeak)) return unknown('not_measured');
  const detail = { peak: Math.round(screenPeak), threshold: SCREEN_PEAK };
  return screenPeak >= SCREEN_PEAK ? fail('screen_pattern', detail) : pass(detail);
}));

/** The front alone: backs are often printed in one colour. */
export const notAPhotocopy = ofEach(({ front: { recapture: { saturation } } }) => {
  if (!measured(saturation)) return unknown('not_measured');
  const detail = { saturation: Math.round(saturation * 1000) / 1000, threshold: COPY_SATURATION };
  return saturation < COPY_SATURATION ? fail('no_colour', detail) : pass(detail);
});

/** The name of the software is not told: whoever sent the file wrote it. */
export const notEdited = ofEach(({ editedBy }) => (editedBy.length > 0 ? fail('editing_software', { files: editedBy.length }) : pass()));

/** Any trace of a specimen counts, whether or not the rest of it can be believed. */
export const notASpecimen: Rule = (facts, options) => ofEach((document) => {
  const traces = specimenTraces(document);
  if (traces.length === 0) return unknown('not_read');
  return specimenAllowed(traces.includes(true), facts.mode);
})(facts, options);

function specimenTraces(document: CapturedDocument): readonly boolean[] {
  return [
    ...placed(document, (side) => side.mrz).map(({ value }) => isSpecimenIssuer(value.fields.issuer)),
    ...placed(document, (side) => side.barcode).map(({ value }) => isSpecimenBarcode(value)),
  ];
}
