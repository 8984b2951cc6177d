/** Which page stands for a position: on the browser that the journey began in, and on the phone that captures. Pure. */
import { sameSecret } from '../../constant_time.ts';
import { deviceKeyModel } from '../device_key.ts';
import type { PageShown } from '../step.ts';
import { EVERY_COUNTRY } from './capture.ts';
import { claimPage, openLink } from './claim.ts';
import type { DocumentSelfieDeps } from './deps.ts';
import { claimedOf } from './evidence.ts';
import { handoverPage } from './handover.ts';
import type { DocumentPageModels } from './pages.ts';
import { asksVendor, choicesOf, positionOf, stageOf, UPLOAD_GRACE, type Position } from './position.ts';
import { selfieModel } from './selfie.ts';
import { attemptsLeft, lastProblem, type BegunView } from './state.ts';
import { isVendorHash } from './vendor.ts';
import { sessionEvidenceOf } from '../session_evidence.ts';

/** A page of the document step with the model that belongs to its name. */
function shown<Name extends keyof DocumentPageModels>(name: Name, model: DocumentPageModels[Name], more: Omit<PageShown, 'name' | 'model'> = {}): PageShown {
  return { name, model: { ...model }, ...more };
}

/** Whether knowledge questions follow for those who cannot capture. */
export function otherWayOf({ workflow, node }: BegunView): boolean {
  const { nodes, options } = workflow.definition;
  const target = nodes[node]?.routes['cannot_capture'];
  return options.kba.enabled && target !== undefined && 'go' in target && nodes[target.go]?.step === 'kba';
}

/** The page of the browser that the journey began in; undefined while there is work to do. */
export function browserPage(deps: DocumentSelfieDeps, view: BegunView): PageShown | undefined {
  const { where, handover } = view.state;
  const position = positionOf(view);
  const otherWay = otherWayOf(view);
  if (where.kind === 'handover') return handover && handoverPage(deps, view, handover, otherWay);
  if (where.kind !== 'here') return followingPage(view, position, otherWay);
  // Nothing to answer for a while: the page that waits, as if somebody were at work.
  return position.at === 'pause' ? { name: 'working', model: {}, ...wakes(view, position) } : capturePage(deps, view, position, otherWay);
}

/** The page of a phone that came by a token; undefined where the token is spent or never was this step's. */
export function phonePage(deps: DocumentSelfieDeps, view: BegunView, linkHash: string): PageShown | undefined {
  const { where, handover, vendor } = view.state;
  if (where.kind === 'handover') return handover && openLink(deps, view, linkHash) ? claimPage(view, handover) : undefined;
  const position = positionOf(view);
  const otherWay = otherWayOf(view);
  const holder = where.kind === 'phone' && sameSecret(where.sessionHash, linkHash);
  // While something is read there is nothing to answer; what is sent meanwhile, twice or late, is not taken.
  if (holder) return capturePage(deps, view, position, otherWay) ?? followingPage(view, position, otherWay);
  const waiting = position.at === 'vendor' || asksVendor(position);
  return vendor && waiting && isVendorHash(deps, vendor, linkHash) ? capturePage(deps, view, { at: 'vendor' }, otherWay) : undefined;
}

function followingPage(view: BegunView, position: Position, otherWay: boolean): PageShown {
  return shown('document_following', { stage: stageOf(position), otherWay }, wakes(view, position));
}

/** When the step wants another look by itself. */
function wakes({ state: { selfie, vendor } }: BegunView, position: Position): Pick<PageShown, 'wakeAt'> {
  if (position.at === 'pause') return { wakeAt: position.until };
  if (position.at === 'selfie' && selfie?.kind === 'running') return { wakeAt: selfie.endsAt + UPLOAD_GRACE };
  return position.at === 'vendor' && vendor ? { wakeAt: vendor.askAt } : {};
}

function capturePage(deps: DocumentSelfieDeps, view: BegunView, position: Position, otherWay: boolean): PageShown | undefined {
  const { state } = view;
  const options = view.workflow.definition.options.documents;
  switch (position.at) {
    case 'consent':
      return shown('capture_consent', { otherWay, ...(state.where.kind === 'phone' ? deviceKeyModel(deps.deviceKeys, view, 'phone') : {}) });
    case 'choose': {
      const { types, countries } = choicesOf(options, state.documents, position.document, EVERY_COUNTRY);
      return shown('capture_choose', { countries, country: startingCountry(view, countries), types, second: position.document > 0, otherWay });
    }
    case 'side': {
      const { slot, type, country, document } = position;
      // Not `exact`: a delivery report or more time make a version too. A picture sent twice is told in `capture.ts`.
      return shown('capture_side', {
        slot, type, country, second: document > 0, otherWay, uploads: options.uploads,
        attemptsLeft: Math.max(1, attemptsLeft(view, position)), problem: lastProblem(state, position),
      });
    }
    case 'selfie':
      return shown('capture_selfie', selfieModel(view, otherWay), wakes(view, position));
    case 'vendor': {
      const { url = '', name = '', returned = true } = state.vendor ?? {};
      return shown('capture_vendor', { url, vendor: name, waiting: returned, otherWay }, wakes(view, position));
    }
    default:
      return undefined;
  }
}

/** The country that the person named before, where it is one of those accepted. */
function startingCountry(view: BegunView, countries: readonly string[]): string {
  const named = [claimedOf(view)?.country, sessionEvidenceOf(view.evidence)?.country].find((one) => one !== undefined && countries.includes(one));
  return named ?? (countries.length === 1 ? (countries[0] ?? '') : '');
}
