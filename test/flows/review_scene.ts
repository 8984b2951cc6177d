/** A journey whose document is doubtful, at an application that has doubts looked at by a person; and that person. */
import type { CaseDesk } from '../../src/admin/cases/store.ts';
import type { Actor } from '../../src/admin/actor.ts';
import { makeEngine } from '../../src/engine/engine.ts';
import { documentOnly } from '../../src/journey/templates/document_only.ts';
import type { WorkflowSource } from '../../src/journey/workflow.ts';
import { caseDesk } from '../../src/store/console/cases.ts';
import { dataKeyStore } from '../../src/store/data_keys.ts';
import { journeyStore } from '../../src/store/journeys.ts';
import { workflowStore } from '../../src/store/workflows.ts';
import { openVault } from '../../src/vault/vault.ts';
import { RelyingParty } from '../support/relying_party.ts';
import type { Scene } from './scene.ts';

export const ANN: Actor = { kind: 'staff', id: 'ann', name: 'Ann' };
export const BEN: Actor = { kind: 'staff', id: 'ben', name: 'Ben' };

/** Doubts go to a person. */
export const REVIEWED: WorkflowSource = {
  ...documentOnly,
  nodes: { ...documentOnly.nodes, document_selfie: { ...documentOnly.nodes['document_selfie'], step: 'document_selfie', routes: { ...documentOnly.nodes['document_selfie']?.routes, doubtful: { end: 'review' } } } },
  options: { ...documentOnly.options, asyncUIRedirect: 'https://app.example.com/phone-done' },
};

/** The gateway seen from an application whose key says how a review is told. */
export async function reviewing(scene: Scene, id: string, reviewAs: 'error' | 'pending' | 'hold', options: WorkflowSource['options'] = {}): Promise<Scene> {
  const key = await scene.gateway.addWorkflow(id, { ...REVIEWED, options: { ...REVIEWED.options, ...options } }, 'test', { review_as: reviewAs });
  const gateway = { ...scene.gateway, key };
  return { ...scene, gateway, app: await RelyingParty.discover({ issuer: gateway.origin, ...key }) };
}

/** The desk of the gateway's console, as another process has it. */
export async function deskOf(scene: Scene, now: () => number): Promise<CaseDesk> {
  const { db } = scene;
  const vault = await openVault({ masterKeys: [{ id: 'test', key: scene.gateway.masterKey }], store: dataKeyStore(db), now });
  const engine = makeEngine({ journeys: journeyStore(db, vault, () => Buffer.alloc(16)), workflows: workflowStore(db), steps: new Map(), now, leaseMs: 1000 });
  return caseDesk({ db, vault, now, engine, issuer: scene.gateway.origin });
}

/** Decide about a journey at once, by its case. */
export async function decided(desk: CaseDesk, journeyId: string, verdict: 'approve' | 'deny', by: Actor = ANN): ReturnType<CaseDesk['decide']> {
  const found = await desk.find((await desk.ofJourney(journeyId)) ?? '');
  if (!found) throw new Error('the journey has no case');
  return desk.decide(by, { caseId: found.id, version: found.version, verdict, code: verdict === 'approve' ? 'picture_was_poor' : 'face_differs', words: undefined });
}
