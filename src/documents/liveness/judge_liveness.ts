/**
 * Whether an active challenge was followed: the head turned both ways, as asked. This defeats prints and still pictures
 * (a flat picture turned by 20 to 60 degrees never shows more than 7), not a film of the person, a mask or frames that
 * are injected. The numbers come from measured stills of a few people; `docs/notice-faces.md` says so.
 */
import { LEAST_EYE_DISTANCE, type FramePose, type HeadTurn } from '../facts.ts';

export interface LivenessRules {
  /** Degrees either way that still look straight ahead. */
  readonly centreMost: number;
  /** Degrees from which a head is turned. */
  readonly turnLeast: number;
  /** Pixels between the outer corners of the eyes. */
  readonly eyesLeast: number;
  /** Frames of all steps together. */
  readonly framesLeast: number;
  /** Turns that must have been asked for. */
  readonly turns: readonly HeadTurn[];
}

/** For a live camera. */
export const LIVENESS_RULES: LivenessRules = {
  centreMost: 10, turnLeast: 18, eyesLeast: LEAST_EYE_DISTANCE, framesLeast: 8, turns: ['left', 'right', 'centre'],
};
/** For three single photographs, where there is no live camera: the same turns, weaker proof. */
export const PHOTOGRAPH_RULES: LivenessRules = { ...LIVENESS_RULES, framesLeast: 3 };

export type TurnProblem = 'no_face' | 'several_faces' | 'face_too_small' | 'not_turned';
export type LivenessProblem = TurnProblem | 'too_few_frames';

/** One step of the challenge. */
export interface TurnStep {
  readonly turn: HeadTurn;
  readonly frames: readonly FramePose[];
}

export type TurnVerdict =
  /** `frames`: which ones (from 0) show the turn. Only those prove anything, and only if their face is the right one. */
  | { readonly passed: true; readonly frames: readonly number[] }
  | { readonly passed: false; readonly why: TurnProblem };

export interface LivenessVerdict {
  readonly passed: boolean;
  /** Where it did not pass. */
  readonly why?: LivenessProblem;
  /** The step (from 0) that did not pass, where it was one. */
  readonly step?: number;
  /** All frames that were given. */
  readonly frames: number;
  /** The farthest turns that were seen in frames with one face, degrees; 0 where none was. */
  readonly farthest: { readonly left: number; readonly right: number };
}

/**
 * Judge one step: at least one of its frames shows the turn, with one face large enough, and none shows the opposite
 * turn (a film that plays both sides by turns would otherwise pass every step).
 */
export function judgeTurn(turn: HeadTurn, frames: readonly FramePose[], rules: LivenessRules = LIVENESS_RULES): TurnVerdict {
  const shown = frames.flatMap((frame, at) => (shows(turn, frame, rules) ? [at] : []));
  const opposite = turn !== 'centre' && frames.some((frame) => shows(turn === 'left' ? 'right' : 'left', frame, rules));
  if (shown.length > 0 && !opposite) return { passed: true, frames: shown };
  return { passed: false, why: problemOf(frames, rules) };
}

/** Judge a whole challenge. What was not asked for was not done. */
export function judgeLiveness(steps: readonly TurnStep[], rules: LivenessRules = LIVENESS_RULES): LivenessVerdict {
  const all = steps.flatMap(({ frames }) => frames);
  const yaws = all.filter(({ faces }) => faces === 1).flatMap(({ yaw }) => (yaw === undefined ? [] : [yaw]));
  const seen = { frames: all.length, farthest: { left: Math.max(0, ...yaws), right: Math.max(0, ...yaws.map((yaw) => -yaw)) } };
  for (const [step, { turn, frames }] of steps.entries()) {
    const verdict = judgeTurn(turn, frames, rules);
    if (!verdict.passed) return { passed: false, why: verdict.why, step, ...seen };
  }
  if (!rules.turns.every((turn) => steps.some((step) => step.turn === turn))) return { passed: false, why: 'not_turned', ...seen };
  if (all.length < rules.framesLeast) return { passed: false, why: 'too_few_frames', ...seen };
  return { passed: true, ...seen };
}

function shows(turn: HeadTurn, { faces, yaw, eyeDistance }: FramePose, rules: LivenessRules): boolean {
  if (faces !== 1 || yaw === undefined || eyeDistance === undefined || !(eyeDistance >= rules.eyesLeast)) return false;
  switch (turn) {
    case 'centre': return Math.abs(yaw) <= rules.centreMost;
    case 'left': return yaw >= rules.turnLeast;
    case 'right': return yaw <= -rules.turnLeast;
  }
}

/** The first thing to do better. */
function problemOf(frames: readonly FramePose[], { eyesLeast }: LivenessRules): TurnProblem {
  if (frames.every(({ faces }) => faces === 0)) return 'no_face';
  if (!frames.some(({ faces }) => faces === 1)) return 'several_faces';
  if (!frames.some(({ faces, eyeDistance }) => faces === 1 && (eyeDistance ?? 0) >= eyesLeast)) return 'face_too_small';
  return 'not_turned';
}
