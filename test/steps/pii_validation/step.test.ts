/** The step around form and judgement: what it asks, whom, and in which order. */
import { describe, expect, test } from 'vitest';
import type { Journey, Mode } from '../../../src/journey/journey.ts';
import { STEP_FACTS } from '../../../src/journey/steps.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition, type Workflow, type WorkflowSource } from '../../../src/journey/workflow.ts';
import { Personal } from '../../../src/personal.ts';
import { anyStep } from '../../../src/steps/index.ts';
import { consentText } from '../../../src/steps/pii_validation/consent.ts';
import { piiValidation } from '../../../src/steps/pii_validation/index.ts';
import type { Change, Step, StepView, SubmitResult } from '../../../src/steps/step.ts';
import type { MatchAnswer, MatchQuery, VendorAnswer, VendorMeta, VendorSet, Vendors } from '../../../src/vendors/ports.ts';
import { PHONE } from '../../support/devices.ts';

const NOW = 1_800_000_000_000;
const META: VendorMeta = { vendor: 'acme', sourceClass: 'simulator', simulated: true, latencyMs: 1 };
const FORM = { given_name: 'Andrew', family_name: 'Roshell', street: '2591 Brunswick Ct', city: 'Kissimmee', region: 'FL', postal_code: '34743', country: 'US', phone: '4075550123' };
const GERMAN = { ...FORM, country: 'DE', region: '', phone: '0151 23456789' };

const matches = (score: number): VendorAnswer<MatchAnswer> => ({
  kind: 'answer', meta: META,
  value: { attributes: Object.fromEntries(['givenName', 'familyName', 'street', 'postalCode'].map((name) => [name, { verdict: score === 100 ? 'match' : 'no_match', score }])) },
});

interface Options {
  readonly mode?: Mode;
  readonly options?: WorkflowSource['options'];
  readonly carrier?: VendorAnswer<MatchAnswer>;
  readonly database?: VendorAnswer<MatchAnswer>;
  readonly swapped?: boolean;
  readonly denied?: boolean;
  readonly challenged?: boolean;
  /** Over the velocity limit, under a key that is not stopped by it. */
  readonly overUnenforced?: boolean;
}

/** The step alone, its state kept in memory and its vendors counted. */
class Driver {
  readonly asked: string[] = [];
  readonly queries: MatchQuery[] = [];
  last: Change<unknown> | undefined;
  /** What each change counted, in order. */
  readonly counted: string[][] = [];
  readonly step: Step;
  readonly workflow: Workflow;
  readonly #mode: Mode;
  state: unknown;

  constructor({ mode = 'test', options = {}, carrier = matches(100), database = matches(0), swapped = false, denied = false, challenged = false, overUnenforced = false }: Options = {}) {
    this.#mode = mode;
    this.workflow = { id: 'w', version: 1, definition: workflowDefinition.parse({ ...userOnboarding, options: { consentTexts: { en: '{app} may ask.', es: '{app} puede.' }, ...options } }) };
    const answer = <T>(name: string, value: T): Promise<T> => {
      this.asked.push(name);
      return Promise.resolve(value);
    };
    const matching = (name: string, value: VendorAnswer<MatchAnswer>): VendorSet['carrierMatch'] => ({
      match: (query) => {
        this.queries.push(query.open());
        return answer(name, value);
      },
    });
    const set = {
      carrierMatch: matching('carrier', carrier), databaseMatch: matching('database', database),
      lineType: { lookup: () => answer('lineType', { kind: 'answer', value: { lineType: 'mobile' }, meta: META }) },
      simSwap: { check: (_phone: unknown, hours: number) => answer(`simSwap ${hours}`, { kind: 'answer', value: { swapped }, meta: META }) },
      numberRecycling: { check: (_phone: unknown, since: string) => answer(`recycled ${since}`, { kind: 'answer', value: { recycled: false }, meta: META }) },
    } as unknown as VendorSet;
    const never = new Proxy({}, { get: () => { throw new Error('the other mode was asked'); } }) as VendorSet;
    this.step = anyStep(piiValidation({
      vendors: (mode === 'test' ? { test: set, live: never } : { live: set, test: never }) as Vendors,
      velocity: {
        check: async () => ({
          verdict: denied ? 'deny' : challenged ? 'challenge' : 'within',
          reasons: [
            ...(denied || overUnenforced ? [{ code: 'velocity_phone', detail: { rule: 'r', count: 5, limit: 5, enforced: denied } }] : []),
            ...(challenged ? [{ code: 'velocity_phone_challenge', detail: { rule: 'c', count: 3, limit: 3, enforced: true } }] : []),
          ],
        }),
      },
    }));
  }

  view(): StepView<unknown> {
    const journey: Journey = {
      id: 'j', workflowId: 'w', workflowVersion: 1, mode: this.#mode, clientId: 'c', interactionUid: 'u', version: 1, createdAt: NOW, expiresAt: NOW + 1_800_000, extensions: 0,
      results: [], states: Personal.of({}), decision: undefined, opening: { credential: undefined, clientName: 'Acme', locale: 'en' },
    };
    const state = this.state === undefined ? undefined : this.step.state.parse(JSON.parse(JSON.stringify(this.state)));
    return { journey, workflow: this.workflow, node: 'pii_validation', state, now: NOW, evidence: [] };
  }

  #apply(change: Change<unknown>): void {
    this.last = change;
    this.counted.push((change.counts ?? []).map(({ dimension, key, peer }) => `${dimension} ${key.open()}${peer ? ` with ${peer.open()}` : ''}`));
    if (change.state !== undefined) this.state = change.state;
  }

  async submit(page: string, values: Record<string, string>): Promise<SubmitResult<unknown>> {
    const result = await this.step.submit({ page, version: 1, channel: 'browser', values: Personal.of(values), visitor: { address: Personal.of('203.0.113.9'), userAgent: PHONE.userAgent, headers: {}, locale: 'en' } }, this.view());
    if (result.kind === 'change') this.#apply(result.change);
    return result;
  }

  hash(locale = 'en'): string {
    return consentText(this.workflow, 'Acme', locale)?.hash ?? '';
  }

  /** Form, review, and the question to the world. */
  async run(values: Record<string, string> = FORM): Promise<Change<unknown>> {
    expect((await this.submit('pii_form', { ...values, consent: this.hash() })).kind).toBe('change');
    expect((await this.submit('pii_review', {})).kind).toBe('change');
    expect(this.step.move(this.view())).toEqual({ kind: 'work', task: 'match' });
    const apply = await this.step.work?.('match', this.view());
    if (!apply) throw new Error('no work');
    const change = apply(this.view());
    if (!change) throw new Error('the answer was dropped');
    this.#apply(change);
    return change;
  }
}

describe('pages', () => {
  test('form, then review of what was typed, with the way back', async () => {
    const driver = new Driver();
    expect(driver.step.move(driver.view())).toMatchObject({ page: { name: 'pii_form', model: { country: 'US', again: false }, values: { country: 'US' } } });
    await driver.submit('pii_form', { ...FORM, consent: driver.hash() });
    expect(driver.step.move(driver.view())).toMatchObject({
      page: { name: 'pii_review', exact: true, back: { name: 'pii_form', values: { given_name: 'Andrew', phone: '+14075550123' } } },
    });
    await driver.submit('pii_form', { ...FORM, given_name: 'Andreas', consent: driver.hash() });
    expect(driver.step.move(driver.view())).toMatchObject({ page: { back: { values: { given_name: 'Andreas' } } } });
    expect(driver.asked).toEqual([]);
  });

  test('faults are told and nothing is kept', async () => {
    const driver = new Driver();
    expect(await driver.submit('pii_form', { ...FORM, phone: '12', consent: driver.hash() })).toEqual({ kind: 'invalid', errors: { phone: 'phone_invalid' } });
    expect(driver.state).toBeUndefined();
  });
});

describe('consent', () => {
  test.each(['en', 'es'])('to the text that stood there is recorded with it, before anybody is asked: %s', async (locale) => {
    const driver = new Driver();
    await driver.submit('pii_form', { ...FORM, consent: driver.hash(locale) });
    expect(driver.last?.consents).toEqual([{ purpose: 'phone_data_and_messages', text: locale === 'en' ? 'Acme may ask.' : 'Acme puede.', locale, method: 'button' }]);
    expect(driver.asked).toEqual([]);
  });

  test.each([[{}], [{ consent: '' }], [{ consent: 'f'.repeat(64) }]])('to another text, or none, is not one: %j', async (consent: Record<string, string>) => {
    const driver = new Driver();
    expect(await driver.submit('pii_form', { ...FORM, ...consent })).toEqual({ kind: 'invalid', errors: { consent: 'consent_changed' } });
  });

  test.each([[{ stage: 'sent', sent: 1 }], [{ stage: 'sent', sent: 1, claimed: { givenName: 'A', familyName: 'B', street: 's', city: 'c', region: '', postalCode: '', country: 'US', phone: '+14075550123' } }]])(
    'missing in what was kept, nobody is asked: %j', async (state) => {
      const driver = new Driver();
      driver.state = state;
      expect((await driver.step.work?.('match', driver.view()))?.(driver.view())).toMatchObject({ end: { outcome: 'could_not_tell', reasons: [{ code: 'missingConsent' }] } });
      expect(driver.asked).toEqual([]);
    });
});

describe('asking', () => {
  test('everybody at once, with the attributes of the policy and no others', async () => {
    const driver = new Driver();
    const { end } = await driver.run();
    expect(driver.asked.toSorted()).toEqual(['carrier', 'database', 'lineType', 'recycled 2026-10-17', 'simSwap 72']);
    expect(driver.queries).toEqual([0, 0].map(() => ({ phone: '+14075550123', attributes: { givenName: 'Andrew', familyName: 'Roshell', street: '2591 Brunswick Ct', postalCode: '34743' } })));
    expect(end).toMatchObject({ outcome: 'match', reasons: [{ code: 'record_match' }] });
    expect(end?.evidence?.map(({ kind, simulated }) => [kind, simulated])).toEqual([['claimed_identity', true], ['identity_match', true], ['phone_risk', true]]);
    // Once, with the change that asks: whoever asks at the same time sees it.
    const [who, phone] = ['andrew roshell US34743', '+14075550123'];
    expect(driver.counted).toEqual([
      [], [`test:phone ${phone} with ${who}`, `test:identity ${who} with ${phone}`, `test:failed_phone ${phone}`],
      // Confirmed: the person stays, the failure is taken back.
      [`test:failed_phone ${phone} with none`],
    ]);
  });

  test('only the checks that are on', async () => {
    const driver = new Driver({ options: { phoneRisk: { lineType: false, simSwap: false, recycled: false } } });
    expect((await driver.run()).end?.outcome).toBe('match');
    expect(driver.asked.toSorted()).toEqual(['carrier', 'database']);
  });

  test('live people at live vendors', async () => {
    const driver = new Driver({ mode: 'live' });
    const { end } = await driver.run();
    expect(end?.evidence?.map(({ simulated }) => simulated)).toEqual([false, false, false]);
    expect(driver.counted[1]).toEqual(['phone +14075550123 with andrew roshell US34743', 'identity andrew roshell US34743 with +14075550123', 'failed_phone +14075550123']);
  });

  test.each([
    ['a country off the phone path', {}, GERMAN, 'unsupported_country', 'unsupported_country'],
    ['a number that too many used', { denied: true }, FORM, 'phone_risk', 'velocity_phone'],
  ] as const)('%s: nobody is asked', async (_name, options, values, outcome, reason) => {
    const driver = new Driver(options);
    expect((await driver.run(values)).end).toMatchObject({ outcome, reasons: [{ code: reason }], evidence: [{ kind: 'claimed_identity' }] });
    expect(driver.asked).toEqual([]);
  });
});

describe('a phone that is challenged', () => {
  test('is asked about, and a match alone will not do', async () => {
    const driver = new Driver({ challenged: true });
    const { end } = await driver.run();
    expect(driver.asked).toContain('carrier');
    expect(end).toMatchObject({ outcome: 'phone_risk', reasons: [{ code: 'velocity_phone_challenge', detail: { rule: 'c' } }], evidence: [{ kind: 'claimed_identity' }] });
    expect(end?.events).toContainEqual({ layer: 'label', name: 'phone_risk_evaluation', outcome: 'failure', reason: 'velocity_phone_challenge' });
  });

  test('by somebody whom nobody confirms is the failure that it is, and told', async () => {
    const { end } = await new Driver({ challenged: true, carrier: matches(0) }).run();
    expect(end?.outcome).toBe('no_match');
    expect(JSON.stringify(end?.events)).toContain('velocity_phone_challenge');
  });

  test('and one that is denied, or could not be looked at, leaves neither a person nor a failure', async () => {
    const broke = { kind: 'broke', code: 'x', meta: META } as const;
    for (const options of [{ denied: true }, { carrier: broke, database: broke }]) {
      const driver = new Driver(options);
      await driver.run();
      expect(driver.counted.at(-1)).toEqual(['test:phone +14075550123', 'test:identity andrew roshell US34743', 'test:failed_phone +14075550123 with none']);
    }
  });
});

test('a velocity finding that stops nobody is told on the timeline all the same', async () => {
  const { end } = await new Driver({ overUnenforced: true }).run();
  expect(end?.outcome).toBe('match');
  expect(end?.events).toContainEqual({
    layer: 'block', name: 'phoneNumberRiskEvaluation', outcome: 'success', reason: 'velocity_phone', details: { rule: 'r', count: 5, limit: 5, enforced: false },
  });
  expect(JSON.stringify((await new Driver().run()).end?.events)).not.toContain('velocity_phone');
});

test('an answer that comes after the details were sent anew, or are being mended, is dropped', async () => {
  const driver = new Driver({ options: { piiAttempts: 3 }, carrier: matches(0) });
  await driver.submit('pii_form', { ...FORM, consent: driver.hash() });
  await driver.submit('pii_review', {});
  const late = await driver.step.work?.('match', driver.view());
  const [first, form] = [driver.state, { ...(driver.state as object), stage: 'form' }];
  expect(late?.(driver.view())).toMatchObject({ state: { stage: 'form' } });
  driver.state = form;
  expect(late?.(driver.view())).toBeUndefined();
  await driver.submit('pii_form', { ...FORM, given_name: 'Andreas', consent: driver.hash() });
  await driver.submit('pii_review', {});
  expect(driver.state).toMatchObject({ stage: 'sent', sent: 2 });
  expect(late?.(driver.view())).toBeUndefined();
  expect(first).toMatchObject({ stage: 'sent', sent: 1 });
});

describe('the end', () => {
  const BROKE = { kind: 'broke', code: 'x', meta: META } as const;
  const TIMED_OUT = { kind: 'timed_out', meta: META } as const;
  test.each<[Options, string]>([
    [{}, 'match'], [{ carrier: matches(0), database: matches(100) }, 'match'], [{ carrier: matches(0) }, 'no_match'], [{ carrier: BROKE, database: BROKE }, 'broke'],
    [{ carrier: TIMED_OUT, database: BROKE }, 'timed_out'], [{ swapped: true }, 'phone_risk'], [{ swapped: true, carrier: matches(0) }, 'no_match'],
    [{ carrier: { kind: 'not_configured' }, database: { kind: 'not_configured' } }, 'could_not_tell'],
  ])('%j: %s', async (options, outcome) => {
    const { end } = await new Driver(options).run();
    expect(end?.outcome).toBe(outcome);
    expect(STEP_FACTS.pii_validation.outcomes).toContain(outcome);
    // Only a match is evidence of anything but the claim itself.
    expect(end?.evidence?.map(({ kind }) => kind)).toEqual(outcome === 'match' ? ['claimed_identity', 'identity_match', 'phone_risk'] : ['claimed_identity']);
    expect(JSON.stringify([end?.reasons, end?.events])).not.toMatch(/Roshell|4075550123|Brunswick/);
  });

  test('another try where the workflow gives one: the form again, as typed, and the last failure leaves', async () => {
    const driver = new Driver({ carrier: matches(0), options: { piiAttempts: 2 } });
    expect((await driver.run()).end).toBeUndefined();
    expect(driver.step.move(driver.view())).toMatchObject({ page: { name: 'pii_form', model: { again: true }, values: { given_name: 'Andrew' } } });
    expect((await driver.run()).end?.outcome).toBe('no_match');
    // Each failure stays counted by the phone; whom nobody confirmed is taken back.
    expect(driver.counted.flat().filter((one) => one.includes('failed'))).toEqual(['test:failed_phone +14075550123', 'test:failed_phone +14075550123']);
    expect(driver.counted.at(-1)).toEqual(['test:phone +14075550123', 'test:identity andrew roshell US34743']);
  });

  test('trouble is not tried again: it says nothing about what was typed', async () => {
    expect((await new Driver({ carrier: BROKE, database: BROKE, options: { piiAttempts: 5 } }).run()).end?.outcome).toBe('broke');
  });
});
