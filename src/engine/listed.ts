/** The last look at the operator's lists: who an approval would be of, and the devices that would be bound. */
import { GatehouseError } from '../errors.ts';
import { identityKey, returnedAccount } from '../journey/binding.ts';
import { deviceKeysOf, deviceProofOf } from '../journey/device_evidence.ts';
import type { ClaimedIdentity } from '../journey/journey.ts';
import { newestOf } from '../journey/document_evidence.ts';
import { ofOnePerson } from '../journey/one_person.ts';
import { claimedIdentities, type Lists } from '../journey/rules/lists.ts';
import type { LoadedJourney, Recording } from '../journey/store.ts';
import type { Personal } from '../personal.ts';

export interface ListedApproval {
  readonly code: 'listed_identity' | 'listed_device';
  readonly entry: string;
}

/**
 * What stands against an approval; undefined where nothing does.
 *
 * @throws GatehouseError `lists_stale` where nobody can tell: the journey stays as it is, and is decided in a moment
 */
export function listedAtApproval(lists: Lists, { journey, evidence }: Pick<LoadedJourney, 'journey' | 'evidence'>, now: number): ListedApproval | undefined {
  const person = ofOnePerson(evidence);
  const claimed = newestOf(person, 'claimed_identity')?.data as Personal<ClaimedIdentity> | undefined;
  const proved = deviceProofOf(evidence)?.deviceId;
  const { blocked, fresh } = lists.look({
    accountId: returnedAccount(evidence),
    identities: [...[identityKey(evidence)].filter((key) => key !== undefined), ...(claimed ? claimedIdentities(claimed) : [])],
    devices: [...deviceKeysOf(evidence).map(({ thumbprint }) => thumbprint), ...(proved === undefined ? [] : [proved])],
  }, { mode: journey.mode, workflowId: journey.workflowId, now });
  const hit = blocked.find(({ kind }) => kind === 'identity') ?? blocked[0];
  if (hit) return { code: hit.kind === 'identity' ? 'listed_identity' : 'listed_device', entry: hit.entry };
  if (!fresh) throw new GatehouseError('lists_stale', 503, 'the lists have not been read for too long to approve anybody by them', { visitor: 'unavailable' });
  return undefined;
}

/** Which entry it was is told on the timeline. */
export function withListed(recording: Recording, { code, entry }: ListedApproval): Recording {
  return { ...recording, events: [{ layer: 'block', name: 'listCheck', outcome: 'fail', reason: code, details: { entry } }, ...recording.events] };
}
