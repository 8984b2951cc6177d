/** Who cannot show a document answers questions, where the workflow has them; there is always another way out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUESTIONS } from '../../src/vendors/sandbox/histories.ts';
import { SettableClock } from '../support/clock.ts';
import type { HttpPerson } from '../support/http_person.ts';
import { oauthError } from '../support/relying_party.ts';
import { anotherApp, decisionOf, EVERYTHING, journeyOf, leave, setScene, timeline, type Scene, type Visit } from './scene.ts';
import { ANDREA, atDocument, landing, takeOver } from './document_scene.ts';

/** Right in name and wrong in address: no match, and somebody with a history. */
const MOVED = { street: '77 Elsewhere Blvd', postalCode: '32801', city: 'Orlando', phone: '+14075550211' };

const clock = new SettableClock();
let scene: Scene;
beforeAll(async () => {
  scene = await setScene({ options: { kba: { enabled: true } }, replace: { now: clock.now } });
});
afterAll(() => scene.close());

/** Past the hand-over to the consent to questions, by the desktop's own way. */
async function atConsent(app: Scene = scene, details: Parameters<typeof atDocument>[2] = { details: MOVED }): Promise<Visit> {
  const visit = await atDocument(app, { scope: EVERYTHING }, details);
  expect(visit.person.page).toBe('document_handover');
  await visit.person.press('action', 'cannot');
  expect(visit.person.page).toBe('kba_consent');
  return visit;
}

/** As {@link atConsent}, agreed. */
async function atQuestions(app: Scene = scene, details: Parameters<typeof atDocument>[2] = { details: MOVED }): Promise<Visit> {
  const visit = await atConsent(app, details);
  await visit.person.press('action', 'agree');
  return visit;
}

/** What the page asks: field name, the question's id, its choices. */
const asked = (person: HttpPerson): readonly { readonly field: string; readonly id: string }[] =>
  [...new Set(person.form.fields.filter((field) => field.name.startsWith('q_')).map((field) => field.name))].map((field) => ({ field, id: field.slice(2) }));

/** Choices by the words that stand beside them. */
function choice(person: HttpPerson, field: string, text: string): string {
  const found = [...person.answer.body.matchAll(/<input type="radio"[^>]* name="(\w+)" value="([\w-]+)"[^>]*><label[^>]*>([^<]*)<\/label>/g)].find(([, name, , words]) => name === field && words === text);
  if (!found?.[2]) throw new Error(`${field} does not offer what was expected`);
  return found[2];
}

/** Answer all, `wrong` of them wrongly. */
async function answerAll(person: HttpPerson, wrong = 0): Promise<void> {
  for (const [index, { field, id }] of asked(person).entries()) {
    const question = QUESTIONS.find((one) => one.id === id);
    const words = index < wrong ? question?.wrong[0] : question?.right['Andrew'];
    person.fillNamed({ [field]: choice(person, field, words ?? '') });
  }
  await person.press('action', 'answer');
}

describe('knowledge questions', () => {
  it('answered rightly approve, at a level of their own, with the details that were asked about', async () => {
    const { person, signIn } = await atQuestions();
    expect(person.page).toBe('kba_questions');
    expect(asked(person)).toHaveLength(5);
    await answerAll(person, 1);
    expect(person.page).toBe('finished');
    const tokens = await scene.app.finish(await leave(person), signIn);
    expect(tokens.claims()).toMatchObject({ policyDecision: 'approve', acr: 'urn:gatehouse:acr:kba', amr: ['rba', 'kba'], simulated: true });
    const info = await scene.app.userinfo(tokens);
    expect(info).toMatchObject({
      given_name: 'Andrew', family_name: 'Roshell',
      evidence: { steps: expect.arrayContaining([expect.objectContaining({ step: 'kba', outcome: 'pass', methods: { method: 'knowledge_questions', right: 4, asked: 5 } })]) },
    });
    expect(info).not.toHaveProperty('phone_number');
  });

  it('come once more with new questions, and a second failure denies; nobody hears what was wrong', async () => {
    const { person, signIn } = await atQuestions();
    const first = asked(person).map(({ id }) => id);
    await answerAll(person, 2);
    expect(person.page).toBe('kba_questions');
    expect(asked(person).filter(({ id }) => first.includes(id))).toEqual([]);
    expect(person.text).not.toMatch(/wrong|incorrect/i);
    await answerAll(person, 4);
    expect(person.page).toBe('denied');
    expect((await decisionOf(scene, person))).toEqual({ verdict: 'deny', reasons: ['wrong_answers'] });
    expect((await oauthError(scene.app.finish(await leave(person), signIn))).error).toBe('access_denied');
  });

  it('that were failed once can be passed the second time', async () => {
    const { person } = await atQuestions();
    await answerAll(person, 4);
    await answerAll(person);
    expect(person.page).toBe('finished');
  });

  it('left unanswered are asked for, and keep what was chosen', async () => {
    const { person } = await atQuestions();
    const [first] = asked(person);
    const field = first?.field ?? '';
    const right = choice(person, field, QUESTIONS.find((one) => one.id === first?.id)?.right['Andrew'] ?? '');
    await person.fillNamed({ [field]: right }).press('action', 'answer');
    expect([person.status, person.page]).toEqual([422, 'kba_questions']);
    expect(person.form.fields.filter((one) => one.name === field && one.checked).map((one) => one.value)).toEqual([right]);
  });

  it('never say on the page which choice is right, and a reload asks the same', async () => {
    const { person } = await atQuestions();
    const before = [asked(person), await journeyOf(scene, person)];
    await person.reload();
    expect([asked(person), await journeyOf(scene, person)]).toEqual(before);
    expect(person.answer.body).not.toMatch(/data-right|correct/);
  });

  it('have an end: the time runs out on both sets', async () => {
    const { person } = await atQuestions();
    const first = asked(person);
    clock.advance({ seconds: 181 });
    await person.reload();
    expect(person.page).toBe('kba_questions');
    expect(asked(person)).not.toEqual(first);
    clock.advance({ seconds: 181 });
    await answerAll(person);
    expect(person.page).toBe('denied');
    expect((await decisionOf(scene, person)).reasons).toEqual(['out_of_time']);
  });

  it('can be declined', async () => {
    const { person } = await atQuestions();
    await person.press('action', 'decline');
    expect(person.page).toBe('denied');
    expect((await decisionOf(scene, person)).reasons).toEqual(['declined_by_person']);
    expect(await timeline(scene, person)).toEqual(expect.arrayContaining(['label knowledge_questions failure: declined_by_person']));
  });

  it('are drawn only once consent to ask about the person is on record', async () => {
    const { person } = await atDocument(scene, { scope: EVERYTHING }, { details: MOVED });
    await person.press('action', 'cannot');
    expect(person.page).toBe('kba_consent');
    const { id } = await journeyOf(scene, person);
    const consents = () => scene.db.selectFrom('consent').select('purpose').where('journey_id', '=', id).execute();
    expect((await consents()).map(({ purpose }) => purpose)).not.toContain('knowledge_questions');
    await person.reload();
    expect(person.page).toBe('kba_consent');
    await person.press('action', 'agree');
    expect(person.page).toBe('kba_questions');
    expect((await consents()).map(({ purpose }) => purpose)).toContain('knowledge_questions');
  });

  it('are not drawn where consent is declined', async () => {
    const { person } = await atDocument(scene, { scope: EVERYTHING }, { details: MOVED });
    await person.press('action', 'cannot');
    await person.press('action', 'decline');
    expect([person.page, (await decisionOf(scene, person)).reasons]).toEqual(['denied', ['declined_by_person']]);
    expect((await timeline(scene, person)).filter((line) => line.includes('knowledgeQuestions'))).toEqual([
      'phase knowledgeQuestions start', 'block knowledgeQuestions fail: declined_by_person', 'phase knowledgeQuestions exit: declined_by_person',
    ]);
  });

  it('about one person come three times a day, in however many journeys and with whatever phone', async () => {
    const guarded = await setScene({ options: { kba: { enabled: true }, risk: { velocityDeniesTest: true } }, replace: { now: clock.now } });
    try {
      const first = await atQuestions(guarded);
      await answerAll(first.person, 5);
      await answerAll(first.person, 5);
      expect((await decisionOf(guarded, first.person)).reasons).toEqual(['wrong_answers']);
      const second = await atQuestions(guarded, { details: { ...MOVED, phone: '+14075550298' } });
      expect(second.person.page).toBe('kba_questions');
      await answerAll(second.person, 5);
      expect([second.person.page, (await decisionOf(guarded, second.person)).reasons]).toEqual(['denied', ['velocity_kba']]);
    } finally {
      await guarded.close();
    }
  });

  it('sent twice are graded once', async () => {
    const { person } = await atQuestions();
    for (const { field, id } of asked(person)) person.fillNamed({ [field]: choice(person, field, QUESTIONS.find((one) => one.id === id)?.wrong[0] ?? '') });
    const body = person.encoded();
    body.append('action', 'answer');
    const { action } = person.form;
    await Promise.all([1, 2, 3].map(() => person.send(action, { method: 'POST', body: new URLSearchParams(body) })));
    await person.open(action);
    await person.until('kba_questions', 'denied');
    expect(person.page).toBe('kba_questions');
    expect((await timeline(scene, person)).filter((line) => line === 'block knowledgeQuestions fail: wrong_answers')).toHaveLength(1);
  });

  it('are reached from the phone too, which lands as declined while the desktop asks', async () => {
    const { person: desktop } = await atDocument(scene, {}, { details: MOVED });
    const phone = await takeOver(desktop);
    await phone.press('action', 'agree');
    expect(phone.text).toMatch(/question/i);
    await phone.press('action', 'cannot');
    expect(await landing(phone)).toMatchObject({ status: 'declined' });
    await desktop.until('kba_consent');
  });

  it('are asked of nobody without a history, and are not offered where the workflow has none', async () => {
    const { person } = await atQuestions(scene, { details: { ...ANDREA, phone: '+14075550212' } });
    expect(person.page).toBe('denied');
    const without = await anotherApp(scene, 'no_questions');
    const visit = await atDocument(without, {}, { details: MOVED });
    expect(visit.person.text).not.toMatch(/answer questions/i);
    await visit.person.press('action', 'cannot');
    expect(visit.person.page).toBe('denied');
    expect((await decisionOf(scene, visit.person)).reasons).toEqual(['not_enabled']);
  });
});
