/**
 * Passkeys as two steps use them: in place of a device's own proof (trusted_device), and on the first page as the way
 * back in where the device was lost (session_risk).
 */
import { randomBytes } from 'node:crypto';
import type { PasskeyAsked, Passkeys } from '../devices/passkeys.ts';
import { rpIdOf } from '../devices/webauthn_reply.ts';
import { knownPersonEvidence, passkeyProofEvidence } from '../journey/device_evidence.ts';
import { satisfies } from '../journey/levels.ts';
import type { Mode } from '../journey/journey.ts';
import type { Workflow } from '../journey/workflow.ts';
import { Personal } from '../personal.ts';
import type { SessionPasskeys } from './session_risk/passkey_port.ts';
import type { StepView } from './step.ts';
import type { PasskeyAsk, PasskeyPort } from './trusted_device/passkey_port.ts';
import type { Verified } from './trusted_device/verified.ts';

/** What a passkey alone reaches. */
const ACR = 'urn:gatehouse:acr:passkey';

const where = (workflow: Workflow, mode: Mode): Pick<PasskeyAsked, 'mode' | 'workflowId' | 'trustFrom'> => ({
  mode, workflowId: workflow.id, trustFrom: workflow.definition.options.devices.trustFrom,
});

/** For somebody whose device already said who they are. */
export function devicePasskeys(passkeys: Passkeys): PasskeyPort {
  const asked = ({ accountId, workflow, mode }: PasskeyAsk): PasskeyAsked => ({
    // The name that the application gave was held against the device's trust, which is the same account's.
    ...where(workflow, mode), credentialHash: undefined, accountId,
  });
  return {
    async offered(ask) {
      if (!passkeys.possible || !ask.workflow.definition.options.devices.passkeys) return undefined;
      const own = await passkeys.fitting(ask.accountId, asked(ask));
      if (own.length === 0) return undefined;
      const challenge = randomBytes(32).toString('base64url');
      return { challenge, options: { ...passkeys.request(challenge, own) } };
    },
    async verify(response, challenge, ask) {
      const judged = await passkeys.verify(asked(ask), { answer: response, challenge, journeyId: undefined, now: ask.now });
      if (judged.kind === 'refused') return { kind: 'bad', code: judged.code };
      return { kind: 'good', passkeyId: judged.passkey.id, deviceType: judged.deviceType, userVerified: judged.userVerified };
    },
  };
}

export interface SessionPasskeyDeps {
  readonly passkeys: Passkeys;
  /** Of the issuer. */
  readonly origin: string;
  /** Whom a journey verified; undefined where its evidence is gone. */
  readonly verifiedBy: (journeyId: string) => Promise<Verified | undefined>;
  /** Keyed hash of the application's own name for its user. */
  readonly credentialHash: (mode: Mode, credential: string) => string;
  /** Keyed hash with a use of its own: 32 bytes, base64url. */
  readonly challenge: (text: string) => string;
}

/** For somebody whom nothing here knows yet. */
export function sessionPasskeys({ passkeys, origin, verifiedBy, credentialHash, challenge }: SessionPasskeyDeps): SessionPasskeys {
  const rpId = rpIdOf(origin);
  // Nobody can work it out beforehand, and no other journey takes its answer.
  const challengeOf = ({ journey, node }: StepView<unknown>): string => challenge(`${journey.id}\0${node}`);
  return {
    offer(view) {
      if (!passkeys.possible || !taken(view)) return undefined;
      return { challenge: challengeOf(view), rpId };
    },
    async verify(values, view) {
      const answer = values['passkey'] ?? '';
      if (answer === '' || !passkeys.possible || !taken(view)) return undefined;
      const { journey, workflow, now } = view;
      const credential = journey.opening.credential?.open();
      const asked: PasskeyAsked = {
        ...where(workflow, journey.mode), credentialHash: credential === undefined ? undefined : credentialHash(journey.mode, credential),
      };
      const judged = await passkeys.verify(asked, { answer, challenge: challengeOf(view), journeyId: journey.id, now });
      if (judged.kind === 'refused') return undefined;
      const { passkey, deviceType, userVerified } = judged;
      const verified = await verifiedBy(passkey.journeyId);
      if (!verified) return undefined;
      const linkPhone = verified.linkPhone?.open();
      return {
        known: [
          {
            kind: 'known_person',
            version: 1,
            // It rests on what was established then, and under test keys that was a sandbox's word.
            simulated: journey.mode === 'test',
            data: verified.profile.map((profile) => knownPersonEvidence.parse({
              accountId: passkey.accountId, by: 'passkey', trustId: passkey.id, journeyId: verified.journeyId, acr: passkey.acr, profile,
              ...(linkPhone === undefined ? {} : { linkPhone }), at: now,
            })),
          },
          { kind: 'passkey_proof', version: 1, simulated: false, data: Personal.of(passkeyProofEvidence.parse({ passkeyId: passkey.id, accountId: passkey.accountId, deviceType, userVerified, at: now })) },
        ],
      };
    },
  };
}

/**
 * Whether a passkey is any good in this journey: the workflow takes them, what the application asked for can be reached
 * by one, and it did not say itself who the person has to be, which a passkey does not check. Pure.
 */
function taken({ journey: { opening }, workflow }: StepView<unknown>): boolean {
  const { devices, identity } = workflow.definition.options;
  const wanted = opening.wanted?.acr ?? [];
  const enough = wanted.length === 0 || wanted.some((acr) => satisfies(ACR, acr));
  return devices.passkeys && enough && opening.prefill === undefined && identity === 'person';
}
