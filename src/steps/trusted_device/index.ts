/**
 * The step before any other for whoever may be known here (SPEC 5): the browser's cookie names its device, the device's
 * key signs a fresh challenge on a page without a question, and the look of the browser, the session's signals, the carrier
 * and what the application wants are weighed by one table. Ends as one of the four answers of continuous
 * re-authentication, or `unknown` for a stranger, who is shown nothing of this.
 */
import type { z } from 'zod';
import type { PageShown, Step } from '../step.ts';
import { answerChallenge } from './answer_challenge.ts';
import { answerProof } from './answer_proof.ts';
import type { TrustedDeviceDeps } from './deps.ts';
import { canLink } from './judge.ts';
import { look } from './look.ts';
import type { TrustedDevicePageModels } from './pages.ts';
import { settleReturn } from './settle.ts';
import { stateShape, type State, type View } from './state.ts';

export type { TrustedDeviceDeps } from './deps.ts';
export type { PasskeyAsk, PasskeyJudged, PasskeyOffer, PasskeyPort } from './passkey_port.ts';
export { verifiedBy, type Verified } from './verified.ts';

/** The step, with the world it needs. */
export function trustedDevice(deps: TrustedDeviceDeps): Step<State> {
  return {
    name: 'trusted_device',
    needs: [],
    yields: ['session', 'known_person', 'device_proof', 'device_key', 'passkey_proof'],
    state: stateShape as z.ZodType<State>,
    move(view) {
      const { state, journey, workflow } = view;
      if (state) return state.at === 'weighing' ? { kind: 'work', task: 'sim' } : { kind: 'show', page: pageOf(state, view) };
      const stranger = !workflow.definition.options.devices.trust ? 'trust_off' : journey.opening.device === undefined ? 'no_device_cookie' : undefined;
      if (stranger !== undefined) return { kind: 'finish', end: { outcome: 'unknown', reasons: [{ code: stranger }] } };
      return { kind: 'work', task: 'look' };
    },
    async submit(submission, view) {
      const { state } = view;
      if (submission.channel === 'browser' && state?.at === 'proving') return answerProof(deps, submission, view, state);
      if (submission.channel === 'browser' && state?.at === 'choosing') return answerChallenge(deps, submission, view, state);
      return { kind: 'invalid', errors: {} };
    },
    work: (task, view) => (task === 'look' ? look(deps, view) : settleReturn(deps, view)),
  };
}

/** A page of this step with the model that belongs to its name. */
function shown<Name extends keyof TrustedDevicePageModels>(name: Name, model: TrustedDevicePageModels[Name]): PageShown {
  return { name, model: { ...model } };
}

function pageOf(state: Exclude<State, { readonly at: 'weighing' }>, view: View): PageShown {
  if (state.at === 'proving') return shown('device_proof', { challenge: state.challenge, now: view.now, keyId: state.known.thumbprint });
  return shown('device_challenge', { canLink: canLink(state.known, view), passkey: { options: state.passkey.options }, again: state.tries > 0 });
}
