import { z } from 'zod';
import { GatehouseError } from '../../../errors.ts';
import { Personal } from '../../../personal.ts';
import type { AccountDesk, AccountRow } from '../../accounts/store.ts';
import { apiRoute, type ApiRoute } from '../route.ts';
import { found, iso, mode, pageOf, paging, part, reason, time } from '../shapes.ts';

const row = z.object({ id: z.string(), mode: mode.nullable(), state: z.enum(['active', 'merged', 'erasing', 'erased']), held: z.boolean(), created_at: time });
const rowView = (one: AccountRow) => ({ id: one.id, mode: one.mode ?? null, state: one.state, held: one.held, created_at: iso(one.createdAt) });
const plan = z.array(z.object({ table: z.string(), rows: z.number() }));

/** Accounts: find, look, revoke, hold, erase. */
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
      handle: async ({ body }) => ({ data: (await accounts.search(body.kind, Personal.of(body.value))).map(rowView) }),
    }),
    apiRoute({
      method: 'get', path: '/accounts/{id}', tag: 'accounts', scope: 'account.read', summary: 'One account, without personal data',
      answer: row.extend({ merged_into: z.string().nullable(), journeys: z.array(z.looseObject({ id: z.string() })), devices: z.array(z.looseObject({ id: z.string() })), holds: z.array(z.looseObject({ id: z.string() })) }),
      async handle({ params }) {
        const one = found(await accounts.find(part(params, 'id')), 'account');
        return {
          ...rowView(one), merged_into: one.mergedInto ?? null,
          journeys: one.journeys.map((journey) => ({ id: journey.id, workflow: journey.workflow, client_id: journey.clientId, decision: journey.verdict ?? null, created_at: iso(journey.createdAt) })),
          devices: one.devices.map((device) => ({
            id: device.id, kind: device.kind, label: device.label ?? null, last_seen_at: iso(device.lastSeenAt),
            trusts: device.trusts.map((trust) => ({ workflow: trust.workflowId, acr: trust.acr, expires_at: iso(trust.expiresAt), revoked_at: iso(trust.revoked?.at) })),
          })),
          holds: one.holds.map((hold) => ({ id: hold.id, kind: hold.kind, subject: hold.subjectId, reason: hold.reason, placed_at: iso(hold.placedAt), released_at: iso(hold.released?.at) })),
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
      method: 'post', path: '/accounts/{id}/end-sessions', tag: 'accounts', scope: 'account.revoke', summary: 'Sign the person out of every application', body: z.strictObject({ reason }), answer: z.object({ ended: z.number() }),
      handle: async ({ params, body, actor }) => ({ ended: found(await accounts.endSessions(actor, { accountId: part(params, 'id'), reason: body.reason }), 'account') }),
    }),
    apiRoute({
      method: 'post', path: '/accounts/{id}/hold', tag: 'accounts', scope: 'account.hold', summary: 'Put a legal hold on an account', body: z.strictObject({ reason }), status: 201, answer: z.object({ hold_id: z.string() }), refusals: { 409: 'It is erased or merged.' },
      async handle({ params, body, actor }) {
        const held = await accounts.hold(actor, { kind: 'account', subjectId: part(params, 'id'), reason: body.reason });
        if (held.kind === 'refused') throw new GatehouseError(held.why === 'not_found' ? 'not_found' : `account_${held.why}`, held.why === 'not_found' ? 404 : 409, `the account is ${held.why.replace('_', ' ')}`);
        return { hold_id: held.id };
      },
    }),
    apiRoute({
      method: 'post', path: '/holds/{id}/release', tag: 'accounts', scope: 'account.hold', summary: 'Release a legal hold', body: z.strictObject({ reason }), answer: z.object({ released: z.literal(true) }),
      handle: async ({ params, body, actor }) => ({ released: found(await accounts.release(actor, { holdId: part(params, 'id'), reason: body.reason }), 'hold in force') }),
    }),
    apiRoute({
      method: 'get', path: '/accounts/{id}/erasure', tag: 'accounts', scope: 'account.erase', summary: 'What an erasure would take, and what it would leave: a dry run',
      answer: z.object({ refusals: z.array(z.string()), goes: plan, stays: plan }),
      async handle({ params }) {
        const { refusals, goes, stays } = found(await accounts.erasurePlan(part(params, 'id')), 'account');
        return { refusals, goes, stays };
      },
    }),
    apiRoute({
      method: 'post', path: '/accounts/{id}/erasure', tag: 'accounts', scope: 'account.erase', summary: 'Erase a person; cannot be undone', body: z.strictObject({ reason, confirm: z.string().describe('The account’s id once more.') }),
      status: 202, answer: z.object({ state: z.enum(['erased', 'erasing', 'already']) }), refusals: { 409: 'It is held, or merged.' },
      async handle({ params, body, actor }) {
        const accountId = part(params, 'id');
        if (body.confirm !== accountId) throw new GatehouseError('not_confirmed', 422, 'confirm must repeat the id of the account');
        const done = await accounts.erase(actor, { accountId, reason: body.reason });
        if (done.kind !== 'refused') return { state: done.kind };
        const [why] = done.refusals;
        throw new GatehouseError(why === 'not_found' ? 'not_found' : `account_${why}`, why === 'not_found' ? 404 : 409, why === 'not_found' ? 'there is no such account' : `the account is ${why}`);
      },
    }),
  ];
}
