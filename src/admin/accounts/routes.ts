/** Doors to accounts. What may be done to one is decided below, by the desk: here it is asked for and told. */
import { Readable } from 'node:stream';
import { GatehouseError } from '../../errors.ts';
import { Personal } from '../../personal.ts';
import type { AdminRoute, Answer, Asked } from '../route.ts';
import {
  accountHref, accountListPage, accountPage, accountSearchPage, askPage, erasePage, journeyHoldPage, mergePage, revealedAccountPage, SEARCH_KINDS, type AskModel,
} from './pages.ts';
import { confirmationOf, isConfirmed, isId, phoneOf, reasonOf } from './rules.ts';
import type { AccountDesk, AccountView, Hold } from './store.ts';
import { HOLD_REFUSALS, MERGE_REFUSALS, ONE_PERSON_FAULT, REASON_FAULT } from './texts.ts';

const PAGE = 50;
const PATH = '/admin/accounts';

export function accountRoutes({ accounts }: { readonly accounts: AccountDesk }): readonly AdminRoute[] {
  const viewOr404 = async ({ params, query }: Asked): Promise<AccountView> => {
    const id = params['id'] ?? '';
    const view = isId(id) ? await accounts.find(id, query['before']) : undefined;
    if (!view) throw new GatehouseError('not_found', 404, 'There is no account with this id.');
    return view;
  };
  /** A question with a reason: the form, and what happens once a reason is there. */
  const asking = (path: string, action: AdminRoute['action'], fresh: boolean, ask: (asked: Asked) => Promise<AskModel>, act: (asked: Asked, reason: string) => Promise<Answer>): readonly AdminRoute[] => [
    { method: 'get', path, action, fresh, handle: async (asked) => ({ kind: 'page', page: askPage(await ask(asked)) }) },
    {
      method: 'post', path, action, fresh,
      async handle(asked): Promise<Answer> {
        const reason = reasonOf(asked.form['reason']);
        if (reason === undefined) return { kind: 'page', page: askPage(await ask(asked)), errors: { reason: REASON_FAULT }, values: { ...asked.form } };
        return act(asked, reason);
      },
    },
  ];
  return [
    {
      method: 'get', path: '/accounts', action: 'account.read',
      async handle({ query }) {
        const found = await accounts.page(query['before'], PAGE);
        return { kind: 'page', page: accountListPage({ found, further: query['before'] !== undefined }) };
      },
    },
    { method: 'get', path: '/accounts/find', action: 'account.read', handle: async () => ({ kind: 'page', page: accountSearchPage({ found: undefined }) }) },
    { method: 'post', path: '/accounts/find', action: 'account.read', handle: (asked) => search(accounts, asked) },
    { method: 'get', path: '/accounts/journey-hold', action: 'account.hold', fresh: true, handle: async ({ query }) => journeyHolds(accounts, query['journey'] ?? '') },
    { method: 'post', path: '/accounts/journey-hold', action: 'account.hold', fresh: true, handle: (asked) => holdJourney(accounts, asked) },
    ...asking('/accounts/holds/:hold/release', 'account.hold', true, async (asked) => releaseQuestion(await holdOr404(accounts, asked)), async (asked, reason) => {
      const hold = await holdOr404(accounts, asked);
      const done = await accounts.release(asked.actor, { holdId: hold.id, reason });
      return { kind: 'go', to: backTo(hold), notice: done ? 'The hold is released: retention goes on where it stopped.' : 'It had been released before.' };
    }),
    {
      method: 'get', path: '/accounts/:id', action: 'account.read',
      async handle(asked) {
        const account = await viewOr404(asked);
        return { kind: 'page', page: accountPage({ account, may: asked.may, now: asked.now, further: asked.query['before'] !== undefined }) };
      },
    },
    ...asking('/accounts/:id/reveal', 'journey.reveal', true, async (asked) => {
      const { id } = await viewOr404(asked);
      return {
        accountId: id, title: 'Reveal personal data of this account', action: `${accountHref(id)}/reveal`, button: 'Reveal', cancel: accountHref(id), danger: false,
        sentences: ['You will see what was established about the person last, and the names that applications have for them.', 'That you looked, and why, is written to the audit log before anything is shown.'],
      };
    }, async (asked, reason) => {
      const account = await viewOr404(asked);
      const revealed = await accounts.reveal(asked.actor, account.id, reason);
      if (!revealed) throw new GatehouseError('not_found', 404, 'Nothing of this account is left to reveal.');
      return { kind: 'page', page: revealedAccountPage({ account, revealed, reason }) };
    }),
    ...asking('/accounts/:id/devices/:device/revoke', 'account.revoke', false, async (asked) => {
      const account = await viewOr404(asked);
      const device = account.devices.find(({ id }) => id === asked.params['device']);
      if (!device && asked.params['device'] !== 'all') throw new GatehouseError('not_found', 404, 'This account is not trusted on any such device.');
      const sentences = device
        ? ['The device is not trusted any more for this person, in any workflow: they are verified anew the next time they come with it.', 'The same device stays trusted for other people.']
        : ['No device is trusted any more for this person: they are verified anew the next time they come with any.'];
      return {
        accountId: account.id, title: device ? 'Revoke this device?' : 'Revoke all devices?', action: `${accountHref(account.id)}/devices/${encodeURIComponent(asked.params['device'] ?? '')}/revoke`, button: 'Revoke', cancel: accountHref(account.id), sentences,
        check: { name: 'grants', label: 'End what was granted too', hint: device ? 'Ends the grants, tokens and sessions that journeys with this device were given. Applications ask the person to sign in again.' : 'Ends every grant, token and session of this account. Applications ask the person to sign in again.' },
      };
    }, async (asked, reason) => {
      const { id } = await viewOr404(asked);
      const device = asked.params['device'] ?? '';
      const ended = await accounts.revokeDevices(asked.actor, { accountId: id, deviceId: device === 'all' ? undefined : device, endGrants: asked.form['grants'] === 'on', reason });
      if (ended === undefined) throw new GatehouseError('not_found', 404, 'This account is not trusted on any such device.');
      return { kind: 'go', to: accountHref(id), notice: ended === 0 ? 'No trust was left to end.' : `Trust ended: ${ended}.` };
    }),
    ...asking('/accounts/:id/passkeys/revoke', 'account.revoke', false, async (asked) => {
      const account = await viewOr404(asked);
      const passkey = asked.form['passkey'] ?? asked.query['passkey'] ?? '';
      if (!account.passkeys.some(({ id }) => id === passkey)) throw new GatehouseError('not_found', 404, 'This account has no such passkey.');
      return {
        accountId: account.id, title: 'Revoke this passkey?', action: `${accountHref(account.id)}/passkeys/revoke`, button: 'Revoke', cancel: accountHref(account.id), hidden: { passkey },
        sentences: ['Signing in with it is refused from now on. It stays on the person’s device, where they can delete it.'],
      };
    }, async (asked, reason) => {
      const { id } = await viewOr404(asked);
      const done = await accounts.revokePasskey(asked.actor, { accountId: id, passkeyId: asked.form['passkey'] ?? '', reason });
      return { kind: 'go', to: accountHref(id), notice: done ? 'The passkey is revoked.' : 'There was no such passkey in use.' };
    }),
    ...asking('/accounts/:id/sign-out', 'account.revoke', false, async (asked) => {
      const { id } = await viewOr404(asked);
      return {
        accountId: id, title: 'End all sessions and grants?', action: `${accountHref(id)}/sign-out`, button: 'End them', cancel: accountHref(id),
        sentences: ['Every session, grant and token of this account ends here and now. Applications that keep a session of their own notice when they next use a token, or are told at once if their key has a back-channel logout address.', 'Devices stay trusted: revoke them too if the person should be verified anew.'],
      };
    }, async (asked, reason) => {
      const { id } = await viewOr404(asked);
      const ended = await accounts.endSessions(asked.actor, { accountId: id, reason });
      return { kind: 'go', to: accountHref(id), notice: ended ? `Ended: ${ended} records of sessions, grants and tokens.` : 'There was nothing to end.' };
    }),
    ...asking('/accounts/:id/export', 'account.export', true, async (asked) => {
      const { id } = await viewOr404(asked);
      return {
        accountId: id, title: 'Export everything about this person', action: `${accountHref(id)}/export`, button: 'Export as JSON', cancel: accountHref(id), danger: false,
        sentences: ['The file holds everything that is kept of the person, opened: hand it over safely, and delete your copy.', 'The export is written to the audit log before the file is made.'],
        check: { name: 'pictures', label: 'With pictures that are still kept', hint: 'As base64 in the file. Each is written down as looked at.' },
      };
    }, async (asked, reason) => {
      const { id } = await viewOr404(asked);
      const pieces = await accounts.exportPerson(asked.actor, { accountId: id, reason, pictures: asked.form['pictures'] === 'on' });
      if (!pieces) throw new GatehouseError('not_found', 404, 'There is no account with this id.');
      return { kind: 'file', name: `person-${id}.json`, type: 'application/json', body: Readable.from(pieces) };
    }),
    ...asking('/accounts/:id/hold', 'account.hold', true, async (asked) => {
      const { id } = await viewOr404(asked);
      return {
        accountId: id, title: 'Put this account on legal hold?', action: `${accountHref(id)}/hold`, button: 'Hold', cancel: accountHref(id), danger: false,
        sentences: ['Until the hold is released nothing of this person is erased, and nothing outlives its time: journeys, pictures, reports and counts are kept.', 'What is gone already does not come back.'],
      };
    }, async (asked, reason) => {
      const { id } = await viewOr404(asked);
      const result = await accounts.hold(asked.actor, { kind: 'account', subjectId: id, reason });
      const notice = result.kind === 'held' ? 'The account is on hold.' : result.kind === 'already' ? 'It was on hold before.' : HOLD_REFUSALS[result.why];
      return { kind: 'go', to: accountHref(id), notice };
    }),
    { method: 'get', path: '/accounts/:id/merge', action: 'account.merge', fresh: true, handle: async (asked) => mergeForm(accounts, (await viewOr404(asked)).id, (asked.query['target'] ?? '').trim()) },
    {
      method: 'post', path: '/accounts/:id/merge', action: 'account.merge', fresh: true,
      async handle(asked): Promise<Answer> {
        const { id } = await viewOr404(asked);
        const target = (asked.form['target'] ?? '').trim();
        const reason = reasonOf(asked.form['reason']);
        const errors = { ...(reason === undefined ? { reason: REASON_FAULT } : {}), ...confirmFault(id, asked.form['confirm']) };
        if (!isId(target)) return { ...(await mergeForm(accounts, id, target)), errors: { target: 'Enter the id of the account that stays.' } };
        if (reason === undefined || Object.keys(errors).length > 0) return mergeAgain(await mergeForm(accounts, id, target), errors, asked.form);
        const result = await accounts.merge(asked.actor, { source: id, target, reason, onePerson: asked.form['one'] === 'on' });
        if (result.kind === 'refused' && result.refusals.includes('identity_differs')) return mergeAgain(await mergeForm(accounts, id, target), { one: ONE_PERSON_FAULT }, asked.form);
        if (result.kind === 'refused') return mergeAgain(await mergeForm(accounts, id, target), { target: result.refusals.map((code) => MERGE_REFUSALS[code]).join(' ') }, asked.form);
        return { kind: 'go', to: accountHref(target), notice: result.kind === 'merged' ? 'Merged. This is the account that is left.' : 'They had been merged before.' };
      },
    },
    { method: 'get', path: '/accounts/:id/erase', action: 'account.erase', fresh: true, handle: async (asked) => ({ kind: 'page', page: erasePage(await planOr404(accounts, asked)) }) },
    {
      method: 'post', path: '/accounts/:id/erase', action: 'account.erase', fresh: true,
      async handle(asked): Promise<Answer> {
        const plan = await planOr404(accounts, asked);
        const { id } = plan.account;
        const reason = reasonOf(asked.form['reason']);
        const errors = { ...(reason === undefined ? { reason: REASON_FAULT } : {}), ...confirmFault(id, asked.form['confirm']) };
        if (reason === undefined || Object.keys(errors).length > 0) {
          // Where it cannot be done the page says so, and has no form for faults to stand at.
          return plan.refusals.length > 0 ? { kind: 'page', page: erasePage(plan), status: 409 } : { kind: 'page', page: erasePage(plan), errors, values: { ...asked.form } };
        }
        const result = await accounts.erase(asked.actor, { accountId: id, reason, alsoContacts: asked.form['contacts'] === 'on' });
        if (result.kind === 'refused') return { kind: 'page', page: erasePage(await planOr404(accounts, asked)), status: 409 };
        const notice = { erased: 'The person is erased. A shell without personal data is left.', already: 'It was erased before.', erasing: 'The erasure is in force and being finished.' }[result.kind];
        return { kind: 'go', to: accountHref(id), notice };
      },
    },
  ];
}

function confirmFault(id: string, typed: string | undefined): Readonly<Record<string, string>> {
  return isConfirmed(id, typed) ? {} : { confirm: `Type ${confirmationOf(id)}, the beginning of the account’s id, to confirm.` };
}

async function planOr404(accounts: AccountDesk, { params }: Asked) {
  const id = params['id'] ?? '';
  const plan = isId(id) ? await accounts.erasurePlan(id) : undefined;
  if (!plan) throw new GatehouseError('not_found', 404, 'There is no account with this id.');
  return plan;
}

async function mergeForm(accounts: AccountDesk, id: string, target: string): Promise<Extract<Answer, { kind: 'page' }>> {
  const preview = isId(target) ? await accounts.mergePreview(id, target) : undefined;
  const errors: Readonly<Record<string, string>> = target !== '' && !preview ? { target: 'This is not the id of an account.' } : {};
  return { kind: 'page', page: mergePage({ id, target, preview }), errors, values: { target } };
}

/** Faults at their fields; where the merge is refused the page says why, and has no field but the target's. */
function mergeAgain(form: Extract<Answer, { kind: 'page' }>, errors: Readonly<Record<string, string>>, typed: Asked['form']): Answer {
  const { preview } = form.page.model as { readonly preview?: { readonly refusals: readonly string[] } };
  const asked = preview && preview.refusals.length === 0;
  return { ...form, errors: asked ? errors : { target: errors['target'] ?? preview?.refusals.join(' ') ?? 'This is not the id of an account.' }, values: { ...typed } };
}

async function search(accounts: AccountDesk, { actor, form }: Asked): Promise<Answer> {
  const kind = SEARCH_KINDS.find(({ value }) => value === form['by'])?.value ?? 'id';
  const typed = (form['who'] ?? '').trim();
  const values = { by: kind, who: typed };
  const fault = typed === '' ? 'Enter whom to look for.' : kind === 'phone' && phoneOf(typed) === undefined ? 'Enter a phone number with its country code, such as +1 407 555 0101.' : undefined;
  if (fault !== undefined) return { kind: 'page', page: accountSearchPage({ found: undefined }), errors: { who: fault }, values };
  const found = await accounts.search(actor, kind, Personal.of(typed));
  const [only] = found;
  if (only && found.length === 1) return { kind: 'go', to: accountHref(only.id) };
  return { kind: 'page', page: accountSearchPage({ found }), values };
}

async function journeyHolds(accounts: AccountDesk, journeyId: string): Promise<Extract<Answer, { kind: 'page' }>> {
  const holds = isId(journeyId) ? await accounts.journeyHolds(journeyId) : [];
  return { kind: 'page', page: journeyHoldPage({ journeyId, holds }), values: { journey: journeyId } };
}

async function holdJourney(accounts: AccountDesk, { actor, form }: Asked): Promise<Answer> {
  const journeyId = (form['journey'] ?? '').trim();
  const reason = reasonOf(form['reason']);
  const shown = await journeyHolds(accounts, journeyId);
  const errors = { ...(isId(journeyId) ? {} : { journey: 'Enter the transaction id of a journey.' }), ...(reason === undefined ? { reason: REASON_FAULT } : {}) };
  if (reason === undefined || Object.keys(errors).length > 0) return { ...shown, errors, values: { ...form } };
  const result = await accounts.hold(actor, { kind: 'journey', subjectId: journeyId, reason });
  if (result.kind === 'refused') return { ...shown, errors: { journey: HOLD_REFUSALS[result.why] }, values: { ...form } };
  return { kind: 'go', to: backTo({ kind: 'journey', subjectId: journeyId }), notice: result.kind === 'held' ? 'The journey is on hold.' : 'It was on hold before.' };
}

async function holdOr404(accounts: AccountDesk, { params }: Asked): Promise<Hold> {
  const id = params['hold'] ?? '';
  const hold = isId(id) ? await accounts.findHold(id) : undefined;
  if (!hold) throw new GatehouseError('not_found', 404, 'There is no such hold.');
  return hold;
}

/** Where what is held is shown. */
function backTo({ kind, subjectId }: Pick<Hold, 'kind' | 'subjectId'>): string {
  return kind === 'account' ? accountHref(subjectId) : `${PATH}/journey-hold?journey=${encodeURIComponent(subjectId)}`;
}

function releaseQuestion(hold: Hold): AskModel {
  return {
    accountId: undefined, title: 'Release this hold?', action: `${PATH}/holds/${encodeURIComponent(hold.id)}/release`, button: 'Release', cancel: backTo(hold),
    sentences: [
      `It holds the ${hold.kind} ${hold.subjectId}. ${hold.placedBy} placed it: ${hold.reason}`,
      'Retention goes on where it stopped: what is past its time is deleted within minutes, and the person can be erased.',
    ],
  };
}
