import { randomUUID } from 'node:crypto';
import { MATCH_ATTRIBUTES } from '../../journey/workflow.ts';
import { broke, timed } from '../answer.ts';
import type { VendorIdentity } from '../answer.ts';
import { fetchLimited } from '../fetch_limited.ts';
import type { IdentityMatchPort } from '../ports.ts';
import { judgeBureau } from './bureau_reply.ts';
import { bureauRequest } from './bureau_request.ts';
import type { BureauConfig } from './bureau_request.ts';

const IDENTITY: VendorIdentity = { vendor: 'sandbox_bureau', sourceClass: 'simulator', simulated: true };

/** Asks the simulated identity database over HTTP, as a real one would be asked. */
export function bureauClient(config: BureauConfig): IdentityMatchPort {
  return {
    async match(query) {
      const reference = randomUUID();
      const answer = timed(IDENTITY, reference);
      const { phone, attributes } = query.open();
      const asked = MATCH_ATTRIBUTES.filter((attribute) => (attributes[attribute] ?? '').trim() !== '');
      if (asked.length === 0) return answer(broke('nothing_asked'));
      const given = Object.fromEntries(asked.map((attribute) => [attribute, attributes[attribute] ?? '']));
      const call = bureauRequest(config, { phone, attributes: given }, reference);
      const reply = await fetchLimited(call, AbortSignal.timeout(config.timeoutMs));
      return answer(reply.kind === 'reply' ? judgeBureau(reply, asked) : reply);
    },
  };
}
