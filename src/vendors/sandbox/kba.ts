/**
 * The simulated source of knowledge questions. It keeps nothing: a set's id says whose it is and which questions it
 * holds, so that any gateway process's sandbox can grade it. (A real source's ids are opaque.)
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { sameSecret } from '../../constant_time.ts';
import { fail, parseJson, readText } from './body.ts';
import { personaWithHistory, QUESTIONS, type Question } from './histories.ts';
import { effectsOf } from './numbers.ts';
import { makeTrouble, type Dialect } from './trouble.ts';

export interface KbaSettings {
  /** Expected as bearer token. */
  readonly secret: string;
  readonly slowMs: number;
}

const drawRequest = z.object({
  subject: z.object({ givenName: z.string(), familyName: z.string(), phone: z.string() }),
  count: z.number().int().min(1).max(5),
  locale: z.string(),
  before: z.array(z.string()).max(5),
});
const gradeRequest = z.object({ answers: z.record(z.string(), z.string()) });
const setShape = z.object({ name: z.string(), ids: z.array(z.string()).min(1) });
type SetContents = z.infer<typeof setShape>;

const DIALECT: Dialect = {
  broken: (context) => fail(context, 500, 'internal'),
  rateLimited: (context) => fail(context, 429, 'too_many_requests'),
  unknownNumber: (context) => fail(context, 404, 'no_record'),
};

const NONE = { en: 'None of these', es: 'Ninguna de estas' };

export function kbaRouter(settings: KbaSettings): Router {
  const router = new Router();
  const authorised = (context: Context): boolean => {
    if (sameSecret(context.get('authorization'), `Bearer ${settings.secret}`)) return true;
    fail(context, 401, 'unauthorized');
    return false;
  };
  router.post('/kba/v1/sets', async (context) => {
    if (!authorised(context)) return;
    const parsed = drawRequest.safeParse(parseJson(await readText(context.req)));
    if (!parsed.success) return fail(context, 400, 'bad_request');
    const { subject, count, locale, before } = parsed.data;
    if (await makeTrouble(effectsOf(subject.phone).trouble?.bureau, context, DIALECT, settings.slowMs)) return;
    const persona = personaWithHistory(subject.givenName, subject.familyName);
    const used = new Set(before.flatMap((set) => contentsOf(set)?.ids ?? []));
    const fresh = QUESTIONS.filter(({ id }) => !used.has(id)).slice(0, count);
    if (!persona || fresh.length < count) return fail(context, 404, 'no_record');
    const contents: SetContents = { name: persona.givenName, ids: fresh.map(({ id }) => id) };
    context.body = {
      setId: Buffer.from(JSON.stringify(contents)).toString('base64url'),
      questions: fresh.map((question) => asked(question, persona.givenName, locale === 'es' ? 'es' : 'en')),
    };
  });
  router.post('/kba/v1/sets/:set/grade', async (context) => {
    if (!authorised(context)) return;
    const contents = contentsOf(String(context.params['set']));
    if (!contents) return fail(context, 404, 'set_unknown');
    const parsed = gradeRequest.safeParse(parseJson(await readText(context.req)));
    if (!parsed.success) return fail(context, 400, 'bad_request');
    const right = contents.ids.filter((id) => {
      const question = QUESTIONS.find((one) => one.id === id);
      return question !== undefined && parsed.data.answers[id] === choiceId(question, question.right[contents.name] ?? '');
    });
    context.body = { right: right.length, asked: contents.ids.length };
  });
  return router;
}

/** One question as it is shown; the order of its choices is stable and tells nothing. */
function asked(question: Question, name: string, locale: 'en' | 'es'): { id: string; text: string; choices: { id: string; text: string }[] } {
  const texts = [question.right[name] ?? '', ...question.wrong];
  const choices = texts.map((text) => ({ id: choiceId(question, text), text })).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return { id: question.id, text: question.text[locale], choices: [...choices, { id: 'none', text: NONE[locale] }] };
}

function choiceId(question: Question, text: string): string {
  return createHash('sha256').update(`${question.id}\0${text}`).digest('base64url').slice(0, 10);
}

function contentsOf(set: string): SetContents | undefined {
  return setShape.safeParse(parseJson(Buffer.from(set, 'base64url').toString('utf8'))).data;
}
