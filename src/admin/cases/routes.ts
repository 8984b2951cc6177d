/** Doors to cases. What may be done to one is decided at the desk below. */
import { GatehouseError } from '../../errors.ts';
import { Personal } from '../../personal.ts';
import { revealReason } from '../journeys/revealed.ts';
import type { JourneyDesk } from '../journeys/store.ts';
import { signedIn, type AdminRoute, type Answer, type Asked } from '../route.ts';
import { comparePage } from './compare_page.ts';
import { askedPage, casePage, queuePage, type CaseSearch } from './pages.ts';
import { CASE_ENDINGS, type CaseDesk, type CaseFilter, type CaseRefusal, type FoundCase, type CaseEnding } from './store.ts';
import { refusalText } from './words.ts';

export interface CaseRouteDeps {
  readonly cases: CaseDesk;
  readonly journeys: Pick<JourneyDesk, 'find' | 'revealBeside'>;
}

const PAGE = 50;
const PATH = '/admin/cases';
const ID = /^[\w-]{1,100}$/;
const MOST_WORDS = 2000;
const NAMES = ['show', 'who', 'workflow', 'tag', 'mode'] as const;

/** Where a refusal is shown on the case's page; above everything where it is about nothing that was typed. */
const FIELD: Partial<Record<CaseRefusal, string>> = { bad_ending: 'ending', assigned: 'takeOver', no_such_person: 'to', too_many_tags: 'add', no_phone: 'send' };

export function caseRoutes(deps: CaseRouteDeps): readonly AdminRoute[] {
  const { cases } = deps;
  const found = async ({ params }: Asked): Promise<FoundCase> => {
    const id = params['id'] ?? '';
    const one = ID.test(id) ? await cases.find(id) : undefined;
    if (!one) throw new GatehouseError('case_unknown', 404, 'there is no such case, or none any more: a case goes with its journey');
    return one;
  };
  const page = async (asked: Asked, one: FoundCase): Promise<ReturnType<typeof casePage>> => {
    const { may, now } = asked;
    const asks = may('case.decide') && one.journey !== undefined && !one.journey.erased && one.status !== 'resolved';
    const [journey, { people }, ending] = await Promise.all([one.journey ? deps.journeys.find(one.journey.id) : undefined, cases.choices(), asks ? cases.textable(one.id) : undefined]);
    return casePage({
      found: one, journey, people, ending, me: signedIn(asked).staffId, now,
      may: { work: may('case.work'), decide: may('case.decide'), reveal: may('journey.reveal'), journey: may('journey.read'), account: may('account.read') },
    });
  };
  /** The case as it stands now, with what is wrong at its field. */
  const again = async (asked: Asked, errors: Readonly<Record<string, string>>): Promise<Answer> =>
    ({ kind: 'page', page: await page(asked, await found(asked)), errors, values: asked.form, status: 422 });
  const turnedDown = (asked: Asked, why: CaseRefusal, field = FIELD[why] ?? 'main'): Promise<Answer> => again(asked, { [field]: refusalText(why) });
  const of = ({ params, form }: Asked) => ({ caseId: params['id'] ?? '', version: /^\d{1,9}$/.test(form['version'] ?? '') ? Number(form['version']) : -1 });
  const words = ({ form }: Asked, field: string): Personal<string> | undefined => {
    const text = (form[field] ?? '').trim().slice(0, MOST_WORDS);
    return text === '' ? undefined : Personal.of(text);
  };
  const back = (asked: Asked, notice: string): Answer => ({ kind: 'go', to: `${PATH}/${asked.params['id'] ?? ''}`, notice });

  const decide = (verdict: 'approve' | 'deny'): AdminRoute => ({
    method: 'post', path: `/cases/:id/${verdict}`, action: 'case.decide',
    async handle(asked) {
      const code = asked.form[`${verdict}Code`] ?? '';
      if (code === '') return again(asked, { [`${verdict}Code`]: 'Choose the reason.' });
      const done = await cases.decide(asked.actor, { ...of(asked), verdict, code, words: words(asked, `${verdict}Words`) });
      if (done.kind === 'refused') return turnedDown(asked, done.why, done.why === 'bad_request' ? `${verdict}Code` : undefined);
      return back(asked, done.kind === 'decided' ? `The journey is ${verdict === 'approve' ? 'approved' : 'declined'}, and its application is told.`
        : done.kind === 'proposed' ? 'Proposed. Another person has to confirm it.' : 'You disagree with what was proposed: the case is back in the queue.');
    },
  });

  return [
    {
      method: 'get', path: '/cases', action: 'case.read',
      async handle(asked) {
        const { query, now } = asked;
        const search = Object.fromEntries(NAMES.map((name) => [name, (query[name] ?? '').slice(0, 200)])) as CaseSearch;
        const before = query['before'];
        const [page_, choices] = await Promise.all([cases.queue(filterOf(search, signedIn(asked).staffId, now), before, PAGE), cases.choices()]);
        const kept = new URLSearchParams(Object.entries(search).filter(([, value]) => value !== ''));
        const href = (cursor: string | undefined): string => {
          const all = new URLSearchParams(kept);
          if (cursor !== undefined) all.set('before', cursor);
          return `${PATH}${all.size === 0 ? '' : `?${all.toString()}`}`;
        };
        return { kind: 'page', page: queuePage({ found: page_, search, choices, now, next: page_.next === undefined ? '' : href(page_.next), first: before === undefined ? '' : href(undefined) }) };
      },
    },
    {
      method: 'get', path: '/cases/:id', action: 'case.read',
      handle: async (asked) => ({ kind: 'page', page: await page(asked, await found(asked)) }),
    },
    {
      method: 'post', path: '/cases/:id/assign', action: 'case.work',
      async handle(asked) {
        const to = asked.form['to'] ?? '';
        const done = await cases.assign(asked.actor, { ...of(asked), to: to === 'me' ? signedIn(asked).staffId : to === '' ? undefined : to, takeOver: asked.form['takeOver'] === 'on' });
        if (done.kind === 'refused') return turnedDown(asked, done.why);
        return back(asked, to === '' ? 'Nobody works on this case now.' : to === 'me' ? 'The case is yours.' : 'Assigned.');
      },
    },
    {
      method: 'post', path: '/cases/:id/tags', action: 'case.work',
      async handle(asked) {
        const add = (asked.form['add'] ?? '').split(/[\s,]+/).filter(Boolean).slice(0, 50);
        const remove = [asked.form['remove'] ?? ''].filter(Boolean);
        if (add.length + remove.length === 0) return again(asked, { add: 'Enter a tag.' });
        const done = await cases.tag(asked.actor, { ...of(asked), add, remove });
        return done.kind === 'refused' ? turnedDown(asked, done.why) : back(asked, 'Tags changed.');
      },
    },
    {
      method: 'post', path: '/cases/:id/comments', action: 'case.work',
      async handle(asked) {
        const text = words(asked, 'comment');
        if (!text) return again(asked, { comment: 'Write something first.' });
        const done = await cases.comment(asked.actor, { caseId: asked.params['id'] ?? '', text });
        return done.kind === 'refused' ? turnedDown(asked, done.why) : back(asked, 'Comment added.');
      },
    },
    {
      method: 'post', path: '/cases/:id/reveal', action: 'journey.reveal', fresh: true,
      async handle(asked) {
        const one = await found(asked);
        const said = revealReason(asked.form['reason'] ?? '');
        if ('fault' in said) return again(asked, { reason: said.fault });
        const revealed = one.journey && (await deps.journeys.revealBeside(asked.actor, signedIn(asked).hash, one.journey.id, said.reason));
        if (!revealed) throw new GatehouseError('journey_unknown', 404, 'the journey was deleted meanwhile');
        const checks = (await deps.journeys.find(one.journey?.id ?? ''))?.checks ?? [];
        return { kind: 'page', page: comparePage(one, revealed, checks, said.reason) };
      },
    },
    decide('approve'),
    decide('deny'),
    {
      method: 'post', path: '/cases/:id/withdraw', action: 'case.decide',
      async handle(asked) {
        const done = await cases.withdraw(asked.actor, of(asked));
        return done.kind === 'refused' ? turnedDown(asked, done.why) : back(asked, 'You took your proposal back.');
      },
    },
    {
      method: 'post', path: '/cases/:id/again', action: 'case.decide',
      async handle(asked) {
        const [node, code] = [asked.form['node'] ?? '', asked.form['againCode'] ?? ''];
        if (code === '') return again(asked, { againCode: 'Choose the reason.' });
        const done = await cases.askAgain(asked.actor, { ...of(asked), node, code, words: words(asked, 'againWords'), send: asked.form['send'] === 'on' });
        if (done.kind === 'refused') return turnedDown(asked, done.why, done.why === 'bad_request' ? 'node' : undefined);
        return { kind: 'page', page: askedPage(await found(asked), done) };
      },
    },
    {
      method: 'post', path: '/cases/:id/link', action: 'case.decide',
      async handle(asked) {
        const done = await cases.newLink(asked.actor, { ...of(asked), send: asked.form['send'] === 'on' });
        return done.kind === 'refused' ? turnedDown(asked, done.why) : { kind: 'page', page: askedPage(await found(asked), done) };
      },
    },
    {
      method: 'post', path: '/cases/:id/close', action: 'case.decide',
      async handle(asked) {
        const code = asked.form['ending'] ?? '';
        if (!Object.hasOwn(CASE_ENDINGS, code)) return again(asked, { ending: 'Choose how it ended.' });
        const done = await cases.close(asked.actor, { ...of(asked), code: code as CaseEnding, words: words(asked, 'endingWords') });
        return done.kind === 'refused' ? turnedDown(asked, done.why) : back(asked, 'The case is closed.');
      },
    },
  ];
}

/** A filter from what was chosen; what is not known narrows nothing, but the queue itself. Pure. */
export function filterOf(search: CaseSearch, me: string, now: number): CaseFilter {
  const { show, who, workflow, tag, mode } = search;
  return {
    // The queue is what is still open; everything is asked for.
    status: show === 'waiting' || show === 'resolved' ? show : show === 'all' || show === 'overdue' ? undefined : 'open',
    overdueAt: show === 'overdue' ? now : undefined,
    assignee: who === 'me' ? { id: me } : who === 'nobody' ? 'nobody' : undefined,
    workflowId: workflow === '' ? undefined : workflow,
    tag: tag === '' ? undefined : tag,
    mode: mode === 'test' || mode === 'live' ? mode : undefined,
  };
}
