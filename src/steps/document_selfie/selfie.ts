/**
 * The selfie: the head turned left, right and to the centre in an order that is drawn only when the document is in. Each
 * turn has a nonce of its own and a time; the server works the pose out again from the frames, one turn after the
 * other. What comes of the faces is told in `compare_faces.ts`.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { z } from 'zod';
import type { FramePose, HeadTurn, SafeImage } from '../../documents/facts.ts';
import { LIVENESS_RULES, PHOTOGRAPH_RULES, judgeLiveness, judgeTurn, type LivenessRules } from '../../documents/liveness/judge_liveness.ts';
import type { Change, SentFile, Submission, SubmitResult } from '../step.ts';
import { cannot, refused } from './capture.ts';
import type { DocumentSelfieDeps } from './deps.ts';
import { isOutcomeFile, readOutcomeFile } from './outcome_file.ts';
import type { CaptureProblem, DocumentPageModels } from './pages.ts';
import { fetchPictures, storePicture, takePicture } from './pictures.ts';
import { asKept, framePoseShape } from './reading_shape.ts';
import { markOf, repeatsIn } from './repeats.ts';
import { attemptsLeft, framesOf, lastProblem, type Apply, type BegunView, type Selfie, type State } from './state.ts';
import { isTrouble, stillWanted, troubled, untroubled } from './trouble.ts';

type Running = Extract<Selfie, { readonly kind: 'running' }>;
type Method = Running['method'];

interface MethodRules {
  /** For one turn. */
  readonly seconds: number;
  /** Frames of one turn. Each of them that shows a face is compared, so that the most is also the cut of the comparison. */
  readonly least: number;
  readonly most: number;
  readonly pose: LivenessRules;
}

/** A single photograph is taken with another app and takes its time. */
const RULES: Readonly<Record<Method, MethodRules>> = {
  live: { seconds: 20, least: 3, most: 6, pose: LIVENESS_RULES },
  photo: { seconds: 120, least: 1, most: 1, pose: PHOTOGRAPH_RULES },
};
/** Bytes of one frame. */
const MOST_FRAME_BYTES = 1024 * 1024;
/** A try that is not begun any more: too little is left of the turn's time. Milliseconds. */
const LEAST_LEFT = 3_000;

const changed = (change: Change<State>): SubmitResult<State> => ({ kind: 'change', change });
const nonce = (): string => randomBytes(16).toString('base64url');
const purpose = 'selfie' as const;
const SELFIE = { slot: 'selfie', document: 0 } as const;

/** The selfie's page: before a run, or in one turn of it. */
export function selfieModel(view: BegunView, otherWay: boolean): DocumentPageModels['capture_selfie'] {
  const { selfie } = view.state;
  const photos = view.workflow.definition.options.documents.photoSelfie !== 'refuse';
  const left = attemptsLeft(view, SELFIE);
  if (selfie?.kind !== 'running') {
    return { step: 1, of: 3, attemptsLeft: left, problem: lastProblem(view.state, SELFIE), photos, otherWay };
  }
  const { order, taken, method, endsAt, problem } = selfie;
  return { turn: order[taken.length], nonce: selfie.nonce, method, step: taken.length + 1, of: order.length, endsAt, attemptsLeft: left, problem, photos, otherWay };
}

/** Begins a run, or takes the frames of its present turn. */
export async function answerSelfie(deps: DocumentSelfieDeps, submission: Submission, view: BegunView): Promise<SubmitResult<State>> {
  const values = submission.values.open();
  if (values['action'] === 'cannot') return cannot(view);
  if (!view.state.consent) return refused({ frame: 'missing' });
  const frames = (submission.files ?? []).filter((one) => one.field === 'frame');
  const [first] = frames;
  if (first && isOutcomeFile(first)) return takeOutcomeFile(view, first);
  const { selfie } = view.state;
  if (values['action'] === 'begin') return selfie?.kind === 'running' ? beginAgain(view, selfie, values['method']) : begin(view, values['method']);
  // An answer to a turn that is over, sent twice or late, changes nothing: the page shows what is asked now.
  if (selfie?.kind !== 'running' || values['nonce'] !== selfie.nonce) return changed({});
  return takeFrames(deps, view, selfie, frames);
}

function begin(view: BegunView, asked: string | undefined): SubmitResult<State> {
  const method = methodOf(view, asked);
  return method ? changed({ state: { ...view.state, selfie: runOf(view, method, drawOrder()) } }) : refused({ method: 'required' });
}

/** Undefined for what is no method, or none that the workflow takes. */
function methodOf(view: BegunView, asked: string | undefined): Method | undefined {
  const photos = view.workflow.definition.options.documents.photoSelfie !== 'refuse';
  return asked === 'live' || (asked === 'photo' && photos) ? asked : undefined;
}

const runOf = ({ now }: BegunView, method: Method, order: HeadTurn[]): Running => ({
  kind: 'running', method, order, taken: [], nonce: nonce(), endsAt: endOf(method, now), frames: [],
});

/**
 * The other method in place of the one begun: where the camera fails, photographs are the way on, and cost nothing. Back
 * to the camera the run counts as failed, or its time could be had again and again.
 */
function beginAgain(view: BegunView, selfie: Running, asked: string | undefined): SubmitResult<State> {
  const method = methodOf(view, asked);
  if (!method) return refused({ method: 'required' });
  // Begun twice, or frames are being looked at.
  if (method === selfie.method || selfie.frames.length > 0) return changed({});
  if (method === 'live') {
    if (attemptsLeft(view, SELFIE) <= 1) return changed({});
    const failed = runFailed(view, 'too_slow');
    return changed({ ...failed, state: { ...(failed.state ?? view.state), selfie: runOf(view, method, drawOrder()) } });
  }
  const ids = framesOf(selfie);
  return changed({
    state: { ...view.state, selfie: runOf(view, method, selfie.order) },
    ...(ids.length > 0 ? { images: { ids, deleteAt: view.now } } : {}),
  });
}

const endOf = (method: Method, now: number): number => now + RULES[method].seconds * 1000;

/** The three turns, each order as likely as the others. */
function drawOrder(): HeadTurn[] {
  const left: HeadTurn[] = ['left', 'right', 'centre'];
  const order: HeadTurn[] = [];
  while (left.length > 0) order.push(...left.splice(randomInt(0, left.length), 1));
  return order;
}

async function takeFrames(deps: DocumentSelfieDeps, view: BegunView, selfie: Running, files: readonly SentFile[]): Promise<SubmitResult<State>> {
  const { least, most } = RULES[selfie.method];
  if (files.length < least || files.length > most) return refused({ frame: 'missing' });
  if (files.some((one) => one.bytes.open().length > MOST_FRAME_BYTES)) return refused({ frame: 'image_too_many_bytes' });
  const safe: { readonly file: SentFile; readonly image: SafeImage }[] = [];
  // One after the other: a selfie must not fill the queue that others wait in.
  for (const file of files) {
    const taken = await takePicture(deps, file);
    if (taken.kind === 'problem') return refused({ frame: taken.code });
    safe.push({ file, image: taken.image });
  }
  // Only now that all of them are taken: of a turn that is refused nothing is kept.
  const ids: string[] = [];
  for (const { file, image } of safe) ids.push(await storePicture(deps, file, image, { journeyId: view.journey.id, purpose, now: view.now }));
  return changed({ state: { ...view.state, selfie: { ...selfie, frames: ids } } });
}

/** The sandbox's file in place of frames: it says how faces came out. */
function takeOutcomeFile(view: BegunView, file: SentFile): SubmitResult<State> {
  const read = view.journey.mode === 'test' ? readOutcomeFile(file) : undefined;
  if (!read) return refused({ frame: 'yaml_refused' });
  const ids = framesOf(view.state.selfie);
  return changed({
    state: { ...view.state, selfie: { kind: 'settled', faceEngine: 'ready', frames: [], taken: [], file: read } },
    ...(ids.length > 0 ? { images: { ids, deleteAt: view.now } } : {}),
    events: [{ layer: 'label', name: 'selfie_capture', outcome: 'success', details: { simulated: true } }],
  });
}

/** A turn whose time ran out without a picture. */
export async function tooSlow(view: BegunView): Promise<Apply> {
  const { selfie } = view.state;
  const about = selfie?.kind === 'running' ? selfie.nonce : '';
  return (current) => {
    const wanted = stillWanted(current, 'too_slow', about);
    return wanted && runFailed(wanted, 'too_slow');
  };
}

/** Where the head points in the frames of the present turn. */
export async function readPoses(deps: DocumentSelfieDeps, view: BegunView): Promise<Apply> {
  const { selfie, consent } = view.state;
  if (selfie?.kind !== 'running' || !consent) return () => undefined;
  const about = selfie.nonce;
  const jpegs = await fetchPictures(deps, selfie.frames);
  const marks = jpegs?.map(markOf) ?? [];
  const still = jpegs !== undefined && isStill(view, selfie, marks);
  const answer = jpegs && !still ? asKept(z.array(framePoseShape).readonly(), await deps.reader.poses(jpegs)) : undefined;
  return (current) => {
    const wanted = stillWanted(current, 'pose', about);
    if (!wanted) return undefined;
    if (still) return turnNotShown(wanted, selfie, 'not_turned');
    if (!answer) return troubled(wanted, 'liveness', 'picture_gone');
    if (isTrouble(answer)) return troubled(wanted, 'liveness', answer.kind);
    const clear: BegunView = { ...wanted, state: untroubled(wanted.state) };
    if (answer.kind === 'unavailable') return withoutEngine(clear, answer.why);
    if (answer.kind === 'refused') return runFailed(clear, answer.code);
    // Whoever waited for room among others' pictures has the time of the turn again.
    const waited = (wanted.state.trouble?.busy ?? 0) > 0;
    return turnTaken(clear, waited ? { ...selfie, endsAt: endOf(selfie.method, wanted.now) } : selfie, answer.value, marks);
  };
}

/**
 * Whether too few of a camera's frames are pictures of their own: a still that was sent several times. Specimens' films are
 * made of stills, so that under test keys repeats are noted and nothing else.
 */
function isStill({ journey }: BegunView, { method, taken }: Running, marks: readonly string[]): boolean {
  return method === 'live' && journey.mode === 'live' && marks.length - repeatsIn(marks, taken) < RULES.live.least;
}

function turnTaken(view: BegunView, selfie: Running, poses: readonly FramePose[], marks: readonly string[]): Change<State> {
  const turn = selfie.order[selfie.taken.length] ?? 'centre';
  const judged = judgeTurn(turn, poses, RULES[selfie.method].pose);
  if (!judged.passed) return turnNotShown(view, selfie, judged.why);
  const taken = [...selfie.taken, { turn, frames: selfie.frames, poses: [...poses], shown: [...judged.frames], marks: [...marks] }];
  if (taken.length < selfie.order.length) {
    const { problem: _, ...kept } = selfie;
    return { state: { ...view.state, selfie: { ...kept, taken, frames: [], nonce: nonce(), endsAt: endOf(selfie.method, view.now) } } };
  }
  const whole = judgeLiveness(taken.map((one) => ({ turn: one.turn, frames: one.poses })), RULES[selfie.method].pose);
  // Each turn passed by itself, so that only too few frames in all are left to be wrong.
  if (!whole.passed) return runFailed(view, 'not_turned');
  const frames = taken.flatMap((one) => one.frames).length;
  const repeats = repeatsIn(taken.flatMap((one) => one.marks), []);
  return {
    state: { ...view.state, selfie: { kind: 'taken', method: selfie.method, taken, frames } },
    events: [
      { layer: 'block', name: 'liveness', outcome: 'success', details: { method: selfie.method, frames, repeats } },
      { layer: 'label', name: 'selfie_capture', outcome: 'success' },
    ],
  };
}

/** Tried again as long as there is time for it; at its end the run is over. */
function turnNotShown(view: BegunView, selfie: Running, problem: CaptureProblem): Change<State> {
  if (view.now > selfie.endsAt - LEAST_LEFT) return runFailed(view, problem);
  return {
    state: { ...view.state, selfie: { ...selfie, frames: [], nonce: nonce(), problem } },
    images: { ids: selfie.frames, deleteAt: view.now },
  };
}

/** A run that came to nothing: counted, its pictures deleted; a new one draws a new order. The last one stands as a failure. */
export function runFailed(view: BegunView, code: CaptureProblem): Change<State> {
  const { state } = view;
  const { selfie, ...kept } = state;
  const ids = framesOf(selfie);
  const method = selfie && selfie.kind !== 'settled' ? selfie.method : (selfie?.liveness?.method ?? 'live');
  const last = attemptsLeft(view, SELFIE) <= 1;
  const stands: Selfie = {
    kind: 'settled', faceEngine: 'ready', frames: [], taken: [], liveness: { passed: false, why: code, method, frames: ids.length },
  };
  return {
    state: { ...kept, ...(last ? { selfie: stands } : {}), failures: [...state.failures, { document: 0, slot: 'selfie', code }] },
    ...(ids.length > 0 ? { images: { ids, deleteAt: view.now } } : {}),
    events: [
      { layer: 'block', name: 'liveness', outcome: 'fail', reason: code, details: { method, frames: ids.length } },
      { layer: 'label', name: 'selfie_capture', outcome: 'failure', reason: code },
    ],
  };
}

/** Nobody can look at faces: neither a yes nor a no, so the judgement doubts. The pictures are kept for whoever reviews. */
export function withoutEngine(view: BegunView, why: string): Change<State> {
  return {
    state: { ...view.state, selfie: { kind: 'settled', faceEngine: 'unavailable', why, frames: [...framesOf(view.state.selfie)], taken: [] } },
    events: [{ layer: 'block', name: 'liveness', outcome: 'fail', reason: 'unavailable', details: { why } }],
  };
}
