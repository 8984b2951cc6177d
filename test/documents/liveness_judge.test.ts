import { describe, expect, it } from 'vitest';
import type { FramePose, HeadTurn } from '../../src/documents/facts.ts';
import { judgeLiveness, judgeTurn, LIVENESS_RULES, PHOTOGRAPH_RULES, type TurnStep } from '../../src/documents/liveness/judge_liveness.ts';

const pose = (yaw: number, eyeDistance = 120): FramePose => ({ faces: 1, yaw, eyeDistance });
const nobody: FramePose = { faces: 0, yaw: undefined, eyeDistance: undefined };
const crowd: FramePose = { faces: 2, yaw: undefined, eyeDistance: 120 };

const followed: readonly TurnStep[] = [
  { turn: 'centre', frames: [pose(2), pose(-3), pose(4)] },
  { turn: 'right', frames: [pose(-4), pose(-15), pose(-25)] },
  { turn: 'left', frames: [pose(1), pose(12), pose(22)] },
];

describe('judgeTurn', () => {
  it.each<[HeadTurn, number, boolean]>([
    ['centre', 10, true], ['centre', -10, true], ['centre', 10.1, false], ['centre', -10.1, false],
    ['left', 18, true], ['left', 17.9, false], ['left', -30, false],
    ['right', -18, true], ['right', -17.9, false], ['right', 30, false],
    ['left', Number.NaN, false],
  ])('%s at %d degrees: %s', (turn, yaw, passed) => {
    expect(judgeTurn(turn, [pose(yaw)]).passed).toBe(passed);
  });

  it('names the frames that show it', () => {
    expect(judgeTurn('left', [pose(3), pose(19), nobody, pose(30)])).toEqual({ passed: true, frames: [1, 3] });
  });

  it('does not pass a step in which the head turned the other way too', () => {
    expect(judgeTurn('left', [pose(25), pose(0), pose(-25)])).toEqual({ passed: false, why: 'not_turned' });
    expect(judgeTurn('right', [pose(25), pose(-25)])).toEqual({ passed: false, why: 'not_turned' });
    expect(judgeTurn('centre', [pose(25), pose(0)])).toEqual({ passed: true, frames: [1] });
  });

  it.each<[string, readonly FramePose[]]>([
    ['no_face', []],
    ['no_face', [nobody, nobody]],
    ['several_faces', [crowd, nobody]],
    ['face_too_small', [pose(25, 39), pose(30, 20)]],
    ['not_turned', [pose(3), pose(30, 20)]],
  ])('says %s', (why, frames) => {
    expect(judgeTurn('left', frames)).toEqual({ passed: false, why });
  });

  it('does not count a frame with several faces, whatever its angle', () => {
    expect(judgeTurn('left', [{ faces: 2, yaw: 30, eyeDistance: 120 }])).toEqual({ passed: false, why: 'several_faces' });
  });

  it('does not count a frame without a measure', () => {
    expect(judgeTurn('centre', [{ faces: 1, yaw: undefined, eyeDistance: 120 }])).toEqual({ passed: false, why: 'not_turned' });
    expect(judgeTurn('centre', [{ faces: 1, yaw: 0, eyeDistance: undefined }])).toEqual({ passed: false, why: 'face_too_small' });
  });
});

describe('judgeLiveness', () => {
  it('passes a challenge that was followed, and says how far', () => {
    expect(judgeLiveness(followed)).toEqual({ passed: true, frames: 9, farthest: { left: 22, right: 25 } });
  });

  it('says which step was not followed', () => {
    const steps = followed.map((step) => (step.turn === 'left' ? { ...step, frames: [pose(0), pose(7), pose(6)] } : step));
    expect(judgeLiveness(steps)).toMatchObject({ passed: false, why: 'not_turned', step: 2 });
  });

  it('does not pass a flat picture that is turned about: it never shows more than 7', () => {
    const flat = followed.map(({ turn }) => ({ turn, frames: [pose(-7), pose(0), pose(7)] }));
    expect(judgeLiveness(flat)).toMatchObject({ passed: false, why: 'not_turned' });
  });

  it.each<HeadTurn>(['left', 'right', 'centre'])('does not pass without %s', (missing) => {
    const steps = followed.filter(({ turn }) => turn !== missing);
    expect(judgeLiveness([...steps, ...steps])).toMatchObject({ passed: false, why: 'not_turned' });
  });

  it('wants enough frames of a camera, and three of photographs', () => {
    const [few, three] = [3, 1].map((most) => followed.map(({ turn, frames }, at) => ({ turn, frames: frames.slice(-Math.min(most, at === 0 ? 1 : 3)) })));
    expect(judgeLiveness(few ?? [])).toMatchObject({ passed: false, why: 'too_few_frames', frames: 7 });
    expect(judgeLiveness(three ?? [])).toMatchObject({ passed: false, why: 'too_few_frames', frames: 3 });
    expect(judgeLiveness(three ?? [], PHOTOGRAPH_RULES)).toMatchObject({ passed: true, frames: 3 });
  });

  it('passes nothing where nothing was asked', () => {
    expect(judgeLiveness([])).toEqual({ passed: false, why: 'not_turned', frames: 0, farthest: { left: 0, right: 0 } });
  });

  it('has the numbers that were measured', () => {
    expect(LIVENESS_RULES).toEqual({ centreMost: 10, turnLeast: 18, eyesLeast: 40, framesLeast: 8, turns: ['left', 'right', 'centre'] });
  });
});
