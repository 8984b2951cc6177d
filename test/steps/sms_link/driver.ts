/** The link step on its own: a clock that is set, a sender that is told what to answer, and a state kept in memory. */
import { createHash, createHmac } from 'node:crypto';
import type { ClaimedIdentity, Evidence, Journey, Mode } from '../../../src/journey/journey.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition, type LinkPolicy, type Workflow } from '../../../src/journey/workflow.ts';
import { Personal } from '../../../src/personal.ts';
import { anyStep } from '../../../src/steps/index.ts';
import { smsLink } from '../../../src/steps/sms_link/index.ts';
import type { Change, MessageReport, Step, StepMove, StepView, SubmitResult } from '../../../src/steps/step.ts';
import type { SendAnswer, TextMessage, Vendors } from '../../../src/vendors/ports.ts';
import { DEVICE_KEYS } from '../device_keys.ts';
import { PHONE, type Device } from '../../support/devices.ts';

export const START = 1_800_000_000_000;
export const ORIGIN = 'https://id.example.com';
export const NUMBER = '+14075550123';
export const tokenOf = (linkId: string): string => createHmac('sha256', 'k').update(linkId).digest().subarray(0, 16).toString('base64url');
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

export interface KeptState {
  readonly linkId: string;
  readonly number: string;
  readonly choices: readonly string[];
  readonly expiresAt: number;
  readonly answer?: string;
  readonly desktopTries: number;
  readonly sends: readonly { readonly id: string; readonly status: string; readonly code?: string }[];
}

export interface DriverOptions {
  readonly link?: Partial<LinkPolicy>;
  readonly mode?: Mode;
  readonly answers?: readonly SendAnswer[];
  /** Past the number's share of messages, and stopped by it. */
  readonly exceeded?: boolean;
  /** Past it, and only told so. */
  readonly overUnenforced?: boolean;
  readonly journeyLives?: number;
  /** In place of somebody who was matched in this journey. */
  readonly evidence?: readonly Evidence[];
}

export const ACCEPTED: SendAnswer = { kind: 'accepted', provider: 'fake', providerMessageId: 'p1' };

export class Driver {
  now = START;
  exceeded: boolean;
  readonly sent: TextMessage[] = [];
  /** For each look at the limit, whether the message was counted by then. */
  readonly looks: boolean[] = [];
  readonly changes: Change<unknown>[] = [];
  readonly step: Step;
  #state: unknown;
  readonly #answers: SendAnswer[];
  readonly #workflow: Workflow;
  readonly #mode: Mode;
  readonly #expiresAt: number;
  readonly #evidence: readonly Evidence[] | undefined;

  constructor({ link = {}, mode = 'test', answers = [], exceeded = false, overUnenforced = false, journeyLives = 1_800_000, evidence }: DriverOptions = {}) {
    this.#answers = [...answers];
    this.#mode = mode;
    this.#evidence = evidence;
    this.exceeded = exceeded;
    this.#expiresAt = START + journeyLives;
    this.#workflow = { id: 'w', version: 1, definition: workflowDefinition.parse({ ...userOnboarding, options: { link } }) };
    const sms = {
      name: 'fake',
      send: async (message: TextMessage): Promise<SendAnswer> => {
        this.sent.push(message);
        return this.#answers.shift() ?? ACCEPTED;
      },
    };
    const set = { sms } as Vendors['test'];
    const other = { sms: { name: 'never', send: () => Promise.reject(new Error('the other mode was asked')) } } as unknown as Vendors['test'];
    this.step = anyStep(smsLink({
      vendors: mode === 'test' ? { test: set, live: other } : { test: other, live: set },
      limit: { look: async (_phone, _view, counted) => (this.looks.push(counted), { over: this.exceeded || overUnenforced, enforced: this.exceeded, count: 6, limit: 5 }) },
      origin: ORIGIN, tokenOf, hashOf, deviceKeys: DEVICE_KEYS,
    }));
  }

  get state(): KeptState {
    return this.#state as KeptState;
  }

  view(): StepView<unknown> {
    const journey: Journey = {
      id: 'j', workflowId: 'w', workflowVersion: 1, mode: this.#mode, clientId: 'c', interactionUid: 'u', version: 1, createdAt: START,
      expiresAt: this.#expiresAt, extensions: 0, results: [], states: Personal.of({}), decision: undefined,
      opening: { credential: undefined, clientName: 'Example App', locale: 'en' },
    };
    const claimed: ClaimedIdentity = { givenName: 'A', familyName: 'B', street: 's', city: 'c', region: 'FL', postalCode: '34743', country: 'US', phone: NUMBER };
    const matched: readonly Evidence[] = [
      { kind: 'claimed_identity', version: 1, simulated: true, data: Personal.of<unknown>(claimed) },
      { kind: 'identity_match', version: 1, simulated: true, data: Personal.of<unknown>({}) },
    ];
    const evidence = this.#evidence ?? matched;
    // What was kept is read back as the engine does.
    const state = this.#state === undefined ? undefined : this.step.state.parse(JSON.parse(JSON.stringify(this.#state)));
    return { journey, workflow: this.#workflow, node: 'sms_link', state, now: this.now, evidence };
  }

  apply(change: Change<unknown> | undefined): void {
    if (!change) return;
    this.changes.push(change);
    if (change.state !== undefined) this.#state = change.state;
  }

  move(): StepMove {
    return this.step.move(this.view());
  }

  async work(task: string): Promise<void> {
    if (!this.step.work) throw new Error('no work');
    this.apply((await this.step.work(task, this.view()))(this.view()));
  }

  /** Until it rests. */
  async settle(): Promise<StepMove> {
    for (let round = 0; round < 10; round += 1) {
      const move = this.move();
      if (move.kind !== 'work') return move;
      await this.work(move.task);
      if (this.changes.at(-1)?.end) return { kind: 'finish', end: this.changes.at(-1)?.end as never };
    }
    throw new Error('the step did not rest');
  }

  async submit(channel: 'browser' | 'phone', values: Record<string, string>, device: Device = PHONE): Promise<SubmitResult<unknown>> {
    const result = await this.step.submit({
      page: channel === 'phone' ? 'phone_confirm' : 'sms_wait', version: 1, channel, values: Personal.of(values),
      visitor: { address: Personal.of('203.0.113.9'), userAgent: device.userAgent, headers: device.headers, locale: 'en' },
    }, this.view());
    if (result.kind === 'change') this.apply(result.change);
    return result;
  }

  report(status: MessageReport['status'], messageId = this.state.sends.at(-1)?.id ?? '', code?: string): Change<unknown> | undefined {
    const change = this.step.report?.({ messageId, status, ...(code === undefined ? {} : { code }) }, this.view());
    this.apply(change);
    return change;
  }
}
