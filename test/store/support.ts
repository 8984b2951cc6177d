/** What the contract suites of the store begin with: a journey as the engine opens it, and an empty change of it. */
import { Personal } from '../../src/personal.ts';
import { randomBytes, randomUUID } from 'node:crypto';
import { emptyRecording } from '../../src/engine/recording.ts';
import type { Journey } from '../../src/journey/journey.ts';
import type { JourneyStore, NewJourney, Recording } from '../../src/journey/store.ts';
import { dataKeyStore } from '../../src/store/data_keys.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { journeyStore } from '../../src/store/journeys.ts';
import { openVault, type Vault } from '../../src/vault/vault.ts';

export const NOW = 1_800_000_000_000;

export interface Stores {
  readonly vault: Vault;
  readonly journeys: JourneyStore;
}

export async function storesOn(opened: OpenedDatabase): Promise<Stores> {
  const vault = await openVault({ masterKeys: [{ id: 'm', key: randomBytes(32) }], store: dataKeyStore(opened.db) });
  const velocityHash = (dimension: string, value: string): Buffer => Buffer.from(vault.keyedHash(dimension, value), 'base64url');
  return { vault, journeys: journeyStore(opened.db, vault, velocityHash, opened.ride) };
}

export function newJourney(facts: Partial<NewJourney> = {}): NewJourney {
  return {
    id: randomUUID(), workflowId: 'w', workflowVersion: 1, mode: 'test', clientId: 'c', interactionUid: randomUUID(), createdAt: NOW, deleteAt: Number.MAX_SAFE_INTEGER, expiresAt: NOW + 1_800_000,
    opening: { credential: Personal.of('alice@example.com'), clientName: 'App', locale: 'en' }, events: [{ layer: 'phase', name: 'journey', outcome: 'start' }], ...facts,
  };
}

export function change(journey: Journey, what: Partial<Recording>): Recording {
  return { ...emptyRecording(journey, NOW + 1), node: 'a_node', ...what };
}
