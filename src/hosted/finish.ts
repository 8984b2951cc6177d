/**
 * The only door back to the OIDC server: a stored decision becomes a grant and a result, or an error. Nothing here
 * decides anything; it can be called again and gives the same answer.
 */
import type { Context } from 'koa';
import type { Position } from '../engine/advance.ts';
import { GatehouseError } from '../errors.ts';
import { levelOf, methodsOf } from '../journey/levels.ts';
import { ofOnePerson } from '../journey/one_person.ts';
import { releasedProfile } from '../journey/released.ts';
import { stepMethods } from '../journey/step_methods.ts';
import { policyOf } from '../journey/workflow.ts';
import { abandonInteraction, finishInteraction, interactionOf, type DecidedJourney, type Interaction } from '../oidc/grants.ts';
import type { Oidc } from '../oidc/provider.ts';
import { suppliedWith } from '../oidc/supplied.ts';
import type { KeyWishes, OidcDoor } from './door.ts';
import { endingOf, type Ending } from './ending.ts';

export function oidcDoor(oidc: Oidc): OidcDoor {
  const held = async (ctx: Context, uid: string): Promise<Interaction> => {
    const interaction = await interactionOf(oidc, ctx);
    if (!interaction || interaction.uid !== uid) {
      throw new GatehouseError('session_not_found', 400, 'no waiting authorization request belongs to this browser and address');
    }
    return interaction;
  };
  return {
    async waiting(ctx, uid) {
      const interaction = await held(ctx, uid);
      const clientId = String(interaction.params['client_id']);
      const client = await oidc.provider().Client.find(clientId);
      if (!client) throw new GatehouseError('client_gone', 400, 'the key that began this request was revoked', { visitor: 'session_not_found' });
      const metadata = client.metadata();
      return {
        uid,
        clientId,
        clientName: metadata.client_name ?? clientId,
        workflowId: String(metadata['gatehouse_workflow']),
        mode: metadata['gatehouse_mode'] === 'live' ? 'live' : 'test',
        params: interaction.params,
        expiresAt: interaction.exp * 1000,
        asked: keyWishes(metadata, interaction.exp * 1000 - oidc.now()),
      };
    },
    supplied: (waiting) => suppliedWith(oidc, waiting),
    async finish(ctx, waiting, position) {
      const interaction = await held(ctx, waiting.uid);
      const decided = decidedJourney(position, oidc.vault, waiting.asked);
      const asToken = (waiting.asked?.denyAs ?? position.workflow.definition.options.denyAs) === 'token';
      // Of nobody, like a denial told as a token: one code, no claims about anybody, never used again by itself.
      const asPending = decided.verdict === 'review' && waiting.asked?.reviewAs === 'pending';
      if (decided.verdict === 'approve' || asToken || asPending) return finishInteraction(oidc, ctx, interaction, decided);
      return abandonInteraction(oidc, ctx, interaction, { error: 'access_denied', description: DESCRIPTIONS[endingOf(position)] });
    },
    async abandon(ctx, waiting, error, description) {
      return abandonInteraction(oidc, ctx, await held(ctx, waiting.uid), { error, description });
    },
  };
}

/** What is left of a request for the way back to the application, milliseconds. */
const HOLD_MARGIN_MS = 120_000;

/** What the key's metadata say; `clients.ts` put it there, checked. */
function keyWishes(metadata: Readonly<Record<string, unknown>>, leftMs: number): KeyWishes {
  const { gatehouse_deny_as: denyAs, gatehouse_reuse_seconds: reuseSeconds, gatehouse_review_as: reviewAs } = metadata;
  return {
    denyAs: denyAs === 'error' || denyAs === 'token' ? denyAs : undefined,
    reuseSeconds: typeof reuseSeconds === 'number' ? reuseSeconds : undefined,
    reviewAs: reviewAs === 'pending' || (reviewAs === 'hold' && leftMs > HOLD_MARGIN_MS) ? reviewAs : 'error',
  };
}

/** What an application is told with `access_denied`: never which check failed, only what kind of end it was. */
const DESCRIPTIONS: Readonly<Record<Ending, string>> = {
  stopped: 'the person stopped the verification',
  expired: 'the verification was not finished in time',
  review: 'the verification is waiting for a review',
  denied: 'the person could not be verified',
  step_unavailable: 'the person could not be verified',
};

/** A decided journey as tokens tell it. */
function decidedJourney(position: Position, vault: Oidc['vault'], asked: KeyWishes | undefined): DecidedJourney {
  const { journey, evidence, workflow, rest, accountId } = position;
  if (rest.kind !== 'decided') throw new GatehouseError('journey_undecided', 500, 'an undecided journey cannot be finished');
  const { decision } = rest;
  const approved = decision.verdict === 'approve';
  return {
    journeyId: journey.id,
    accountId: approved ? accountId : undefined,
    verdict: decision.verdict,
    policy: policyOf(workflow),
    decidedAt: decision.at,
    reuseUntil: decision.at + (asked?.reuseSeconds ?? workflow.definition.options.reuseSeconds) * 1000,
    acr: approved ? levelOf(evidence) : undefined,
    amr: methodsOf(approved ? ofOnePerson(evidence) : evidence),
    credentialHash: position.credentialHash,
    deviceId: approved ? position.deviceId : undefined,
    profile: approved ? releasedProfile(evidence) : undefined,
    summary: {
      simulated: evidence.some((one) => one.simulated),
      steps: journey.results.map((result) => {
        const methods = stepMethods(result, evidence);
        return { step: result.step, outcome: result.outcome, at: Math.floor(result.at / 1000), ...(methods ? { methods } : {}) };
      }),
      ...(approved && accountId !== undefined && workflow.definition.options.persistentId
        ? { persistentId: vault.keyedHash('persistent_id', `${workflow.id}\0${accountId}`) }
        : {}),
    },
  };
}
