/** Journeys of one planted person, and the desk they are found at. */
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../../src/admin/actor.ts';
import type { AuditLog } from '../../../src/admin/audit/audit.ts';
import type { JourneyDesk } from '../../../src/admin/journeys/store.ts';
import type { Evidence, Journey } from '../../../src/journey/journey.ts';
import type { NewJourney } from '../../../src/journey/store.ts';
import { Personal } from '../../../src/personal.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { journeyDesk } from '../../../src/store/console/journeys.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { imageStore, type KeptImages } from '../../../src/store/images.ts';
import { change, newJourney, NOW, storesOn, type Stores } from '../support.ts';

export const ANNA: Actor = { kind: 'staff', id: 's_anna', name: 'Anna' };
export const REASON = 'ticket 4711: the person asks';
export const PERSON = {
  givenName: 'Xaverine', familyName: `Quillféather <script>alert(1)</script>"'`, street: '8813 Zanzibar Loop', city: 'Oxnardia', region: 'FL', postalCode: '34743', country: 'US', phone: '+14075550191', birthDate: '1971-02-03',
};
export const CREDENTIAL = 'planted-customer-77c1';
export const EMAIL = 'X.Quill@planted.example';
export const ADDRESS = '203.0.113.77';
export const AGENT = `Mozilla/5.0 Planted <img src=x onerror=alert(1)>`;
/** Everything of theirs that must show nowhere but on a revealed page. */
export const PLANTED = {
  givenName: PERSON.givenName, familyName: 'Quillféather', street: PERSON.street, city: PERSON.city, phone: PERSON.phone, birthDate: PERSON.birthDate,
  credential: CREDENTIAL, email: EMAIL, address: ADDRESS, agent: 'Planted <img', number: 'L898902C3',
};

export interface World extends Stores {
  readonly opened: OpenedDatabase;
  readonly desk: JourneyDesk;
  readonly audit: AuditLog;
  readonly images: KeptImages;
  readonly now: () => number;
}

export async function worldOn(opened: OpenedDatabase, now: () => number = () => NOW): Promise<World> {
  const stores = await storesOn(opened);
  const images = imageStore(opened.db, stores.vault, now, undefined);
  const auditing = { db: opened.db, vault: stores.vault, now };
  return { ...stores, opened, images, now, audit: auditLog(auditing), desk: journeyDesk({ ...auditing, vault: stores.vault, images }) };
}

const evidence = (kind: Evidence['kind'], data: unknown): Evidence => ({ kind, version: 1, simulated: true, data: Personal.of(data) });

const DOCUMENT = {
  documents: [{ type: 'passport', issuer: 'UTO', number: 'L898902C3', familyName: PERSON.familyName, givenName: PERSON.givenName, birthDate: PERSON.birthDate, expiryDate: '2030-04-15', method: 'mrz' }],
  findings: [{ code: 'not_expired', status: 'fail', why: 'expired', detail: { days: 3 } }], reader: { name: 'gatehouse', version: '1' }, authenticity: 'not_verified', at: NOW + 1, phoneAnswered: false,
};

export async function open(world: World, facts: Partial<NewJourney> = {}): Promise<Journey> {
  const { journey } = await world.journeys.open(newJourney({ deleteAt: NOW + 365 * 86_400_000, opening: { credential: Personal.of(CREDENTIAL), clientName: 'App', locale: 'en' }, ...facts }));
  return journey;
}

/** A journey that was denied at the document, with everything personal that a journey can hold. */
export async function denied(world: World, facts: Partial<NewJourney> = {}): Promise<Journey> {
  const journey = await open(world, facts);
  const reasons = [{ code: 'not_expired', detail: { status: 'fail' } }];
  const first = await world.journeys.record(journey, change(journey, {
    node: 'session_risk',
    result: { node: 'session_risk', step: 'session_risk', outcome: 'allow', reasons: [], at: NOW + 1 },
    evidence: [evidence('session', { email: EMAIL, address: ADDRESS, device: 'desktop', userAgent: AGENT, at: NOW + 1 })],
  }));
  if (!first) throw new Error('not recorded');
  const written = await world.journeys.record(first.journey, change(first.journey, {
    node: 'document_selfie',
    result: { node: 'document_selfie', step: 'document_selfie', outcome: 'fail', reasons, at: NOW + 2 },
    decision: { verdict: 'deny', reasons, policy: 'w@1', at: NOW + 2 },
    evidence: [evidence('claimed_identity', PERSON), evidence('document_attempt', DOCUMENT)],
    consents: [{ purpose: 'biometrics', text: 'You agree <b>here</b>.', locale: 'en', method: 'button', proof: Personal.of({ address: ADDRESS, userAgent: AGENT }) }],
    messages: [{ id: randomUUID(), attempt: 1 }],
    events: [{ layer: 'label', name: 'document_verification', outcome: 'failure', reason: 'not_expired', details: { browser: '<script>alert(3)</script>' } }],
  }));
  if (!written) throw new Error('not recorded');
  return written.journey;
}
