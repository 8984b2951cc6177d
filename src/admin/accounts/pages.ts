/** The pages of accounts: a function each, from what is known to what the template reads. */
import type { AdminPage } from '../page.ts';
import type { Action } from '../permissions.ts';
import { confirmationOf } from './rules.ts';
import type { AccountRow, AccountsPage, AccountView, ErasurePlan, Hold, MergePreview, RevealedAccount } from './store.ts';
import { COMPARED_TEXTS, ERASURE_REFUSALS, GONE_TEXTS, INCIDENT_TEXTS, KEPT_SENTENCES, MERGE_REFUSALS, RECORD_TEXTS, REVOKED_TEXTS, TABLE_TEXTS } from './texts.ts';

const LIST = { title: 'Accounts', href: '/admin/accounts' };

export function accountHref(id: string): string {
  return `/admin/accounts/${encodeURIComponent(id)}`;
}

/** Ids are long; their beginning tells two apart, and the page shows the whole. */
const shortOf = (id: string): string => (id.length > 13 ? `${id.slice(0, 8)}…` : id);
const trailOf = (id: string): AdminPage['trail'] => [LIST, { title: shortOf(id), href: accountHref(id) }];

const lineOf = (row: AccountRow) => ({ ...row, mode: row.mode ?? '', href: accountHref(row.id) });

export function accountListPage({ found, further }: { readonly found: AccountsPage; readonly further: boolean }): AdminPage {
  return {
    view: 'admin/accounts/list.njk', title: 'Accounts', area: 'accounts', trail: [],
    model: {
      rows: found.rows.map(lineOf), further,
      next: found.next === undefined ? '' : `/admin/accounts?before=${encodeURIComponent(found.next)}`,
      first: further ? '/admin/accounts' : '',
    },
  };
}

export const SEARCH_KINDS = [
  { value: 'id', text: 'Account id' },
  { value: 'transaction', text: 'Transaction id' },
  { value: 'credential', text: 'Application’s name for the person' },
  { value: 'phone', text: 'Phone number' },
  { value: 'email', text: 'Email address' },
] as const;

/** @param found undefined before anything was looked for */
export function accountSearchPage({ found }: { readonly found: readonly AccountRow[] | undefined }): AdminPage {
  return {
    view: 'admin/accounts/find.njk', title: 'Find an account', area: 'accounts', trail: [LIST],
    model: { kinds: SEARCH_KINDS, searched: found !== undefined, rows: (found ?? []).map(lineOf) },
  };
}

export interface AccountPageModel {
  readonly account: AccountView;
  readonly may: (action: Action) => boolean;
  readonly now: number;
  readonly further: boolean;
}

export function accountPage({ account, may, now, further }: AccountPageModel): AdminPage {
  const href = accountHref(account.id);
  const active = account.state === 'active';
  const revoked = (at: { readonly at: number; readonly reason: string } | undefined) => at && { at: at.at, text: REVOKED_TEXTS[at.reason] ?? at.reason };
  return {
    view: 'admin/accounts/account.njk', title: `Account ${shortOf(account.id)}`, area: 'accounts', trail: [LIST],
    model: {
      account: { ...account, mode: account.mode ?? '', mergedInto: account.mergedInto ?? '', mergedAt: account.mergedAt ?? 0 },
      href,
      mergedHref: account.mergedInto === undefined ? '' : accountHref(account.mergedInto),
      mergedFrom: account.mergedFrom.map((shell) => ({ ...shell, href: accountHref(shell.id) })),
      erasure: account.erasure && { ...account.erasure, finishedAt: account.erasure.finishedAt ?? 0, counts: countsOf(account.erasure.counts) },
      kept: account.state === 'erased' ? KEPT_SENTENCES : [],
      holds: account.holds.map(holdLine),
      credentials: account.credentials,
      journeys: account.journeys.map((journey) => ({ ...journey, verdict: journey.verdict ?? '', href: `/admin/journeys/${encodeURIComponent(journey.id)}` })),
      older: account.olderJourneys === undefined ? '' : `${href}?before=${encodeURIComponent(account.olderJourneys)}`,
      newest: further ? href : '',
      devices: account.devices.map((device) => ({
        ...device, label: device.label ?? '', lastCountry: device.lastCountry ?? '',
        trusts: device.trusts.map((trust) => ({ ...trust, revoked: revoked(trust.revoked) ?? false, expired: trust.expiresAt <= now })),
        living: device.trusts.some((trust) => !trust.revoked && trust.expiresAt > now),
        revokeHref: `${href}/devices/${encodeURIComponent(device.id)}/revoke`,
      })),
      someLiving: account.devices.some((device) => device.trusts.some((trust) => !trust.revoked && trust.expiresAt > now)),
      passkeys: account.passkeys.map((key) => ({
        ...key, label: key.label ?? '', lastUsedAt: key.lastUsedAt ?? 0, revoked: revoked(key.revoked) ?? false,
        revokeHref: `${href}/passkeys/revoke?passkey=${encodeURIComponent(key.id)}`,
      })),
      grants: account.grants.map((grant) => ({ ...grant, silent: grant.reuseUntil > now })),
      records: Object.entries(account.records).map(([kind, count]) => ({ text: RECORD_TEXTS[kind] ?? kind, count })),
      incidents: account.incidents.map((one) => ({ ...one, text: INCIDENT_TEXTS[one.kind] ?? one.kind, journeyHref: one.journeyId === undefined ? '' : `/admin/journeys/${encodeURIComponent(one.journeyId)}` })),
      cases: account.cases.map((one) => ({ ...one, href: `/admin/cases/${encodeURIComponent(one.id)}` })),
      // Doors judge again; what cannot work here is not offered.
      may: {
        reveal: may('journey.reveal') && active,
        revoke: may('account.revoke') && active,
        merge: may('account.merge') && active && !account.held,
        export: may('account.export') && account.state !== 'merged',
        erase: may('account.erase') && (active || account.state === 'erasing'),
        hold: may('account.hold') && active,
        release: may('account.hold'),
        cases: may('case.read'),
      },
    },
  };
}

function holdLine(hold: Hold) {
  const { released } = hold;
  return {
    ...hold, released: released ?? false,
    subjectHref: hold.kind === 'account' ? accountHref(hold.subjectId) : `/admin/journeys/${encodeURIComponent(hold.subjectId)}`,
    releaseHref: `/admin/accounts/holds/${encodeURIComponent(hold.id)}/release`,
  };
}

/** A question before something is done: what happens, a reason, perhaps a box to tick. */
export interface AskModel {
  readonly accountId: string | undefined;
  readonly title: string;
  readonly sentences: readonly string[];
  readonly action: string;
  readonly button: string;
  readonly cancel: string;
  readonly danger?: boolean;
  readonly check?: { readonly name: string; readonly label: string; readonly hint: string };
  readonly hidden?: Readonly<Record<string, string>>;
}

export function askPage({ accountId, title, sentences, action, button, cancel, danger = true, check, hidden = {} }: AskModel): AdminPage {
  return {
    view: 'admin/accounts/ask.njk', title, area: 'accounts', trail: accountId === undefined ? [LIST] : trailOf(accountId),
    model: { sentences, action, button, cancel, danger, check: check ?? false, hidden },
  };
}

export function revealedAccountPage({ account, revealed, reason }: { readonly account: AccountView; readonly revealed: RevealedAccount; readonly reason: string }): AdminPage {
  return {
    view: 'admin/accounts/revealed.njk', title: 'Revealed data of this account', area: 'accounts', trail: trailOf(account.id),
    model: {
      reason, back: accountHref(account.id),
      // Opened here, for this one page.
      profile: revealed.profile.open(),
      credentials: revealed.credentials.map(({ name, ...rest }) => ({ ...rest, name: name?.open() ?? '' })),
    },
  };
}

export function mergePage({ id, target, preview }: { readonly id: string; readonly target: string; readonly preview: MergePreview | undefined }): AdminPage {
  return {
    view: 'admin/accounts/merge.njk', title: 'Merge into another account', area: 'accounts', trail: trailOf(id),
    model: {
      id, target, action: `${accountHref(id)}/merge`, cancel: accountHref(id), confirmation: confirmationOf(id),
      preview: preview && {
        source: preview.source ? lineOf(preview.source) : false,
        target: preview.target ? lineOf(preview.target) : false,
        refusals: preview.refusals.map((code) => MERGE_REFUSALS[code]),
        moves: [
          { text: 'Names that applications have for the person', rows: preview.moves.credentials },
          { text: 'Journeys', rows: preview.moves.journeys },
          { text: 'Trust in devices', rows: preview.moves.trusts },
          { text: 'Passkeys', rows: preview.moves.passkeys },
          { text: 'Reports', rows: preview.moves.incidents },
          { text: 'Entries on block lists', rows: preview.moves.entries },
        ],
        name: COMPARED_TEXTS[preview.identity.name], birthDate: COMPARED_TEXTS[preview.identity.birthDate], asks: preview.identity.asks,
        sharedTrusts: preview.sharedTrusts, ends: preview.ends, twoNames: preview.twoNames, clients: preview.clients,
      },
    },
  };
}

const countsOf = (counts: Readonly<Record<string, number>>) => Object.entries(counts).map(([table, rows]) => ({ table, rows, text: GONE_TEXTS[table] ?? table }));

export function erasePage(plan: ErasurePlan): AdminPage {
  const { account } = plan;
  const line = ({ table, rows }: { readonly table: string; readonly rows: number }) => ({ table, rows, text: TABLE_TEXTS[table] ?? table });
  return {
    view: 'admin/accounts/erase.njk', title: 'Erase this account', area: 'accounts', trail: trailOf(account.id),
    model: {
      account: lineOf(account), action: `${accountHref(account.id)}/erase`, cancel: accountHref(account.id), confirmation: confirmationOf(account.id),
      refusals: plan.refusals.map((code) => ERASURE_REFUSALS[code]), holds: plan.holds.map(holdLine),
      contacts: plan.contacts, goes: plan.goes.map(line), stays: plan.stays.map(line),
    },
  };
}

export function journeyHoldPage({ journeyId, holds }: { readonly journeyId: string; readonly holds: readonly Hold[] }): AdminPage {
  return {
    view: 'admin/accounts/journey_hold.njk', title: 'Legal hold on a journey', area: 'accounts', trail: [LIST],
    model: { journeyId, holds: holds.map(holdLine), action: '/admin/accounts/journey-hold' },
  };
}
