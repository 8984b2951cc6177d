import { z } from 'zod';
import { GatehouseError } from '../../../errors.ts';
import { Personal } from '../../../personal.ts';
import { REVIEW_REASONS } from '../../../journey/review.ts';
import { CASE_ENDINGS, type CaseAsked, type CaseChanged, type CaseDesk, type CaseLine, type CaseRefusal, type CaseEnding, type Refused } from '../../cases/store.ts';
import { apiRoute, type ApiRoute } from '../route.ts';
import { found, iso, mode, pageOf, paging, part, time } from '../shapes.ts';

const line = z.object({
  id: z.string(), kind: z.enum(['review', 'incident', 'follow_up']), status: z.enum(['open', 'waiting', 'resolved']), version: z.number(), mode, workflow: z.string().nullable(),
  transaction_id: z.string().nullable(), tags: z.array(z.string()), opened_at: time, due_at: time, resolved_at: time, resolution: z.string().nullable(), assignee: z.string().nullable(),
  four_eyes: z.boolean(), proposed: z.enum(['approve', 'deny']).nullable(),
});

function lineView(one: CaseLine) {
  return {
    id: one.id, kind: one.kind, status: one.status, version: one.version, mode: one.mode, workflow: one.workflowId ?? null, transaction_id: one.journeyId ?? null, tags: one.tags,
    opened_at: iso(one.openedAt), due_at: iso(one.dueAt), resolved_at: iso(one.resolvedAt), resolution: one.resolution ?? null, assignee: one.assignee?.name ?? null,
    four_eyes: one.fourEyes, proposed: one.proposal?.verdict ?? null,
  };
}

/** Refusals that are the caller's mistake; all others mean that somebody or something was first. */
const STATUS: Readonly<Partial<Record<CaseRefusal, number>>> = { unknown: 404, no_such_person: 422, people_only: 403, too_many_tags: 422, wrong_kind: 422, bad_ending: 422, no_phone: 422 };

function refusal({ why }: Refused): GatehouseError {
  const status = STATUS[why] ?? 409;
  return new GatehouseError(status === 404 ? 'not_found' : `case_${why}`, status, status === 404 ? 'there is no such case' : `the case cannot be changed so: ${why.replaceAll('_', ' ')}`);
}

function done(changed: CaseChanged): { readonly version: number } {
  if (changed.kind === 'refused') throw refusal(changed);
  return { version: changed.version };
}

const asked = z.object({
  url: z.string().nullable().describe('By which the person goes on: works once, told once. Null where a text message carries it.'),
  expires_at: time,
  sent: z.enum(['sent', 'unknown', 'failed']).nullable().describe('What became of the text message: taken by its sender, nobody can say, or not sent. Null where none was asked for.'),
  send_failure: z.string().nullable().describe('Why it was not sent, or why nobody can say: a code.'),
});

function linkOf(told: CaseAsked): z.infer<typeof asked> {
  if (told.kind === 'refused') throw refusal(told);
  const expires = iso(told.expiresAt);
  if (told.kind === 'sent') return { url: null, expires_at: expires, sent: 'sent', send_failure: null };
  return { url: told.url, expires_at: expires, sent: told.unsent?.kind ?? null, send_failure: told.unsent?.code ?? null };
}

const send = { send: z.boolean().default(false).describe('Send the link by text message to the phone that was matched or confirmed in the journey; refused where there is none.') };

const seen = { version: z.number().int().describe('As it was looked at.') };
const codes = (...verdicts: readonly (keyof typeof REVIEW_REASONS)[]) => z.enum(verdicts.flatMap((verdict) => REVIEW_REASONS[verdict].map(({ code }) => code)) as [string, ...string[]]);
const words = z.string().trim().max(2000).optional();
const inWords = (text: string | undefined): Personal<string> | undefined => (text === undefined || text === '' ? undefined : Personal.of(text));

const endings = z.enum(Object.keys(CASE_ENDINGS) as [CaseEnding, ...CaseEnding[]]);

/**
 * Cases: the queue, comments, and what a program may decide. Under four eyes only people propose, and only who proposed takes
 * it back: there is no door for either.
 */
export function caseApi(cases: CaseDesk): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'get', path: '/cases', tag: 'cases', scope: 'case.read', summary: 'The queue: open ones by when they are due, others newest first',
      query: z.strictObject({ status: z.enum(['open', 'waiting', 'resolved']).optional(), workflow: z.string().max(100).optional(), tag: z.string().max(100).optional(), mode: mode.optional(), overdue: z.literal('yes').optional(), ...paging }),
      answer: pageOf(line),
      async handle({ query: { workflow, overdue, before, most, ...rest }, now }) {
        const page = await cases.queue({ ...rest, workflowId: workflow, overdueAt: overdue === undefined ? undefined : now }, before, most);
        return { data: page.lines.map(lineView), next: page.next ?? null };
      },
    }),
    apiRoute({
      method: 'get', path: '/cases/{id}', tag: 'cases', scope: 'case.read', summary: 'One case, without personal data',
      answer: line.extend({ history: z.array(z.object({ at: time, by: z.string(), action: z.string() })) }),
      async handle({ params }) {
        const one = found(await cases.find(part(params, 'id')), 'case');
        return { ...lineView(one), history: one.history.map(({ at, by, action }) => ({ at: iso(at), by, action })) };
      },
    }),
    apiRoute({
      method: 'post', path: '/cases/{id}/comments', tag: 'cases', scope: 'case.work', summary: 'Comment', body: z.strictObject({ text: z.string().trim().min(1).max(4000) }), status: 201, answer: z.object({ version: z.number() }),
      handle: async ({ params, body, actor }) => done(await cases.comment(actor, { caseId: part(params, 'id'), text: Personal.of(body.text) })),
    }),
    apiRoute({
      method: 'post', path: '/cases/{id}/tags', tag: 'cases', scope: 'case.work', summary: 'Add and remove tags', answer: z.object({ version: z.number() }), refusals: { 409: 'It was changed since.' },
      body: z.strictObject({ ...seen, add: z.array(z.string().regex(/^[a-z0-9_]{1,60}$/)).max(20).default([]), remove: z.array(z.string().max(60)).max(20).default([]) }),
      handle: async ({ params, body, actor }) => done(await cases.tag(actor, { caseId: part(params, 'id'), ...body })),
    }),
    apiRoute({
      method: 'post', path: '/cases/{id}/assign', tag: 'cases', scope: 'case.work', summary: 'Give it to somebody, or to nobody', answer: z.object({ version: z.number() }), refusals: { 409: 'It was changed since, or is somebody’s.' },
      body: z.strictObject({ ...seen, staff_id: z.string().nullable(), take_over: z.boolean().default(false) }),
      handle: async ({ params, body, actor }) => done(await cases.assign(actor, { caseId: part(params, 'id'), version: body.version, to: body.staff_id ?? undefined, takeOver: body.take_over })),
    }),
    apiRoute({
      method: 'post', path: '/cases/{id}/decision', tag: 'cases', scope: 'case.decide', summary: 'Approve or deny a reviewed journey; under four eyes only people do',
      body: z.strictObject({ ...seen, verdict: z.enum(['approve', 'deny']), code: codes('approve', 'deny'), words }), answer: z.object({ result: z.enum(['decided', 'proposed', 'returned']) }), refusals: { 409: 'It was changed or decided since.' },
      async handle({ params, body, actor }) {
        const decided = await cases.decide(actor, { caseId: part(params, 'id'), version: body.version, code: body.code, words: inWords(body.words), verdict: body.verdict });
        if (decided.kind === 'refused') throw refusal(decided);
        return { result: decided.kind };
      },
    }),
    apiRoute({
      method: 'post', path: '/cases/{id}/close', tag: 'cases', scope: 'case.decide', summary: 'Close an incident or a follow-up, and say how it ended; a follow-up is no false alarm',
      body: z.strictObject({ ...seen, code: endings, words }), answer: z.object({ version: z.number() }), refusals: { 409: 'It was changed or closed since.' },
      handle: async ({ params, body, actor }) => done(await cases.close(actor, { caseId: part(params, 'id'), version: body.version, code: body.code, words: inWords(body.words) })),
    }),
    apiRoute({
      method: 'post', path: '/cases/{id}/ask-again', tag: 'cases', scope: 'case.decide', summary: 'Ask the person for one step again',
      body: z.strictObject({ ...seen, node: z.string().max(60), code: codes('again'), words, ...send }), answer: asked, refusals: { 409: 'It was changed or decided since, or the step cannot be asked again.' },
      async handle({ params, body, actor }) {
        return linkOf(await cases.askAgain(actor, { caseId: part(params, 'id'), version: body.version, code: body.code, words: inWords(body.words), node: body.node, send: body.send }));
      },
    }),
    apiRoute({
      method: 'post', path: '/cases/{id}/link', tag: 'cases', scope: 'case.decide', summary: 'Make a new link for somebody who is asked for a step again; the one before stops working',
      body: z.strictObject({ ...seen, ...send }), answer: asked, refusals: { 409: 'It was changed since, or the person is not waited for.' },
      handle: async ({ params, body, actor }) => linkOf(await cases.newLink(actor, { caseId: part(params, 'id'), version: body.version, send: body.send })),
    }),
  ];
}
