/**
 * A document vendor over HTTP. `POST /v1/sessions` starts (the same reference again gives the same session), `PUT
 * /v1/sessions/<id>/pictures` hands over what our own pages took, `GET /v1/sessions/<id>` tells how it stands. Notices
 * come by webhook (`notice.ts`) and say only that asking is worth while.
 */
import { timed, type VendorIdentity } from '../answer.ts';
import { fetchLimited, type OutgoingCall } from '../fetch_limited.ts';
import type { DocumentVendorPort } from '../ports.ts';
import type { DocumentVendorConfig } from './config.ts';
import { judgeResult, judgeStart, judgeUpload } from './reply.ts';

/** How to reach a vendor. `pageOrigin`: where its hosted page stands, if not where it is asked. */
export type DocumentVendorAccess = Omit<DocumentVendorConfig, 'webhookSecret'> & { readonly pageOrigin?: string };

export function documentVendorClient(config: DocumentVendorAccess, identity: VendorIdentity): DocumentVendorPort {
  const call = (method: OutgoingCall['method'], path: string, body?: unknown): OutgoingCall => ({
    url: `${config.url}${path}`,
    method,
    headers: {
      authorization: `Bearer ${config.token.open()}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const ask = (one: OutgoingCall) => fetchLimited(one, AbortSignal.timeout(config.timeoutMs));
  const pathOf = (sessionId: string): string => `/v1/sessions/${encodeURIComponent(sessionId)}`;
  const pageOrigin = config.pageOrigin ?? new URL(config.url).origin;

  return {
    name: config.name,
    async start({ reference, returnUrl, types, countries, locale, claimed }) {
      const answer = timed(identity, reference);
      const reply = await ask(call('POST', '/v1/sessions', { reference, returnUrl, types, countries, locale, ...(claimed ? { claimed: claimed.open() } : {}) }));
      return answer(reply.kind === 'reply' ? judgeStart(reply, pageOrigin) : reply);
    },
    async upload(sessionId, pictures) {
      const answer = timed(identity, sessionId);
      const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
      const { documents, selfies } = pictures.open();
      const reply = await ask(call('PUT', `${pathOf(sessionId)}/pictures`, {
        documents: documents.map(({ front, back }) => ({ front: base64(front), ...(back ? { back: base64(back) } : {}) })),
        selfies: selfies.map(base64),
      }));
      return answer(reply.kind === 'reply' ? judgeUpload(reply) : reply);
    },
    async result(sessionId) {
      const answer = timed(identity, sessionId);
      const reply = await ask(call('GET', pathOf(sessionId)));
      return answer(reply.kind === 'reply' ? judgeResult(reply) : reply);
    },
  };
}
