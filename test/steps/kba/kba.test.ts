/** The questions step on its own: a source that answers as told, a clock that is set, a state kept in memory. */
import { describe, expect, it } from 'vitest';
import type { ClaimedIdentity, Evidence, Journey, Mode } from '../../../src/journey/journey.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition, type Workflow } from '../../../src/journey/workflow.ts';
import { Personal } from '../../../src/personal.ts';
import { anyStep } from '../../../src/steps/index.ts';
import { publishFaults } from '../../../src/journey/publish.ts';
import { questionsConsent } from '../../../src/steps/kba/consent.ts';
import { kba, type QuestionLimit } from '../../../src/steps/kba/index.ts';
import type { Change, StepMove, StepView, SubmitResult } from '../../../src/steps/step.ts';
import type { KbaPort, KbaQuestion, VendorAnswer, VendorMeta, Vendors } from '../../../src/vendors/ports.ts';

const START = 1_800_000_000_000;
const META: VendorMeta = { vendor: 'fake', sourceClass: 'bureau', simulated: false, latencyMs: 1 };
const PERSON: ClaimedIdentity = { givenName: 'Ada', familyName: 'Byron', street: '1 Main St', city: 'X', region: '', postalCode: '1', country: 'US', phone: '+14075550123' };
const question = (id: string): KbaQuestion => ({ id, text: `Which ${id}?`, choices: [{ id: 'a', text: 'A' }, { id: 'b', text: 'B' }] });
const setOf = (setId: string): Awaited<ReturnType<KbaPort['questions']>> =>
  ({ kind: 'answer', meta: META, value: Personal.of({ setId, questions: ['w', 'x', 'y', 'z'].map((id) => question(`${setId}${id}`)) }) });
const graded = (right: number): Awaited<ReturnType<KbaPort['grade']>> => ({ kind: 'answer', meta: META, value: { right, asked: 4 } });

interface Told {
  readonly sets?: readonly Awaited<ReturnType<KbaPort['questions']>>[];
  readonly grades?: readonly Awaited<ReturnType<KbaPort['grade']>>[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly mode?: Mode;
  /** Consent is on record; so it is unless a test says otherwise. */
  readonly agreed?: boolean;
  readonly share?: Partial<Awaited<ReturnType<QuestionLimit['look']>>>;
  readonly nobody?: boolean;
}

const AGREED = { consent: 'hash', counted: 0, before: [], declined: false };
const SHARE = { over: false, enforced: true, rule: 'r', count: 1, limit: 3 };

class Driver {
  now = START;
  readonly asked: { before: readonly string[] }[] = [];
  readonly answers: Readonly<Record<string, string>>[] = [];
  readonly changes: Change<unknown>[] = [];
  readonly evidence: readonly Evidence[];
  state: unknown;
  readonly step;
  readonly workflow: Workflow;
  readonly mode: Mode;

  constructor({ sets = [setOf('1'), setOf('2')], grades = [], options = {}, mode = 'live', agreed = true, share = {}, nobody = false }: Told = {}) {
    this.state = agreed ? AGREED : undefined;
    this.evidence = nobody ? [] : [{ kind: 'claimed_identity', version: 1, simulated: false, data: Personal.of(PERSON) }];
    const limit: QuestionLimit = { look: async () => ({ ...SHARE, ...share }) };
    const [setQueue, gradeQueue] = [[...sets], [...grades]];
    const port: KbaPort = {
      questions: async (_subject, { before }) => (this.asked.push({ before }), setQueue.shift() ?? { kind: 'broke', code: 'none_left', meta: META }),
      grade: async (_set, answers) => (this.answers.push(answers.open()), gradeQueue.shift() ?? { kind: 'broke', code: 'none_left', meta: META }),
    };
    const set = { kba: port } as Vendors['live'];
    const never = { kba: { questions: () => Promise.reject(new Error('the other mode')), grade: () => Promise.reject(new Error('the other mode')) } } as unknown as Vendors['live'];
    this.mode = mode;
    this.step = anyStep(kba({ vendors: mode === 'live' ? { live: set, test: never } : { live: never, test: set }, limit }));
    this.workflow = { id: 'w', version: 1, definition: workflowDefinition.parse({ ...userOnboarding, options: { kba: { enabled: true, questions: 4, right: 3, ...options } } }) };
  }

  view(): StepView<unknown> {
    const journey = { id: 'j', mode: this.mode, version: 1, opening: { credential: undefined, clientName: 'App', locale: 'en' } } as Journey;
    return { journey, workflow: this.workflow, node: 'kba', state: this.state === undefined ? undefined : this.step.state.parse(this.state), now: this.now, evidence: this.evidence };
  }

  /** Work until it rests, as the engine does. */
  async rest(): Promise<Exclude<StepMove, { kind: 'work' }> | { kind: 'ended'; outcome: string; reason: string | undefined }> {
    for (;;) {
      const move = this.step.move(this.view());
      if (move.kind !== 'work') return move;
      const change = (await this.step.work?.(move.task, this.view()))?.(this.view());
      if (!change) throw new Error('nothing came of it');
      this.changes.push(change);
      if (change.state !== undefined) this.state = change.state;
      if (change.end) return { kind: 'ended', outcome: change.end.outcome, reason: change.end.reasons[0]?.code };
    }
  }

  async send(values: Readonly<Record<string, string>>, page = 'kba_questions'): Promise<SubmitResult<unknown>> {
    const result = await this.step.submit({
      page, version: 1, channel: 'browser', values: Personal.of(values),
      visitor: { address: Personal.of('192.0.2.1'), userAgent: 'x', headers: {}, locale: 'en' },
    }, this.view());
    if (result.kind === 'change') {
      this.changes.push(result.change);
      this.state = result.change.state;
    }
    return result;
  }

  async count(): Promise<void> {
    const change = (await this.step.work?.('count', this.view()))?.(this.view());
    this.state = change?.state;
  }

  all(set: string, choice = 'a'): Promise<SubmitResult<unknown>> {
    return this.send(Object.fromEntries(['w', 'x', 'y', 'z'].map((id) => [`q_${set}${id}`, choice])));
  }
}

describe('the questions', () => {
  it('are not asked where the workflow does not offer them, and nobody is told of the person', async () => {
    const driver = new Driver({ options: { enabled: false }, agreed: false });
    expect(await driver.rest()).toMatchObject({ kind: 'finish', end: { outcome: 'not_offered' } });
    expect(driver.asked).toEqual([]);
  });

  it('pass with enough right answers, and leave a count and no answers', async () => {
    const driver = new Driver({ grades: [graded(3)] });
    expect(await driver.rest()).toMatchObject({ kind: 'show', page: { name: 'kba_questions', wakeAt: START + 180_000, model: { endsAt: START + 180_000, round: 1, rounds: 2 } } });
    await driver.all('1');
    expect(await driver.rest()).toEqual({ kind: 'ended', outcome: 'pass', reason: 'questions_answered' });
    expect(driver.answers).toEqual([{ '1w': 'a', '1x': 'a', '1y': 'a', '1z': 'a' }]);
    const end = driver.changes.at(-1)?.end;
    expect(end?.evidence?.[0]).toMatchObject({ kind: 'kba', simulated: false });
    expect(end?.evidence?.[0]?.data.open()).toMatchObject({ right: 3, asked: 4, rounds: 1 });
    expect(JSON.stringify(driver.state)).not.toContain('"a"');
  });

  it('under test keys go to the sandbox and are marked', async () => {
    const driver = new Driver({ grades: [graded(4)], mode: 'test' });
    await driver.rest();
    await driver.all('1');
    await driver.rest();
    expect(driver.changes.at(-1)?.end?.evidence?.[0]?.simulated).toBe(true);
  });

  it('come once more, new ones, after a failure, and then fail', async () => {
    const driver = new Driver({ grades: [graded(2), graded(2)] });
    await driver.rest();
    await driver.all('1');
    expect(await driver.rest()).toMatchObject({ kind: 'show', page: { model: { round: 2, questions: expect.arrayContaining([expect.objectContaining({ id: '2w' })]) } } });
    expect(driver.asked).toEqual([{ before: [] }, { before: ['1'] }]);
    await driver.all('2');
    expect(await driver.rest()).toMatchObject({ kind: 'finish', end: { outcome: 'fail', reasons: [{ code: 'wrong_answers' }] } });
  });

  it('pass in the second round', async () => {
    const driver = new Driver({ grades: [graded(0), graded(4)] });
    await driver.rest();
    await driver.all('1');
    await driver.rest();
    await driver.all('2');
    expect(await driver.rest()).toMatchObject({ kind: 'ended', outcome: 'pass' });
  });

  it('run out of time by the clock of the first showing, reload or not, and late answers are not graded', async () => {
    const driver = new Driver();
    await driver.rest();
    driver.now += 179_999;
    expect(await driver.rest()).toMatchObject({ kind: 'show', page: { model: { round: 1, endsAt: START + 180_000 } } });
    driver.now += 1;
    expect(await driver.rest()).toMatchObject({ kind: 'show', page: { model: { round: 2 } } });
    driver.now += 180_000;
    expect(await driver.rest()).toMatchObject({ kind: 'finish', end: { outcome: 'fail', reasons: [{ code: 'out_of_time' }] } });
    expect(driver.answers).toEqual([]);
  });

  it('can be left at any time', async () => {
    const driver = new Driver();
    await driver.rest();
    await driver.send({ action: 'decline' });
    expect(await driver.rest()).toMatchObject({ kind: 'finish', end: { outcome: 'declined' } });
  });

  it.each([
    ['one is not answered', { q_1w: 'a', q_1x: 'a', q_1y: 'a' }, { q_1z: 'required' }],
    ['a choice was never offered', { q_1w: 'a', q_1x: 'a', q_1y: 'a', q_1z: 'zzz' }, { q_1z: 'required' }],
    ['nothing is answered', {}, { q_1w: 'required', q_1x: 'required', q_1y: 'required', q_1z: 'required' }],
  ])('are asked for again where %s', async (_what, values, errors) => {
    const driver = new Driver();
    await driver.rest();
    expect(await driver.send(values)).toEqual({ kind: 'invalid', errors });
    expect(driver.answers).toEqual([]);
  });

  const trouble = (kind: VendorAnswer<never>): readonly VendorAnswer<never>[] => [kind];
  it.each([
    [{ kind: 'not_configured' } as const, 'could_not_tell', 'not_configured'],
    [{ kind: 'could_not_tell', code: 'no_record', meta: META } as const, 'could_not_tell', 'no_record'],
    [{ kind: 'timed_out', meta: META } as const, 'timed_out', 'timeout'],
    [{ kind: 'broke', code: 'http_500', meta: META } as const, 'broke', 'http_500'],
  ])('end by %o as %s', async (answer, outcome, reason) => {
    expect(await new Driver({ sets: trouble(answer) }).rest()).toEqual({ kind: 'ended', outcome, reason });
    const grading = new Driver({ grades: trouble(answer) });
    await grading.rest();
    await grading.all('1');
    expect(await grading.rest()).toEqual({ kind: 'ended', outcome, reason });
  });

  it('that came before are no new questions', async () => {
    const driver = new Driver({ sets: [setOf('1'), setOf('1')], grades: [graded(0)] });
    await driver.rest();
    await driver.all('1');
    expect(await driver.rest()).toEqual({ kind: 'ended', outcome: 'broke', reason: 'same_questions_again' });
  });

  it('drawn by two processes at once are one set, and a grade belongs to the set it was asked for', async () => {
    const driver = new Driver({ sets: [setOf('1'), setOf('9')], grades: [graded(4), graded(4)] });
    await driver.count();
    const [one, other] = [await driver.step.work?.('questions', driver.view()), await driver.step.work?.('questions', driver.view())];
    driver.state = one?.(driver.view())?.state;
    expect(driver.state).toMatchObject({ round: { setId: '1' } });
    expect(other?.(driver.view())).toBeUndefined();
    await driver.all('1');
    const grading = await driver.step.work?.('grade', driver.view());
    expect(grading?.(driver.view())?.end?.outcome).toBe('pass');
    driver.state = AGREED;
    expect(grading?.(driver.view())).toBeUndefined();
  });
});

describe('consent', () => {
  const agreeing = (driver: Driver, text = questionsConsent(driver.workflow, 'App', 'en')): Promise<SubmitResult<unknown>> =>
    driver.send({ action: 'agree', consentHash: text.hash }, 'kba_consent');

  it('is asked for first, and nobody is asked about the person before it is given', async () => {
    const driver = new Driver({ agreed: false });
    expect(await driver.rest()).toEqual({ kind: 'show', page: { name: 'kba_consent', model: { otherWay: false } } });
    expect(driver.asked).toEqual([]);
    await agreeing(driver);
    const { text } = questionsConsent(driver.workflow, 'App', 'en');
    expect(driver.changes[0]?.consents).toEqual([{ purpose: 'knowledge_questions', text, locale: 'en', method: 'button' }]);
    expect(text).toContain('App sends the details you entered');
    expect(await driver.rest()).toMatchObject({ kind: 'show', page: { name: 'kba_questions' } });
    expect(driver.asked).toHaveLength(1);
  });

  it('is recorded in the language it was read in, and in the words of the workflow where it has some', async () => {
    const driver = new Driver({ agreed: false, options: { consentTexts: { es: 'Pregunte {app}.' } } });
    await agreeing(driver, questionsConsent(driver.workflow, 'App', 'es'));
    expect(driver.changes[0]?.consents).toMatchObject([{ text: 'Pregunte App.', locale: 'es' }]);
    expect(questionsConsent(driver.workflow, 'App', 'fr')).toEqual(questionsConsent(driver.workflow, 'App', 'en'));
  });

  it('that is declined ends the step, and nobody is asked', async () => {
    const driver = new Driver({ agreed: false });
    await driver.send({ action: 'decline' }, 'kba_consent');
    expect(await driver.rest()).toMatchObject({ kind: 'finish', end: { outcome: 'declined', reasons: [{ code: 'declined_by_person' }] } });
    expect([driver.asked, driver.changes.flatMap(({ consents }) => consents ?? [])]).toEqual([[], []]);
  });

  it.each([
    ['to another text', { action: 'agree', consentHash: 'f'.repeat(64) }, 'consent_changed'],
    ['to no text', { action: 'agree' }, 'consent_changed'],
    ['by no button', {}, 'required'],
  ])('given %s is none', async (_what, values, error) => {
    const driver = new Driver({ agreed: false });
    expect(await driver.send(values, 'kba_consent')).toEqual({ kind: 'invalid', errors: { consent: error } });
    expect(await driver.rest()).toMatchObject({ page: { name: 'kba_consent' } });
  });

  it('is given once', async () => {
    const driver = new Driver();
    expect(await agreeing(driver)).toEqual({ kind: 'invalid', errors: {} });
  });

  it('that is missing keeps every question to a third party back', async () => {
    const driver = new Driver();
    await driver.rest();
    await driver.all('1');
    driver.asked.length = 0;
    driver.state = { ...driver.state as object, consent: undefined };
    for (const task of ['questions', 'grade']) {
      expect((await driver.step.work?.(task, driver.view()))?.(driver.view())?.end).toMatchObject({ outcome: 'could_not_tell', reasons: [{ code: 'missingConsent' }] });
    }
    expect([driver.asked, driver.answers]).toEqual([[], []]);
  });
});

describe('the number of sets', () => {
  it('is counted for the person before each set is asked for, once', async () => {
    const driver = new Driver({ grades: [graded(0)] });
    await driver.rest();
    const counts = () => driver.changes.flatMap((change) => change.counts ?? []).map(({ dimension, key }) => [dimension, key.open()]);
    expect(counts()).toEqual([['kba', 'ada byron phone +14075550123'], ['kba', 'ada byron post US1']]);
    expect(driver.changes.findIndex((change) => change.counts)).toBeLessThan(driver.changes.findIndex((change) => (change.state as { round?: unknown }).round));
    await driver.all('1');
    await driver.rest();
    expect(counts()).toHaveLength(4);
    // Two processes that both want to count come to one.
    const fresh = new Driver();
    const [one, other] = [await fresh.step.work?.('count', fresh.view()), await fresh.step.work?.('count', fresh.view())];
    fresh.state = one?.(fresh.view())?.state;
    expect(other?.(fresh.view())).toBeUndefined();
  });

  it('counts test traffic apart', async () => {
    const driver = new Driver({ mode: 'test' });
    await driver.rest();
    expect(driver.changes.flatMap((change) => change.counts ?? []).map(({ dimension }) => dimension)).toEqual(['test:kba', 'test:kba']);
  });

  it('over the limit fails before the source is asked', async () => {
    const driver = new Driver({ share: { over: true, count: 4 } });
    expect(await driver.rest()).toEqual({ kind: 'ended', outcome: 'fail', reason: 'velocity_kba' });
    expect(driver.changes.at(-1)?.end?.reasons[0]?.detail).toEqual({ rule: 'r', count: 4, limit: 3, enforced: true });
    expect(driver.asked).toEqual([]);
  });

  it('over the limit where it denies nobody is told and no more', async () => {
    const driver = new Driver({ share: { over: true, enforced: false, count: 4 } });
    expect(await driver.rest()).toMatchObject({ kind: 'show' });
    expect(driver.changes.flatMap(({ events }) => events ?? [])).toContainEqual({
      layer: 'block', name: 'knowledgeQuestions', outcome: 'success', reason: 'velocity_kba', details: { rule: 'r', count: 4, limit: 3, enforced: false },
    });
  });

  it('is of nobody where nobody was claimed', async () => {
    expect(await new Driver({ nobody: true }).rest()).toEqual({ kind: 'ended', outcome: 'could_not_tell', reason: 'nobody_to_ask_about' });
  });
});

it('built-in workflows ask questions that cannot be guessed', () => {
  expect(publishFaults(new Driver({ options: { questions: 5, right: 4 } }).workflow.definition, []).map(({ code }) => code)).not.toContain('kba_guessable');
  expect(publishFaults(new Driver().workflow.definition, []).map(({ code }) => code)).toContain('kba_guessable');
});
