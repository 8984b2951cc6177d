/**
 * The engine on a real store, with steps whose every move a test decides: a form, a question to the world behind a gate,
 * and a page that only those with evidence may see.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { makeEngine, type Engine, type OpenRequest } from '../../src/engine/engine.ts';
import type { EngineDeps } from '../../src/engine/advance.ts';
import type { ClaimedIdentity, Evidence, StepName } from '../../src/journey/journey.ts';
import type { JourneyStore, WorkflowStore } from '../../src/journey/store.ts';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition, type WorkflowSource } from '../../src/journey/workflow.ts';
import { Personal } from '../../src/personal.ts';
import { anyStep, stepRegistry } from '../../src/steps/index.ts';
import type { Change, Step, Submission } from '../../src/steps/step.ts';
import { dataKeyStore } from '../../src/store/data_keys.ts';
import type { Db, OpenedDatabase } from '../../src/store/database.ts';
import { journeyStore } from '../../src/store/journeys.ts';
import { workflowStore } from '../../src/store/workflows.ts';
import { openVault, type Vault } from '../../src/vault/vault.ts';
import { SettableClock } from '../support/clock.ts';
import { PHONE } from '../support/devices.ts';

export const START = 1_800_000_000_000;
export const WORKFLOW = 'tested';
export const LEASE_MS = 12_000;
export const CLAIMED: ClaimedIdentity = {
  givenName: 'Andrew', familyName: 'Roshell', street: '2591 Brunswick Ct', city: 'Kissimmee', region: 'FL', postalCode: '34743', country: 'US', phone: '+14075550123',
};

export const evidenceOf = (kind: Evidence['kind'], data: unknown = {}): Evidence => ({ kind, version: 1, simulated: true, data: Personal.of(data) });

/** Both sources recognised the person and confirmed all that was asked. */
const MATCHED = { carrier: { outcome: 'match', missed: [] }, database: { outcome: 'match', missed: [] } };

/** How the doubles behave; a test changes what it wants otherwise. */
export interface Script {
  /** What the world answers; it may wait as long as it likes. */
  ask: () => Promise<void>;
  matched: Change<unknown>;
  /** Whether the answer is no longer wanted when it comes. */
  dropped: () => boolean;
  /** What an accepted answer on the last page records. */
  last: () => Change<unknown>;
}

const formState = z.strictObject({ sent: z.boolean() });

export interface World {
  readonly db: Db;
  readonly vault: Vault;
  readonly clock: SettableClock;
  readonly script: Script;
  readonly journeys: JourneyStore;
  readonly workflows: WorkflowStore;
  /** How often the world was asked. */
  asked(): number;
  /** Another process on the same database. */
  process(change?: Partial<EngineDeps>): Engine;
  readonly engine: Engine;
  open(change?: Partial<OpenRequest>, engine?: Engine): ReturnType<Engine['open']>;
  /** Open, and answer until this page is reached. */
  upTo(page: 'pii_form' | 'sms_wait'): Promise<string>;
  deploy(source?: WorkflowSource): Promise<void>;
  events(journeyId: string): Promise<readonly string[]>;
  versionOf(journeyId: string): Promise<number>;
}

export function answerOf(page: string, values: Record<string, string> = {}, version = 0, channel: Submission['channel'] = 'browser', device = PHONE): Submission {
  return { page, version, channel, values: Personal.of(values), visitor: { address: Personal.of('203.0.113.9'), userAgent: device.userAgent, headers: device.headers, locale: 'en' } };
}

/** What a test may put in place of the doubles. */
export type Replace = (script: Script, clock: SettableClock, vault: Vault) => readonly Step[];

export async function makeWorld(opened: OpenedDatabase, replace: Replace = () => []): Promise<World> {
  const { db } = opened;
  const clock = new SettableClock(START);
  const vault = await openVault({ masterKeys: [{ id: 'm', key: randomBytes(32) }], store: dataKeyStore(db), now: clock.now });
  let asked = 0;
  const script: Script = {
    ask: async () => undefined,
    dropped: () => false,
    matched: { end: { outcome: 'match', reasons: [{ code: 'record_match' }], evidence: [evidenceOf('claimed_identity', CLAIMED), evidenceOf('identity_match', MATCHED)] } },
    last: () => ({ end: { outcome: 'confirmed', reasons: [{ code: 'link_confirmed' }], evidence: [evidenceOf('phone_possession', { phone: CLAIMED.phone })] } }),
  };
  const doubles: readonly Step[] = [
    anyStep<never>({
      name: 'trusted_device', needs: [], yields: [], state: z.never(),
      move: () => ({ kind: 'finish', end: { outcome: 'unknown', reasons: [] } }),
      submit: async () => ({ kind: 'invalid', errors: {} }),
    }),
    anyStep<never>({
      name: 'session_risk', needs: [], yields: [], state: z.never(),
      move: () => ({ kind: 'show', page: { name: 'session_risk', model: {}, exact: true } }),
      submit: async ({ values }) => (values.open()['country'] === undefined
        ? { kind: 'invalid', errors: { country: 'required' } }
        : { kind: 'change', change: { end: { outcome: 'allow', reasons: [] }, events: [{ layer: 'label', name: 'session_risk', outcome: 'success' }] } }),
    }),
    anyStep<z.infer<typeof formState>>({
      name: 'pii_validation', needs: [], yields: ['claimed_identity', 'identity_match'], state: formState,
      move: ({ state }) => (state?.sent ? { kind: 'work', task: 'match' } : { kind: 'show', page: { name: 'pii_form', model: {}, back: { name: 'pii_back', model: {}, values: {} } } }),
      submit: async () => ({ kind: 'change', change: { state: { sent: true } } }),
      work: async () => {
        asked += 1;
        await script.ask();
        return () => (script.dropped() ? undefined : (script.matched as Change<z.infer<typeof formState>>));
      },
    }),
    anyStep<never>({
      name: 'sms_link', needs: ['identity_match'], yields: ['phone_possession'], state: z.never(),
      move: () => ({ kind: 'show', page: { name: 'sms_wait', model: {} } }),
      submit: async () => ({ kind: 'change', change: script.last() as Change<never> }),
    }),
  ];
  const steps: ReadonlyMap<StepName, Step> = stepRegistry([...doubles, ...replace(script, clock, vault)]);
  const velocityHash = (dimension: string, value: string): Buffer => Buffer.from(vault.keyedHash(dimension, value), 'base64url');
  const journeys = journeyStore(db, vault, velocityHash, opened.ride);
  const workflows = workflowStore(db);
  const process = (change: Partial<EngineDeps> = {}): Engine =>
    makeEngine({ journeys: journeyStore(db, vault, velocityHash, opened.ride), workflows: workflowStore(db), steps, now: clock.now, leaseMs: LEASE_MS, ...change });
  const engine = process();
  const deploy = async (source: WorkflowSource = userOnboarding): Promise<void> => {
    await workflows.deploy(WORKFLOW, workflowDefinition.parse(source), clock.now());
  };
  await deploy();
  const open: World['open'] = (change = {}, by = engine) => by.open({
    interactionUid: randomUUID(), clientId: 'c', workflowId: WORKFLOW, mode: 'test',
    opening: { credential: undefined, clientName: 'App', locale: 'en' }, latest: START + 3_600_000, ...change,
  });
  return {
    db, vault, clock, script, journeys, workflows, engine, process, open, deploy,
    asked: () => asked,
    async upTo(page) {
      const { journey } = await open();
      await engine.submit(journey.id, answerOf('session_risk', { country: 'US' }, journey.version));
      if (page === 'sms_wait') await engine.submit(journey.id, answerOf('pii_form'));
      const reached = await engine.byId(journey.id);
      if (reached?.rest.kind !== 'page' || reached.rest.page.name !== page) throw new Error(`the journey rests elsewhere: ${JSON.stringify(reached?.rest)}`);
      return journey.id;
    },
    async events(journeyId) {
      const rows = await db.selectFrom('journey_event').selectAll().where('journey_id', '=', journeyId).orderBy('seq').execute();
      return rows.map(({ layer, name, outcome, reason }) => [layer, name, outcome, reason].filter(Boolean).join(':'));
    },
    async versionOf(journeyId) {
      return (await db.selectFrom('journey').select('version').where('id', '=', journeyId).executeTakeFirstOrThrow()).version;
    },
  };
}

/** A door that opens when it is told to. */
export function gate(): { readonly wait: () => Promise<void>; readonly reached: Promise<void>; open(): void } {
  let open = (): void => undefined;
  let arrive = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (arrive = resolve));
  return {
    wait: () => {
      arrive();
      return opened;
    },
    reached,
    open: () => open(),
  };
}
