/** What the suites of accounts begin with: the desk, approvals, and a person of whom everything is kept. */
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../../src/admin/actor.ts';
import type { AccountDesk } from '../../../src/admin/accounts/store.ts';
import type { Evidence } from '../../../src/journey/journey.ts';
import { Personal } from '../../../src/personal.ts';
import { accountDesk } from '../../../src/store/console/accounts.ts';
import type { AccountDeps } from '../../../src/store/console/accounts_common.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { imageStore, type KeptImages } from '../../../src/store/images.ts';
import { outboxStore } from '../../../src/store/outbox.ts';
import { recordStore } from '../../../src/store/records.ts';
import { ticketStore } from '../../../src/store/tickets.ts';
import type { Objects } from '../../../src/vendors/s3/client.ts';
import { deviceWorld, shown, type DeviceWorld } from '../device_world.ts';
import { change, newJourney, NOW } from '../support.ts';

export const STAFF: Actor = { kind: 'staff', id: 'staff-1', name: 'Ada Admin' };
export const REASON = 'asked by the person in ticket 7';

/** Values that must be nowhere once their person is erased. */
export const PERSON = {
  given: 'Zebedeina', family: 'Quillfeather', street: '4711 Wombatine Crescent', phone: '+14075550188',
  email: 'zq.wombat@planted-mail.example', credential: 'planted-credential-zq-90210', address: '203.0.113.77', document: 'XPLANT987654',
};

export interface AccountsWorld extends DeviceWorld {
  readonly deps: AccountDeps;
  readonly desk: AccountDesk;
  readonly images: KeptImages;
  /** Advance or read the clock of the desk. */
  clock: { now: number };
  /** An approved person of whom everything is kept that can be; gives the account and its journey. */
  plant(who?: { readonly identity?: string; readonly credential?: string; readonly mode?: 'test' | 'live'; readonly workflowId?: string }): Promise<Planted>;
}

export interface Planted {
  readonly accountId: string;
  readonly journeyId: string;
  readonly imageId: string;
}

/** @param base a world on the same database, whose vault is used again */
export async function accountsWorld(opened: OpenedDatabase, objects?: Objects, base?: DeviceWorld): Promise<AccountsWorld> {
  const world = base ?? (await deviceWorld(opened));
  // Events are written where somebody is told.
  for (const mode of ['test', 'live'] as const) {
    await opened.db.insertInto('webhook_endpoint').values({
      id: `ep-${mode}`, url: 'https://x.example', description: '', mode, events: '[]', with_credential: false, enabled: true, slow: false, created_at: 0, updated_at: 0,
    }).onConflict((conflict) => conflict.column('id').doNothing()).execute();
  }
  const clock = { now: NOW + 60_000 };
  const images = imageStore(opened.db, world.vault, () => clock.now, objects);
  const deps: AccountDeps = { db: opened.db, vault: world.vault, images, now: () => clock.now };
  const { db } = opened;
  const records = recordStore(db, world.vault, () => clock.now);
  const evidence = (kind: Evidence['kind'], data: unknown): Evidence => ({ kind, version: 1, simulated: true, data: Personal.of(data) });

  const plant: AccountsWorld['plant'] = async ({ identity = randomUUID(), credential = PERSON.credential, mode = 'test', workflowId = 'w' } = {}) => {
    const { journey } = await world.journeys.open(newJourney({ mode, workflowId, opening: { credential: Personal.of(credential), clientName: 'App', locale: 'en' } }));
    const claimed = { givenName: PERSON.given, familyName: PERSON.family, street: PERSON.street, city: 'Kissimmee', region: 'FL', postalCode: '34743', country: 'US', phone: PERSON.phone };
    const told = await world.journeys.record(journey, change(journey, {
      states: Personal.of({ a_node: { typed: claimed } }),
      evidence: [evidence('claimed_identity', claimed), evidence('session', { address: PERSON.address, email: PERSON.email }), evidence('document', { number: PERSON.document })],
      consents: [{ purpose: 'phone', text: 'You agree.', locale: 'en', method: 'click', proof: Personal.of({ address: PERSON.address }) }],
      links: [{ tokenHash: randomUUID(), expiresAt: NOW + 60_000 }],
      counts: [{ dimension: 'address', key: Personal.of(PERSON.address), peer: Personal.of(PERSON.phone) }],
      messages: [{ id: `m-${journey.id}`, attempt: 1 }],
      documentSeen: { document: Personal.of(`${PERSON.document}${journey.id}`), person: Personal.of(identity) },
      faceSeen: { person: Personal.of(identity), template: Personal.of([0.25, 0.5]) },
      sightings: [{ subject: Personal.of(`credential\0${workflowId}\0${credential}`), place: { country: 'US' } }],
    }));
    if (!told) throw new Error('the journey was not written');
    const approved = await world.journeys.record(told.journey, change(told.journey, {
      decision: { verdict: 'approve', reasons: [{ code: 'identity_matched' }], policy: 'w@1', at: NOW + 2 },
      binding: {
        identity: Personal.of(identity), profile: Personal.of(claimed), credential: Personal.of(credential),
        devices: { keys: [shown({ at: NOW })], returned: undefined, acr: 'urn:gatehouse:acr:phone', reason: 'sms_link', expiresAt: { desktop: NOW + 180 * 86_400_000, phone: NOW + 90 * 86_400_000 }, most: 10 },
      },
    }));
    const accountId = approved?.accountId ?? '';
    const journeyId = journey.id;
    const imageId = await images.put({ journeyId, purpose: 'document_front', jpeg: Personal.of<Uint8Array>(Buffer.from(`jpeg of ${PERSON.family}`)), deleteAt: NOW + 86_400_000 });
    await images.reveal(imageId, { actor: 'staff:1', reason: `looked because ${PERSON.family} called` });
    await outboxStore(db, world.vault).add({ id: `m-${journeyId}`, to: Personal.of(PERSON.phone), body: Personal.of('tap here'), link: Personal.of('https://x.example/l/1'), sentAt: NOW });
    await ticketStore(db, world.vault).make({ hash: randomUUID(), purpose: 'my_devices', holds: Personal.of({ accountId, mode, until: NOW }), now: NOW, expiresAt: Number.MAX_SAFE_INTEGER });
    const grantId = randomUUID();
    await records.saveOutcome({
      grantId, journeyId, accountId, clientId: 'c', verdict: 'approve', policy: 'w@1', reuseUntil: NOW, decidedAt: NOW, credentialHash: undefined,
      summary: {} as never, deviceId: undefined, profile: Personal.of({ ...claimed, phoneVerified: true }),
    });
    await records.upsert('Grant', grantId, { accountId, clientId: 'c', jti: grantId }, 3600);
    await records.upsert('Session', randomUUID(), { accountId, uid: randomUUID() }, 3600);
    await records.upsert('AccessToken', randomUUID(), { accountId, grantId, clientId: 'c' }, 3600);
    await records.upsert('Interaction', journey.interactionUid, { params: { login_hint: credential } }, 3600);
    await db.insertInto('passkey').values({
      id: randomUUID(), account_id: accountId, workflow_id: workflowId, mode, credential_hash: null, user_handle: 'h', public_key: Buffer.from('k'), counter: 0, transports: '[]',
      device_type: 'singleDevice', backed_up: false, label: 'Phone', journey_id: journeyId, acr: 'urn:gatehouse:acr:phone', created_at: NOW,
    }).execute();
    await db.insertInto('incident').values({ id: randomUUID(), mode, kind: 'device_reported', account_id: accountId, device_id: 'd', journey_id: journeyId, details: JSON.stringify({ said: 'mine' }), status: 'open', at: NOW }).execute();
    await db.insertInto('silent_return').values({ journey_id: journeyId, device_id: 'd', began_at: NOW, last_at: NOW, returns: 1, window_at: 0, in_window: 1, policy_version: 0, country: 'US', refused: 0 }).execute();
    await db.insertInto('review_case').values({ id: `case-${journeyId}`, kind: 'review', status: 'resolved', version: 1, mode, workflow_id: workflowId, journey_id: journeyId, opened_at: NOW, due_at: NOW, resolved_at: NOW, four_eyes: false }).execute();
    await db.insertInto('case_note').values({ id: randomUUID(), case_id: `case-${journeyId}`, at: NOW, kind: 'comment', actor_kind: 'staff', actor_id: 's', actor_name: 'S', sealed: Buffer.from(world.vault.seal('evidence', PERSON.family, 'note')) }).execute();
    return { accountId, journeyId, imageId };
  };
  return { ...world, deps, desk: accountDesk(deps), images, clock, plant };
}
