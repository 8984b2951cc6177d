import { z } from 'zod';
import { GatehouseError } from '../../../errors.ts';
import { Personal } from '../../../personal.ts';
import type { AccountDesk, AccountRow, Hold, HoldResult, MergePreview } from '../../accounts/store.ts';
import { apiRoute, type ApiRoute } from '../route.ts';
import { found, iso, mode, pageOf, paging, part, reason, time } from '../shapes.ts';

const row = z.object({ id: z.string(), mode: mode.nullable(), state: z.enum(['active', 'merged', 'erasing', 'erased']), held: z.boolean(), created_at: time });
const rowView = (one: AccountRow) => ({ id: one.id, mode: one.mode ?? null, state: one.state, held: one.held, created_at: iso(one.createdAt) });
const plan = z.array(z.object({ table: z.string(), rows: z.number() }));

const hold = z.object({ id: z.string(), kind: z.enum(['account', 'journey']), subject: z.string(), reason: z.string(), placed_at: time, released_at: time });
const holdView = (one: Hold) => ({ id: one.id, kind: one.kind, subject: one.subjectId, reason: one.reason, placed_at: iso(one.placedAt), released_at: iso(one.released?.at) });
const passkey = z.object({ id: z.string(), workflow: z.string(), label: z.string().nullable(), created_at: time, last_used_at: time, revoked_at: time });

const counts = z.record(z.string(), z.number());
const compared = z.enum(['same', 'differs', 'unknown']);
const mergePreview = z.object({
  refusals: z.array(z.string()).describe('Empty where it can be done.'), moves: counts, shared_trusts: z.number(), ends: z.number().describe('Sessions, grants and tokens of the account that goes.'),
  two_names: z.array(z.string()).describe('Workflows in which both have a name.'), clients: z.array(z.string()).describe('Keys whose applications see another sub.'),
  identity: z.object({ name: compared, birth_date: compared, asks: z.boolean().describe('Somebody has to say that they are one person: one_person.') }),
});

function previewView(one: MergePreview) {
  found(one.source, 'account');
  const { name, birthDate, asks } = one.identity;
  return { identity: { name, birth_date: birthDate, asks }, refusals: one.refusals, moves: one.moves, shared_trusts: one.sharedTrusts, ends: one.ends, two_names: one.twoNames, clients: one.clients };
}

function placed(held: HoldResult, what: string): { readonly hold_id: string } {
  if (held.kind !== 'refused') return { hold_id: held.id };
  throw new GatehouseError(held.why === 'not_found' ? 'not_found' : `${what}_${held.why}`, held.why === 'not_found' ? 404 : 409, held.why === 'not_found' ? `there is no such ${what}` : `the ${what} is ${held.why}`);
}

/** Accounts: find, look, reveal, revoke, merge, export, hold, erase. */
export function accountApi(accounts: AccountDesk): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'get', path: '/accounts', tag: 'accounts', scope: 'account.read', summary: 'List accounts, newest first', query: z.strictObject(paging), answer: pageOf(row),
      async handle({ query: { before, most } }) {
        const page = await accounts.page(before, most);
        return { data: page.rows.map(rowView), next: page.next ?? null };
      },
    }),
    apiRoute({
      method: 'post', path: '/accounts/search', reads: true, tag: 'accounts', scope: 'account.read', summary: 'Accounts by id, transaction, credential, phone or email',
      body: z.strictObject({ kind: z.enum(['id', 'transaction', 'credential', 'phone', 'email']), value: z.string().min(1).max(320) }), answer: z.object({ data: z.array(row) }),
      handle: async ({ body, actor }) => ({ data: (await accounts.search(actor, body.kind, Personal.of(body.value))).map(rowView) }),
    }),
    apiRoute({
      method: 'get', path: '/accounts/{id}', tag: 'accounts', scope: 'account.read', summary: 'One account, without personal data',
      answer: row.extend({ merged_into: z.string().nullable(), journeys: z.array(z.looseObject({ id: z.string() })), devices: z.array(z.looseObject({ id: z.string() })), passkeys: z.array(passkey), holds: z.array(hold) }),
      async handle({ params }) {
        const one = found(await accounts.find(part(params, 'id')), 'account');
        return {
          ...rowView(one), merged_into: one.mergedInto ?? null,
          journeys: one.journeys.map((journey) => ({ id: journey.id, workflow: journey.workflow, client_id: journey.clientId, decision: journey.verdict ?? null, created_at: iso(journey.createdAt) })),
          devices: one.devices.map((device) => ({
            id: device.id, kind: device.kind, label: device.label ?? null, last_seen_at: iso(device.lastSeenAt),
            trusts: device.trusts.map((trust) => ({ workflow: trust.workflowId, acr: trust.acr, expires_at: iso(trust.expiresAt), revoked_at: iso(trust.revoked?.at) })),
          })),
          passkeys: one.passkeys.map((key) => ({
            id: key.id, workflow: key.workflowId, label: key.label ?? null, created_at: iso(key.createdAt), last_used_at: iso(key.lastUsedAt), revoked_at: iso(key.revoked?.at),
          })),
          holds: one.holds.map(holdView),
        };
      },
    }),
    apiRoute({
      method: 'post', path: '/accounts/{id}/revoke-devices', tag: 'accounts', scope: 'account.revoke', summary: 'End trust in one device, or in all',
      body: z.strictObject({ device_id: z.string().optional(), end_grants: z.boolean().default(false), reason }), answer: z.object({ ended: z.number() }),
      async handle({ params, body, actor }) {
        const ended = await accounts.revokeDevices(actor, { accountId: part(params, 'id'), deviceId: body.device_id, endGrants: body.end_grants, reason: body.reason });
        return { ended: found(ended, 'account or device') };
      },
    }),
    apiRoute({
      method: 'post', path: '/accounts/{id}/revoke-passkey', tag: 'accounts', scope: 'account.revoke', summary: 'Refuse one passkey from now on', body: z.strictObject({ passkey_id: z.string().max(2000), reason }), answer: z.object({ revoked: z.literal(true) }),
      handle: async ({ params, body, actor }) => ({ revoked: found(await accounts.revokePasskey(actor, { accountId: part(params, 'id'), passkeyId: body.passkey_id, reason: body.reason }), 'passkey in use') }),
    }),
    apiRoute({
      method: 'post', path: '/accounts/{id}/reveal', reads: true, tag: 'accounts', scope: 'journey.reveal', summary: 'What was established about the person last, and the names that applications have for them; the look is recorded first',
      body: z.strictObject({ reason }),
      answer: z.object({ profile: z.record(z.string(), z.string()), credentials: z.array(z.object({ workflow: z.string(), name: z.string().nullable() })) }),
      async handle({ params, body, actor }) {
        const revealed = found(await accounts.reveal(actor, part(params, 'id'), body.reason), 'account, or nothing of it is left');
        return {
          profile: Object.fromEntries(revealed.profile.open()),
          credentials: revealed.credentials.map((one) => ({ workflow: one.workflowId, name: one.name?.open() ?? null })),
        };
      },
    }),
    apiRoute({
      method: 'post', path: '/accounts/{id}/export', reads: true, streams: 'application/json', tag: 'accounts', scope: 'account.export', summary: 'Everything that is kept of the person, opened, in pieces; on record before the first',
      body: z.strictObject({ reason, pictures: z.boolean().default(false).describe('As base64; each is written down as looked at.') }),
      answer: z.looseObject({ format: z.literal('gatehouse-person-1'), journeys: z.array(z.looseObject({})) }),
      handle: async ({ params, body, actor }) => found(await accounts.exportPerson(actor, { accountId: part(params, 'id'), reason: body.reason, pictures: body.pictures }), 'account'),
    }),
    apiRoute({
      method: 'get', path: '/accounts/{id}/merge', tag: 'accounts', scope: 'account.merge', summary: 'What merging this account into another would move and end: a dry run',
      query: z.strictObject({ target: z.string().max(64).describe('The account that stays.') }), answer: mergePreview,
      async handle({ params, query }) {
        return previewView(await accounts.mergePreview(part(params, 'id'), query.target));
      },
    }),
    apiRoute({
      method: 'post', path: '/accounts/{id}/merge', tag: 'accounts', scope: 'account.merge', summary: 'Merge this account into another; cannot be undone',
      body: z.strictObject({ target: z.string().max(64).describe('The account that stays.'), reason, confirm: z.string().describe('The id of the account that goes, once more.'), one_person: z.boolean().default(false).describe('Has to be true where the preview says that somebody has to say so.') }),
      answer: z.object({ result: z.enum(['merged', 'already']) }), refusals: { 409: 'They cannot become one.' },
      async handle({ params, body, actor }) {
        const source = part(params, 'id');
        if (body.confirm !== source) throw new GatehouseError('not_confirmed', 422, 'confirm must repeat the id of the account that goes');
        const done = await accounts.merge(actor, { source, target: body.target, reason: body.reason, onePerson: body.one_person });
        if (done.kind !== 'refused') return { result: done.kind };
        const [why = 'not_found'] = done.refusals;
        throw new GatehouseError(why === 'not_found' ? 'not_found' : `merge_${why}`, why === 'not_found' ? 404 : 409, why === 'not_found' ? 'there are no two such accounts' : `the accounts cannot become one: ${done.refusals.join(', ').replaceAll('_', ' ')}`);
      },
    }),
    apiRoute({
      method: 'post', path: '/accounts/{id}/end-sessions', tag: 'accounts', scope: 'account.revoke', summary: 'Sign the person out of every application', body: z.strictObject({ reason }), answer: z.object({ ended: z.number() }),
      handle: async ({ params, body, actor }) => ({ ended: found(await accounts.endSessions(actor, { accountId: part(params, 'id'), reason: body.reason }), 'account') }),
    }),
    apiRoute({
      method: 'post', path: '/accounts/{id}/hold', tag: 'accounts', scope: 'account.hold', summary: 'Put a legal hold on an account', body: z.strictObject({ reason }), status: 201, answer: z.object({ hold_id: z.string() }), refusals: { 409: 'It is erased or merged.' },
      async handle({ params, body, actor }) {
        return placed(await accounts.hold(actor, { kind: 'account', subjectId: part(params, 'id'), reason: body.reason }), 'account');
      },
    }),
    apiRoute({
      method: 'get', path: '/journeys/{id}/holds', tag: 'accounts', scope: 'account.hold', summary: 'Legal holds of one journey, newest first', answer: z.object({ data: z.array(hold) }),
      handle: async ({ params }) => ({ data: (await accounts.journeyHolds(part(params, 'id'))).map(holdView) }),
    }),
    apiRoute({
      method: 'post', path: '/journeys/{id}/hold', tag: 'accounts', scope: 'account.hold', summary: 'Put a legal hold on one journey', body: z.strictObject({ reason }), status: 201, answer: z.object({ hold_id: z.string() }), refusals: { 409: 'It is erased.' },
      handle: async ({ params, body, actor }) => placed(await accounts.hold(actor, { kind: 'journey', subjectId: part(params, 'id'), reason: body.reason }), 'journey'),
    }),
    apiRoute({
      method: 'post', path: '/holds/{id}/release', tag: 'accounts', scope: 'account.hold', summary: 'Release a legal hold', body: z.strictObject({ reason }), answer: z.object({ released: z.literal(true) }),
      handle: async ({ params, body, actor }) => ({ released: found(await accounts.release(actor, { holdId: part(params, 'id'), reason: body.reason }), 'hold in force') }),
    }),
    apiRoute({
      method: 'get', path: '/accounts/{id}/erasure', tag: 'accounts', scope: 'account.erase', summary: 'What an erasure would take, and what it would leave: a dry run',
      answer: z.object({ refusals: z.array(z.string()), goes: plan, stays: plan, contacts: z.number().describe('Journeys of no account that share a phone or email with the person, and nothing else: they go with also_contacts.') }),
      async handle({ params }) {
        const { refusals, goes, stays, contacts } = found(await accounts.erasurePlan(part(params, 'id')), 'account');
        return { refusals, goes, stays, contacts };
      },
    }),
    apiRoute({
      method: 'post', path: '/accounts/{id}/erasure', tag: 'accounts', scope: 'account.erase', summary: 'Erase a person; cannot be undone', body: z.strictObject({ reason, confirm: z.string().describe('The account’s id once more.'), also_contacts: z.boolean().default(false) }),
      status: 202, answer: z.object({ state: z.enum(['erased', 'erasing', 'already']) }), refusals: { 409: 'It is held, or merged.' },
      async handle({ params, body, actor }) {
        const accountId = part(params, 'id');
        if (body.confirm !== accountId) throw new GatehouseError('not_confirmed', 422, 'confirm must repeat the id of the account');
        const done = await accounts.erase(actor, { accountId, reason: body.reason, alsoContacts: body.also_contacts });
        if (done.kind !== 'refused') return { state: done.kind };
        const [why] = done.refusals;
        throw new GatehouseError(why === 'not_found' ? 'not_found' : `account_${why}`, why === 'not_found' ? 404 : 409, why === 'not_found' ? 'there is no such account' : `the account is ${why}`);
      },
    }),
  ];
}
