import { z } from 'zod';
import { LEAST_CHOICES } from '../../journey/guessing.ts';
import { broke, readJson, type Judged } from '../answer.ts';
import type { KbaQuestionSet } from '../ports.ts';

interface Raw {
  readonly status: number;
  readonly body: string;
}

const ID = /^[A-Za-z0-9_-]{1,400}$/;
const MOST_TEXT = 300;
const choice = z.object({ id: z.string().regex(ID), text: z.string().min(1).max(MOST_TEXT) });
const question = z.object({ id: z.string().regex(ID), text: z.string().min(1).max(MOST_TEXT), choices: z.array(choice).min(LEAST_CHOICES).max(8) });
const setShape = z.object({ setId: z.string().regex(ID), questions: z.array(question).min(1).max(10) });
const gradeShape = z.object({ right: z.number().int().min(0).max(10), asked: z.number().int().min(1).max(10) });

/** How likely guesses pass is reckoned with so many choices: choices that read alike are one. */
const distinct = (ids: readonly string[]): boolean => new Set(ids).size === ids.length;

/** Judge the reply to a request for questions: as many as were asked for, told apart by their ids. */
export function judgeQuestions(raw: Raw, count: number): Judged<KbaQuestionSet> {
  if (raw.status === 404) return { kind: 'could_not_tell', code: 'no_record' };
  if (raw.status !== 200) return broke(`http_${raw.status}`);
  const set = readJson(raw.body, setShape);
  const sound = set && set.questions.length === count && distinct(set.questions.map(({ id }) => id)) && set.questions.every(({ choices }) => distinct(choices.map(({ id }) => id)) && distinct(choices.map(({ text }) => text)));
  return sound ? { kind: 'answer', value: set } : broke('malformed_reply');
}

/** Judge the reply to answers. A grade of another number of questions than were asked is no grade. */
export function judgeGrade(raw: Raw, asked: number): Judged<{ readonly right: number; readonly asked: number }> {
  if (raw.status === 404 || raw.status === 410) return { kind: 'could_not_tell', code: 'set_unknown' };
  if (raw.status !== 200) return broke(`http_${raw.status}`);
  const grade = readJson(raw.body, gradeShape);
  return grade && grade.asked === asked && grade.right <= grade.asked ? { kind: 'answer', value: grade } : broke('malformed_reply');
}
