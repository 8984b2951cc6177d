/**
 * The CAMARA client: any operator that speaks the standard, the sandbox's simulator included. One question has one time
 * limit, whatever happens inside it (a token, one refresh, one smaller window).
 */
import { randomUUID } from 'node:crypto';
import { broke, SIMULATED_HEADER, timed } from '../answer.ts';
import type { Judged, VendorIdentity } from '../answer.ts';
import { fetchLimited } from '../fetch_limited.ts';
import type { CallResult } from '../fetch_limited.ts';
import type { IdentityMatchPort, NumberRecyclingPort, NumberVerificationPort, SimSwapPort } from '../ports.ts';
import { CAMARA_APIS } from './apis.ts';
import type { CamaraConfig } from './config.ts';
import { judgeMatch, judgeNumberRecycling, judgeNumberVerification, judgeSimSwap } from './reply.ts';
import type { CamaraJudged, RawReply } from './reply.ts';
import {
  givenAttributes,
  kycMatchRequest,
  numberRecyclingRequest,
  numberVerificationRequest,
  simSwapRequest,
} from './request.ts';
import type { CamaraRequest } from './request.ts';
import { tokenSource } from './token.ts';

export interface CamaraClient {
  readonly match: IdentityMatchPort;
  readonly simSwap: SimSwapPort;
  readonly numberRecycling: NumberRecyclingPort;
  readonly numberVerification: NumberVerificationPort;
}

/** Hours asked for when the operator refuses a longer look-back: the standard's default. */
const SMALLER_WINDOW_HOURS = 240;

/** One question under way: its id at the operator, and its one time limit. */
interface Question {
  readonly requestId: string;
  readonly signal: AbortSignal;
}

type Outcome<T> = CamaraJudged<T> | { readonly kind: 'timed_out' };

/**
 * @param identity who stands in the record; `simulated` only for the sandbox
 * @param clock epoch milliseconds
 */
export function camaraClient(
  config: CamaraConfig,
  identity: VendorIdentity,
  clock: () => number = Date.now,
): CamaraClient {
  const tokens = tokenSource(config, clock);

  const question = (): Question => ({
    requestId: randomUUID(),
    signal: AbortSignal.timeout(config.timeoutMs),
  });

  const call = async (
    request: CamaraRequest,
    token: string,
    { requestId, signal }: Question,
  ): Promise<CallResult> => {
    const reply = await fetchLimited(
      {
        url: config.apiRoot + CAMARA_APIS[request.api].path,
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          accept: 'application/json',
          'x-correlator': requestId,
        },
        body: JSON.stringify(request.body),
      },
      signal,
    );
    // A simulator answering for a live operator would put made-up facts into real decisions.
    if (reply.kind === 'reply' && !identity.simulated && reply.header(SIMULATED_HEADER) !== null) {
      return broke('simulated_reply');
    }
    return reply;
  };

  /** Ask with a token of our own, and once more with a fresh one if it is refused. */
  const ask = async <T>(
    request: CamaraRequest,
    judge: (reply: RawReply) => CamaraJudged<T>,
    asking: Question,
  ): Promise<Outcome<T>> => {
    const { scope } = CAMARA_APIS[request.api];
    let outcome: Outcome<T> = broke('http_401');
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const token = await tokens.get(scope, asking.signal);
      if (token.kind !== 'token') return token;
      const reply = await call(request, token.token, asking);
      outcome = reply.kind === 'reply' ? judge(reply) : reply;
      if (outcome.kind !== 'refresh_token') return outcome;
      tokens.forget(scope, token.token);
    }
    return outcome;
  };

  return {
    match: {
      async match(query) {
        const asking = question();
        const answer = timed(identity, asking.requestId);
        const request = kycMatchRequest(query.open());
        if (request === undefined) return answer(broke('nothing_asked'));
        const asked = givenAttributes(query.open());
        const judge = (reply: RawReply) => judgeMatch(reply, asked, 'streetNumber' in request.body);
        return answer(settle(await ask(request, judge, asking)));
      },
    },
    simSwap: {
      async check(phone, windowHours) {
        const asking = question();
        const answer = timed(identity, asking.requestId);
        const first = await ask(simSwapRequest(phone.open(), windowHours), judgeSimSwap, asking);
        if (first.kind !== 'smaller_window' || windowHours <= SMALLER_WINDOW_HOURS) return answer(settle(first));
        const second = settle(await ask(simSwapRequest(phone.open(), SMALLER_WINDOW_HOURS), judgeSimSwap, asking));
        // A swap in the shorter window is one in the longer; none in the shorter says nothing about the rest.
        if (second.kind === 'answer' && second.value.swapped === false) {
          return answer({ kind: 'answer', value: { swapped: null } });
        }
        return answer(second);
      },
    },
    numberRecycling: {
      async check(phone, since) {
        const asking = question();
        const answer = timed(identity, asking.requestId);
        return answer(settle(await ask(numberRecyclingRequest(phone.open(), since), judgeNumberRecycling, asking)));
      },
    },
    numberVerification: {
      async verify(phone, accessToken) {
        const asking = question();
        const answer = timed(identity, asking.requestId);
        // The token is the phone's own (three-legged): there is none of ours to refresh it with.
        const reply = await call(numberVerificationRequest(phone.open()), accessToken.open(), asking);
        return answer(settle(reply.kind === 'reply' ? judgeNumberVerification(reply) : reply));
      },
    },
  };
}

/** A refused token is a fault by now; a window that is still too long leaves the question open. */
function settle<T>(outcome: Outcome<T>): Judged<T> | { readonly kind: 'timed_out' } {
  if (outcome.kind === 'refresh_token') return broke(outcome.code);
  if (outcome.kind === 'smaller_window') return { kind: 'could_not_tell', code: outcome.code };
  return outcome;
}
