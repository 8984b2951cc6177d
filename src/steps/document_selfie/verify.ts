/**
 * The judgement on everything that was captured: what a new picture can mend is asked for again, what came before is
 * looked up, and the step ends with its evidence; or, where the workflow wants a vendor's word too, goes on to it.
 */
import { isSpecimenIssuer } from '../../documents/countries.ts';
import type { JourneyEvent } from '../../events/events.ts';
import type { ReadDocument } from '../../journey/document_evidence.ts';
import type { DocumentOptions } from '../../journey/document_options.ts';
import { documentText, reasonsAgainst } from '../../journey/rules/lists.ts';
import { Personal } from '../../personal.ts';
import type { Change } from '../step.ts';
import { takeAgain } from './capture.ts';
import { compareAgain } from './compare_faces.ts';
import type { DocumentSelfieDeps } from './deps.ts';
import { endWith } from './endings.ts';
import { claimedOf, claimedPhone, judgedEvidence, READER, type JudgedBy } from './evidence.ts';
import type { CapturedDocument, JudgedFacts, SelfieFacts } from './facts.ts';
import { again, both, judge, lostAlready, vendorJudgement, type Judgement, type VendorFinished } from './judge.ts';
import { positionOf } from './position.ts';
import { unreadSide } from './reading_shape.ts';
import { runFailed } from './selfie.ts';
import { attemptsLeft, failuresOf, givenFindings, type Apply, type BegunView, type KeptDocument, type KeptVendor, type State } from './state.ts';
import { stillWanted } from './trouble.ts';

/** What the past said; undefined where nobody looked, or there was nothing to look up. */
interface Past {
  readonly otherPersons?: number | undefined;
  readonly nearestFace?: number | undefined;
}

/** `YYYY-MM-DD`, UTC. */
const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

function capturedOf(view: BegunView, kept: KeptDocument, index: number): CapturedDocument {
  const { attempts } = view.workflow.definition.options.documents;
  const { type } = kept;
  const pictures = [kept.front, kept.back].flatMap((side) => (side?.picture.kind === 'image' ? [side.picture] : []));
  const tries = (slot: 'front' | 'back'): number => Math.min(attempts, failuresOf(view.state, { slot, document: index, type }) + 1);
  return {
    type,
    country: kept.country,
    front: kept.front?.reading ?? unreadSide('not_captured'),
    back: kept.back?.reading,
    editedBy: pictures.flatMap(({ editedBy }) => (editedBy === undefined ? [] : [editedBy])),
    captureAttempts: { front: tries('front'), ...(kept.back ? { back: tries('back') } : {}) },
    ...(pictures.length > 0 ? { quality: pictures.flatMap(({ quality }) => quality) } : {}),
  };
}

function selfieFacts({ selfie }: State): SelfieFacts {
  if (selfie?.kind !== 'settled') return { liveness: undefined, match: undefined, faceEngine: 'ready' };
  const { liveness, match, faceEngine, why } = selfie;
  return { liveness, match, faceEngine, why };
}

/** Captures that are left after the present ones; for the document in hand. */
function factsOf(view: BegunView, past: Past, document: number): JudgedFacts {
  const type = view.state.documents[document]?.type;
  const left = (slot: 'front' | 'back' | 'selfie'): number => Math.max(0, attemptsLeft(view, { slot, document, type }) - 1);
  return {
    documents: view.state.documents.map((kept, index) => capturedOf(view, kept, index)),
    selfie: selfieFacts(view.state),
    claimed: claimedOf(view),
    mode: view.journey.mode,
    today: dayOf(view.now),
    otherPersons: past.otherPersons,
    nearestFace: past.nearestFace,
    attemptsLeft: { front: left('front'), back: left('back'), selfie: left('selfie') },
  };
}

/** Ask again for a side of this document that a new picture could mend; undefined where there is none. */
export function mendDocument(view: BegunView, document: number): Change<State> | undefined {
  const found = again(factsOf(view, {}, document), view.workflow.definition.options.documents, givenFindings(view.state), document);
  if (!found || found.slot === 'selfie' || (found.document ?? 0) !== document) return undefined;
  const type = view.state.documents[document]?.type;
  if (type === undefined || isGiven(view, document, found.slot)) return undefined;
  const at = { document, slot: found.slot, type };
  if (attemptsLeft(view, at) <= 1) return undefined;
  const change = takeAgain(view, at, found.problem);
  const selfie = change.state && compareAgain(change.state.selfie);
  return change.state && selfie ? { ...change, state: { ...change.state, selfie } } : change;
}

/**
 * End where the documents read so far are a plain no, before the next thing is asked for; undefined where they are not, or
 * where nothing more would be asked for. To be called when no new picture could mend them.
 */
export function endLost(view: BegunView, before: readonly JourneyEvent[]): Change<State> | undefined {
  const { at } = positionOf(view);
  if (at === 'work') return undefined;
  const options = view.workflow.definition.options.documents;
  const lost = lostAlready(factsOf(view, {}, 0), options, givenFindings(view.state));
  return lost && conclude(view, lost, judgedByUs(view.state, options), before);
}

/** What an outcome file said stands: there is no picture to take again. */
const isGiven = ({ state }: BegunView, document: number, slot: 'front' | 'back'): boolean => state.documents[document]?.[slot]?.picture.kind === 'file';

const SELFIE = { slot: 'selfie', document: 0 } as const;

function mend(view: BegunView): Change<State> | undefined {
  for (const document of view.state.documents.keys()) {
    const mended = mendDocument(view, document);
    if (mended) return mended;
  }
  const { selfie } = view.state;
  if (selfie?.kind !== 'settled' || selfie.file || attemptsLeft(view, SELFIE) <= 1) return undefined;
  const found = again(factsOf(view, {}, 0), view.workflow.definition.options.documents, givenFindings(view.state));
  return found?.slot === 'selfie' ? runFailed(view, found.problem) : undefined;
}

/** Our own judgement, with what the sandbox's outcome files say in place of findings. */
function ownJudgement(view: BegunView, past: Past): Judgement {
  return judge(factsOf(view, past, 0), view.workflow.definition.options.documents, givenFindings(view.state));
}

/**
 * Who is asked for in the past: the document, and the user who came with it. Users are told apart by the application's own
 * name for them, else by the phone they claim; where neither is known, and for specimens, which everybody shares, by the
 * name on the document, folded to letters, as readers differ in the rest.
 */
function keysOf(view: BegunView, document: ReadDocument): { readonly document: Personal<string>; readonly person: Personal<string> } {
  const { issuer, type, number, familyName, givenName, birthDate } = document;
  const plain = (name: string): string => name.normalize('NFKD').replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
  const { opening, workflowId } = view.journey;
  const phone = claimedPhone(view);
  const named = Personal.of(JSON.stringify([plain(familyName), plain(givenName.split(' ')[0] ?? ''), birthDate]));
  const user = opening.credential?.map((credential) => JSON.stringify(['credential', workflowId, credential]))
    ?? (phone === undefined ? undefined : Personal.of(JSON.stringify(['phone', phone])));
  return { document: Personal.of(JSON.stringify([issuer, type, number])), person: isSpecimenIssuer(issuer) ? named : (user ?? named) };
}

const templateOf = ({ selfie }: State): readonly number[] => (selfie?.kind === 'settled' ? (selfie.match?.template ?? []) : []);

async function lookUp(deps: DocumentSelfieDeps, view: BegunView, document: ReadDocument | undefined): Promise<Past> {
  if (!document) return {};
  const keys = keysOf(view, document);
  const template = templateOf(view.state);
  const { findSameFace } = view.workflow.definition.options.documents;
  const otherPersons = await deps.seen.otherPersons(view.journey.mode, keys.document, keys.person);
  const nearestFace = findSameFace && template.length > 0 ? await deps.seen.nearestFace(view.journey, Personal.of(template), keys.person) : undefined;
  return { otherPersons, nearestFace };
}

/** The last task: mend what can be mended, look up what came before, and end, or go on to the vendor. */
export async function judgeAll(deps: DocumentSelfieDeps, view: BegunView): Promise<Apply> {
  const position = positionOf(view);
  if (position.at !== 'work' || position.task !== 'judge' || !view.state.consent) return () => undefined;
  const { about } = position;
  const kept = view.state.vendor;
  const result = kept?.result ? finishedOf(kept.result) : undefined;
  const own = view.state.documents.length > 0;
  if (own && !result) {
    const mended = mend(view);
    if (mended) {
      return (current) => {
        const wanted = stillWanted(current, 'judge', about);
        return wanted && mend(wanted);
      };
    }
  }
  const seen = own ? ownJudgement(view, {}).documents[0] : result?.document?.open();
  const past = view.state.own ?? (await lookUp(deps, view, seen));
  return (current) => {
    const wanted = stillWanted(current, 'judge', about);
    if (!wanted) return undefined;
    if (kept && result) return vendorSaid(deps, wanted, kept, result, past);
    const judgement = unlisted(deps, wanted, ownJudgement(wanted, past));
    const options = wanted.workflow.definition.options.documents;
    if (options.capture === 'own_then_vendor' && judgement.outcome === 'pass') {
      return { state: { ...wanted.state, own: defined(past) }, events: [checksEvent(judgement)] };
    }
    return conclude(wanted, judgement, judgedByUs(wanted.state, options));
  };
}

/** The past without its undefined keys, as storage has it. */
const defined = ({ otherPersons, nearestFace }: Past): NonNullable<State['own']> => ({
  ...(otherPersons === undefined ? {} : { otherPersons }),
  ...(nearestFace === undefined ? {} : { nearestFace }),
});

function finishedOf({ verdict, findings, document, liveness, authenticityVerified }: NonNullable<KeptVendor['result']>): VendorFinished {
  return {
    kind: 'finished', verdict, authenticityVerified, liveness,
    findings: findings.map(({ code, status, why }) => ({ code, status, ...(why === undefined ? {} : { why }) })),
    document: document && Personal.of(document),
  };
}

/** The vendor's word, judged by the workflow's rules; beside our own where both must accept. */
function vendorSaid(deps: DocumentSelfieDeps, view: BegunView, kept: KeptVendor, result: VendorFinished, past: Past): Change<State> {
  const options = view.workflow.definition.options.documents;
  const theirs = vendorJudgement(result, { claimed: claimedOf(view), mode: view.journey.mode, today: dayOf(view.now), otherPersons: past.otherPersons }, options);
  const by: JudgedBy = {
    reader: { name: kept.name, version: kept.sessionId },
    authenticity: result.authenticityVerified ? 'verified_by_vendor' : 'not_verified',
    face: { method: 'vendor' },
    liveness: { method: 'vendor', frames: 0, certified: result.liveness?.certified ?? false },
  };
  const events: JourneyEvent[] = [vendorEvent(kept, theirs)];
  if (!view.state.own) return conclude(view, unlisted(deps, view, theirs), by, events);
  const ours = ownJudgement(view, past);
  return conclude(view, unlisted(deps, view, both(ours, theirs)), { ...judgedByUs(view.state, options), reader: { name: `${READER.name}+${kept.name}`, version: kept.sessionId }, authenticity: by.authenticity }, events);
}

function judgedByUs({ selfie }: State, { faceMatch }: DocumentOptions): JudgedBy {
  const settled = selfie?.kind === 'settled' ? selfie : undefined;
  const distance = settled?.match?.distance;
  return {
    reader: READER,
    authenticity: 'not_verified',
    face: { ...(distance === undefined ? {} : { distance }), threshold: faceMatch, method: 'face_embedding' },
    liveness: { method: settled?.liveness?.method === 'photo' ? 'photographs' : 'head_turn', frames: settled?.liveness?.frames ?? 0, certified: false },
  };
}

/** A document that the operator blocked is a plain no, whatever else was found; one that nobody can look up is a doubt. */
function unlisted({ lists }: DocumentSelfieDeps, { journey, now }: BegunView, judged: Judgement): Judgement {
  if (!lists || judged.documents.length === 0) return judged;
  const looked = lists.look({ documents: judged.documents.map((document) => Personal.of(documentText(document))) }, { mode: journey.mode, workflowId: journey.workflowId, now });
  const against = reasonsAgainst(looked);
  if (against.length === 0 || (looked.blocked.length === 0 && judged.outcome === 'fail')) return judged;
  return { ...judged, outcome: looked.blocked.length > 0 ? 'fail' : 'doubtful', reasons: [...against, ...(judged.outcome === 'pass' ? [] : judged.reasons)] };
}

/** End by a judgement. An approval stands on a face that matched and a person who was alive: without either it is a doubt. */
function conclude(view: BegunView, judged: Judgement, by: JudgedBy, before: readonly JourneyEvent[] = []): Change<State> {
  const passes = (code: 'selfie_matches' | 'live_person'): boolean => judged.findings.some((finding) => finding.code === code && finding.status === 'pass');
  const grounded = passes('selfie_matches') && passes('live_person') && judged.documents.length > 0;
  const judgement: Judgement = judged.outcome === 'pass' && !grounded ? { ...judged, outcome: 'doubtful', reasons: [{ code: 'not_grounded' }] } : judged;
  const { outcome, reasons, documents: [document] } = judgement;
  const change = endWith(view, outcome, reasons, { evidence: judgedEvidence(view, judgement, by), events: [...before, checksEvent(judgement)] });
  // Of a plain no nothing is held against whom the document may belong to.
  if (outcome === 'fail' || !document) return change;
  const keys = keysOf(view, document);
  const template = templateOf(view.state);
  const { findSameFace } = view.workflow.definition.options.documents;
  return {
    ...change,
    documentSeen: keys,
    ...(outcome === 'pass' && findSameFace && template.length > 0 ? { faceSeen: { person: keys.person, template: Personal.of(template) } } : {}),
  };
}

function counts({ findings }: Judgement): Readonly<Record<string, number>> {
  const count = (status: string): number => findings.filter((finding) => finding.status === status).length;
  return { passed: count('pass'), failed: count('fail'), doubtful: count('doubt'), unknown: count('unknown') };
}

function checksEvent(judgement: Judgement): JourneyEvent {
  const passed = judgement.outcome === 'pass';
  const [reason] = judgement.reasons;
  return { layer: 'block', name: 'documentChecks', outcome: passed ? 'success' : 'fail', ...(passed || !reason ? {} : { reason: reason.code }), details: counts(judgement) };
}

function vendorEvent(kept: KeptVendor, judgement: Judgement): JourneyEvent {
  const passed = judgement.outcome === 'pass';
  const [reason] = judgement.reasons;
  return {
    layer: 'block', name: 'documentVendor', outcome: passed ? 'success' : 'fail', ...(passed || !reason ? {} : { reason: reason.code }),
    details: { vendor: kept.name, verdict: kept.result?.verdict ?? 'none', ...counts(judgement) },
  };
}
