/**
 * Knowledge questions over HTTP. `POST /kba/v1/sets` draws questions (`{subject, count, locale, before}` →
 * `{setId, questions}`, 404 where too little is known of the person); `POST /kba/v1/sets/<setId>/grade` takes
 * `{answers}` and gives `{right, asked}`. Which choice is right never leaves the source.
 */
import { randomUUID } from 'node:crypto';
import { Personal } from '../../personal.ts';
import { timed, type VendorIdentity } from '../answer.ts';
import { fetchLimited, type OutgoingCall } from '../fetch_limited.ts';
import type { KbaPort } from '../ports.ts';
import type { KbaHttpConfig } from './config.ts';
import { judgeGrade, judgeQuestions } from './reply.ts';

export function kbaHttpClient(config: KbaHttpConfig, identity: VendorIdentity): KbaPort {
  const call = (path: string, reference: string, body: unknown): OutgoingCall => ({
    url: `${config.url}${path}`,
    method: 'POST',
    headers: {
      authorization: `Bearer ${config.secret.open()}`,
      'content-type': 'application/json',
      accept: 'application/json',
      'x-correlator': reference,
    },
    body: JSON.stringify(body),
  });
  return {
    async questions(subject, { count, locale, before }) {
      const reference = randomUUID();
      const answer = timed(identity, reference);
      const reply = await fetchLimited(call('/kba/v1/sets', reference, { subject: subject.open(), count, locale, before }), AbortSignal.timeout(config.timeoutMs));
      const judged = answer(reply.kind === 'reply' ? judgeQuestions(reply, count) : reply);
      return judged.kind === 'answer' ? { ...judged, value: Personal.of(judged.value) } : judged;
    },
    async grade(setId, answers) {
      const reference = randomUUID();
      const answer = timed(identity, reference);
      const given = answers.open();
      const reply = await fetchLimited(call(`/kba/v1/sets/${encodeURIComponent(setId)}/grade`, reference, { answers: given }), AbortSignal.timeout(config.timeoutMs));
      return answer(reply.kind === 'reply' ? judgeGrade(reply, Object.keys(given).length) : reply);
    },
  };
}
