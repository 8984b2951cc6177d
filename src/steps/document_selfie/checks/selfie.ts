/** Checks on the holder's face: alive, alone, the same throughout, and the portrait's. Pure. */
import type { FaceMatch } from '../../../documents/facts.ts';
import type { SelfieFacts } from '../facts.ts';
import type { CaptureProblem } from '../pages.ts';
import { codeOr, doubt, fail, measured, pass, unknown, type Rule, type Verdict } from './verdict.ts';

/** Distances of the engine whose thresholds the workflow's options state (measured: docs/documents.md). */
const DISTANCES = {
  /** Frontal frames of one person lie within this of one another. */
  spread: 0.55,
  /** A turned face lies further from the frontal one than two frontal ones do (drawn heads 0.38 to 0.46), and another person's further still (0.67 and more). */
  challenge: 0.62,
  /** Nearer than a living face comes to a photograph of it that was taken on another day: the selfie shows that very picture. */
  samePicture: 0.12,
} as const;

const twoPlaces = (distance: number): number => Math.round(distance * 100) / 100;

/** The face before the camera is the one on the document, and not a picture of it. */
export const selfieMatches: Rule = ({ selfie, mode }, { faceMatch, faceReview }) => {
  const distance = selfie.match?.distance;
  if (!measured(distance)) return unknown(notCompared(selfie));
  const detail = { distance: twoPlaces(distance), threshold: faceMatch };
  // A specimen's holder is made from the portrait on it: under test keys the sign is only noted.
  if (distance < DISTANCES.samePicture) return mode === 'live' ? doubt('same_picture', detail) : pass({ ...detail, samePicture: true });
  if (distance <= faceMatch) return pass(detail);
  return distance <= faceReview ? doubt('distance', detail) : fail('distance', detail);
};

/** The challenge was followed by a head that turns, and it was one person's throughout. */
export const livePerson: Rule = ({ selfie }, { photoSelfie }) => {
  const { liveness, match } = selfie;
  if (!liveness) return unknown('not_run');
  const { method, frames } = liveness;
  if (method === 'photo' && photoSelfie === 'refuse') return fail('photographs_refused');
  if (!liveness.passed) {
    const why = codeOr(liveness.why, 'not_turned');
    return mended(fail(why, { frames }), TELLABLE.find((problem) => problem === why) ?? 'not_turned');
  }
  if (!match || !measured(match.spread)) return couldRetake(selfie, unknown(notCompared(selfie)));
  const furthest = Math.max(0, ...match.challengeDistances.filter(measured));
  const detail = { frames, spread: twoPlaces(match.spread), furthest: twoPlaces(furthest) };
  if (match.spread > DISTANCES.spread || furthest > DISTANCES.challenge) return mended(fail('not_same_face', detail), 'not_same_face');
  if (!allCompared(match)) return couldRetake(selfie, unknown('challenge_not_compared', detail));
  return method === 'photo' ? doubt('photographs', detail) : pass(detail);
};

/** Each of the challenge's frames was measured: in the one that was not, anybody may have turned their head. */
function allCompared({ challengeDistances }: FaceMatch): boolean {
  return challengeDistances.length > 0 && challengeDistances.every(measured);
}

export const oneFace: Rule = ({ selfie: { match } }) => {
  if (!match || !measured(match.mostFaces) || match.mostFaces < 1) return unknown('not_compared');
  const detail = { most: match.mostFaces };
  return match.mostFaces > 1 ? mended(fail('several_faces', detail), 'several_faces') : pass(detail);
};

/** Asked only where the workflow says so; a hit goes to a person, because faces of strangers can be alike. */
export const faceNotSeenElsewhere: Rule = ({ selfie, nearestFace }, { faceMatch, faceReview }) => {
  if (!selfie.match) return unknown(notCompared(selfie));
  if (nearestFace === undefined) return pass();
  if (!measured(nearestFace)) return unknown('not_measured');
  const detail = { distance: twoPlaces(nearestFace), threshold: faceMatch };
  if (nearestFace <= faceMatch) return fail('face_seen', detail);
  return nearestFace <= faceReview ? doubt('face_like_one_seen', detail) : pass(detail);
};

/** Reasons of a failed challenge that the person can do something about. */
const TELLABLE: readonly CaptureProblem[] = ['not_turned', 'not_same_face', 'too_slow', 'no_face', 'several_faces', 'face_too_small', 'missing'];

const mended = (verdict: Verdict, problem: CaptureProblem): Verdict => ({ ...verdict, mends: [{ slot: 'selfie', problem }] });

/** Another selfie helps only where something would look at it. */
const couldRetake = ({ faceEngine }: SelfieFacts, verdict: Verdict): Verdict => (faceEngine === 'ready' ? mended(verdict, 'no_face') : verdict);

const notCompared = ({ faceEngine, why }: SelfieFacts): string => (faceEngine === 'ready' ? 'not_compared' : codeOr(why, 'unavailable'));
