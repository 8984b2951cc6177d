/** What the document step keeps between requests; sealed at rest. Pictures are kept elsewhere: here are only their ids. */
import { z } from 'zod';
import { DOCUMENT_TYPES, type DocumentType } from '../../documents/facts.ts';
import { CHECK_CODES, type CaptureSlot, type CheckCode } from '../../journey/document_checks.ts';
import { deviceKeyEvidence } from '../../journey/device_evidence.ts';
import { readDocument } from '../../journey/document_evidence.ts';
import type { Change, StepView } from '../step.ts';
import { sendShape } from '../sms_link/sends.ts';
import { outcomeFile, type OutcomeFile } from './outcome_file.ts';
import type { CaptureProblem } from './pages.ts';
import { faceMatchShape, framePoseShape, sideReadingShape } from './reading_shape.ts';

/** Every problem a page can name; a missing one does not compile. */
const PROBLEMS = {
  blurred: 0, glare: 0, too_dark: 0, too_bright: 0, too_small: 0, unreadable: 0, no_document: 0, no_portrait: 0, wrong_side: 0, no_face: 0,
  several_faces: 0, not_turned: 0, face_too_small: 0, not_same_face: 0, too_slow: 0, image_format: 0, image_heic: 0, image_damaged: 0,
  image_too_many_bytes: 0, image_too_many_pixels: 0, image_too_small: 0, image_empty: 0, yaml_refused: 0, busy: 0, missing: 0,
} satisfies Readonly<Record<CaptureProblem, 0>>;
const problem = z.enum(Object.keys(PROBLEMS) as [CaptureProblem, ...CaptureProblem[]]);

const device = z.strictObject({
  userAgent: z.string(),
  address: z.string(),
  device: z.enum(['mobile', 'desktop', 'uncertain', 'robot']),
  at: z.number(),
});
/** What is known of the browser that captures. */
export type CaptureBrowser = z.infer<typeof device>;

/** Who captures. */
const where = z.discriminatedUnion('kind', [
  /** Nobody yet: a code, and maybe a message, wait for a phone. */
  z.strictObject({ kind: z.literal('handover') }),
  z.strictObject({ kind: z.literal('here'), browser: device }),
  z.strictObject({ kind: z.literal('phone'), sessionHash: z.string(), via: z.enum(['qr', 'sms']), numberTransfer: z.boolean(), browser: device }),
]);

const link = z.strictObject({ id: z.string(), via: z.enum(['qr', 'sms']), madeAt: z.number(), expiresAt: z.number() });
/** One hand-over token, by the id it is derived from. */
export type HandoverLink = z.infer<typeof link>;

const handover = z.strictObject({
  links: z.array(link),
  /** The two digits that the desktop shows, and what the phone offers; none where number transfer is off. */
  number: z.string(),
  choices: z.array(z.string()),
  desktopTries: z.number().int().min(0),
  sends: z.array(sendShape.extend({ linkId: z.string() })),
});
/** What was drawn for the hand-over, and the messages that carried it. */
export type Handover = z.infer<typeof handover>;

const picture = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('image'),
    /** Of the image store. */
    id: z.string(),
    editedBy: z.string().optional(),
    quality: z.array(z.enum(['blurred', 'glare', 'too_dark', 'too_bright', 'too_small'])),
  }),
  z.strictObject({ kind: z.literal('file'), id: z.string(), file: outcomeFile }),
]);
/** What was sent for one side: a picture, or the sandbox's outcome file in its place. */
export type Picture = z.infer<typeof picture>;

const side = z.strictObject({ picture, reading: sideReadingShape.optional() });
/** One side: its picture, and its reading once there is one. */
export type CapturedSide = z.infer<typeof side>;

const documentShape = z.strictObject({
  type: z.enum(DOCUMENT_TYPES),
  country: z.string(),
  front: side.optional(),
  back: side.optional(),
});
/** One document as it was chosen, and its sides as far as they were captured. */
export type KeptDocument = z.infer<typeof documentShape>;

const method = z.enum(['live', 'photo']);
const turn = z.enum(['left', 'right', 'centre']);
const takenTurn = z.strictObject({
  turn,
  frames: z.array(z.string()),
  poses: z.array(framePoseShape),
  /** Which of the frames (from 0) showed the turn: what it stands on. */
  shown: z.array(z.number().int()),
  /** Of each frame, by which the very same picture is known again; tells nothing of what it shows. */
  marks: z.array(z.string()),
});
/** One turn of the challenge that was shown. */
export type TakenTurn = z.infer<typeof takenTurn>;

const liveness = z.strictObject({ passed: z.boolean(), why: z.string().optional(), method, frames: z.number() });

const selfie = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('running'),
    method,
    /** Drawn when the run begins; a page is told one turn at a time. */
    order: z.array(turn).min(1),
    taken: z.array(takenTurn),
    /** Of the present turn; drawn anew for every try at it. */
    nonce: z.string(),
    endsAt: z.number(),
    /** Sent for the present turn and not looked at yet. */
    frames: z.array(z.string()),
    problem: problem.optional(),
  }),
  z.strictObject({ kind: z.literal('taken'), method, taken: z.array(takenTurn), frames: z.number() }),
  z.strictObject({
    kind: z.literal('settled'),
    liveness: liveness.optional(),
    match: faceMatchShape.optional(),
    faceEngine: z.enum(['ready', 'unavailable']),
    why: z.string().optional(),
    /** Pictures kept for whoever reviews. */
    frames: z.array(z.string()),
    /** The challenge as it was taken, for a comparison with another picture of the document. */
    taken: z.array(takenTurn),
    file: outcomeFile.optional(),
  }),
]);
/** How far the selfie is: a run of the challenge, one that waits to be compared, or what came of it. */
export type Selfie = z.infer<typeof selfie>;

const vendorFinding = z.object({
  code: z.enum(CHECK_CODES as [CheckCode, ...CheckCode[]]),
  status: z.enum(['pass', 'fail', 'doubt', 'unknown']),
  why: z.string().optional(),
});

const vendor = z.strictObject({
  name: z.string(),
  sessionId: z.string(),
  /** The vendor's hosted capture; empty where our own pages took the pictures. */
  url: z.string(),
  uploaded: z.boolean(),
  /** Answers "pending" so far. */
  asked: z.number().int().min(0),
  askedAt: z.number(),
  /** When the vendor is asked next. */
  askAt: z.number(),
  /** The person came back from the vendor's pages, or a notice arrived. */
  returned: z.boolean(),
  result: z.strictObject({
    verdict: z.enum(['pass', 'fail', 'doubt']),
    findings: z.array(vendorFinding),
    document: readDocument.optional(),
    liveness: z.strictObject({ certified: z.boolean() }).optional(),
    authenticityVerified: z.boolean(),
  }).optional(),
});
/** The vendor's session, and its result once it is finished. */
export type KeptVendor = z.infer<typeof vendor>;

/** The whole state. */
export const stateShape = z.strictObject({
  startedAt: z.number(),
  where,
  /** Absent where the journey began on a phone. */
  handover: handover.optional(),
  consent: z.strictObject({ hash: z.string(), locale: z.string(), at: z.number() }).optional(),
  /** The key that the capturing phone showed with its consent: every phone passes there, and another one consents anew. */
  device: deviceKeyEvidence.optional(),
  documents: z.array(documentShape),
  /** The journey's version from which on the present picture of a document is asked for; absent before the first. */
  askedFrom: z.number().int().optional(),
  selfie: selfie.optional(),
  vendor: vendor.optional(),
  /** Pictures that had to be taken again, and runs of the challenge that failed; they count through every change of phone or document. */
  failures: z.array(z.strictObject({
    document: z.number().int(),
    /** Of the document; absent for the selfie. */
    type: z.enum(DOCUMENT_TYPES).optional(),
    slot: z.enum(['front', 'back', 'selfie']),
    code: problem,
  })),
  /**
   * What the present task met that says nothing about its content: how often it failed, how often there was no room for
   * it, and until when it rests.
   */
  trouble: z.strictObject({ task: z.string(), times: z.number(), busy: z.number(), until: z.number().optional() }).optional(),
  /** Our own reading passed, and the vendor must too; with what the past said of document and face. */
  own: z.strictObject({ otherPersons: z.number().optional(), nearestFace: z.number().optional() }).optional(),
});
/** What {@link stateShape} reads back. */
export type State = z.infer<typeof stateShape>;
/** What the step may look at. */
export type View = StepView<State>;
/** A view of a step that has begun. */
export type BegunView = View & { readonly state: State };
/** How the answer of the world changes the state that is current by then. */
export type Apply = (current: View) => Change<State> | undefined;

/** Pictures of one slot and document, whatever its type, are at most so many times those of one type: changing it is no way around. */
const MOST_TYPES = 2;

/** What is captured: a slot, of which document, and of which type; a selfie belongs to no document. */
export interface Wanted {
  readonly slot: CaptureSlot;
  readonly document: number;
  /** Absent for the selfie. */
  readonly type?: DocumentType | undefined;
}

const ofSlot = ({ failures }: State, { slot, document }: Wanted): State['failures'] =>
  failures.filter((one) => one.slot === slot && (slot === 'selfie' || one.document === document));

const ofWanted = (state: State, wanted: Wanted): State['failures'] =>
  ofSlot(state, wanted).filter((one) => wanted.slot === 'selfie' || one.type === wanted.type);

/** How often it failed so far. */
export function failuresOf(state: State, wanted: Wanted): number {
  return ofWanted(state, wanted).length;
}

/** Pictures that may still be taken of it, the next one included. Each type of document has its own, up to a limit for all of them. */
export function attemptsLeft(view: BegunView, wanted: Wanted): number {
  const { attempts } = view.workflow.definition.options.documents;
  return Math.max(0, Math.min(attempts - failuresOf(view.state, wanted), attempts * MOST_TYPES - ofSlot(view.state, wanted).length));
}

/** Why its last picture was not taken. */
export function lastProblem(state: State, wanted: Wanted): CaptureProblem | undefined {
  return ofWanted(state, wanted).at(-1)?.code;
}

/** What outcome files said the checks find, the latest word on each; empty but under `test` keys. */
export function givenFindings(state: State): NonNullable<OutcomeFile['findings']> {
  const sides = state.documents.flatMap((one) => [one.front, one.back]);
  const files = sides.flatMap((one) => (one?.picture.kind === 'file' ? [one.picture.file] : []));
  const ofSelfie = state.selfie?.kind === 'settled' && state.selfie.file ? [state.selfie.file] : [];
  return Object.assign({}, ...[...files, ...ofSelfie].map((one) => one.findings ?? {}));
}

/** Ids of the pictures of one side. */
export function picturesOf(kept: CapturedSide | undefined): readonly string[] {
  return kept?.picture.kind === 'image' ? [kept.picture.id] : [];
}

/** Ids of the pictures of a selfie. */
export function framesOf(kept: Selfie | undefined): readonly string[] {
  if (!kept) return [];
  if (kept.kind === 'settled') return kept.frames;
  return [...kept.taken.flatMap((one) => one.frames), ...(kept.kind === 'running' ? kept.frames : [])];
}

/** Ids of every picture that the state refers to. */
export function allPictures(state: State): readonly string[] {
  return [...state.documents.flatMap((one) => [...picturesOf(one.front), ...picturesOf(one.back)]), ...framesOf(state.selfie)];
}
