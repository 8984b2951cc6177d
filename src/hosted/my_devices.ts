/**
 * The person's own page: which devices and passkeys let them come back, and how to end each. Reached by a link, which a
 * look does not use up (previews and scanners look), and then by a cookie of twenty minutes.
 *
 * Every request looks the account up anew and finds things only among its own, so that somebody else's cannot even be
 * asked for: their names in an address mean nothing in this session.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import type { DeviceStore, IncidentStore, PasskeyStore, TicketStore } from '../devices/store.ts';
import { hashOfToken } from '../devices/token.ts';
import { GatehouseError } from '../errors.ts';
import { checkOrigin } from '../http/csrf.ts';
import { readForm } from '../http/form.ts';
import type { Mode } from '../journey/journey.ts';
import type { Workflow } from '../journey/workflow.ts';
import { noticeOf, ownedDevices, ownedPasskeys, type Owned } from './my_list.ts';
import { MY_DEVICES_PATH, type MyDeed } from './my_pages.ts';
import { mySessions, type MySession } from './my_session.ts';
import { showPage, type Around, type Shell } from './show.ts';
import { keepLanguage, localeOf } from './visitor.ts';

/** What the page asks about accounts beyond their devices. */
export interface MyAccounts {
  /** False for one that was erased, or never was. */
  alive(accountId: string): Promise<boolean>;
  /** End what a reported device left open beside its own trust: passkeys added in its journeys, grants and tokens. */
  endWaysIn(of: { readonly accountId: string; readonly deviceId: string; readonly now: number }): Promise<void>;
  /** Names of the applications behind workflows, as they call themselves. */
  applications(workflowIds: readonly string[], mode: Mode): Promise<ReadonlyMap<string, readonly string[]>>;
}

export interface MyDevicesDeps extends Shell {
  readonly devices: Pick<DeviceStore, 'byToken' | 'ofAccount' | 'revoke'>;
  readonly passkeys: Pick<PasskeyStore, 'ofAccount' | 'revoke'>;
  readonly tickets: Pick<TicketStore, 'make' | 'peek' | 'take'>;
  readonly incidents: Pick<IncidentStore, 'open'>;
  readonly accounts: MyAccounts;
  /** The deployed workflow, for its look. */
  readonly workflow: (id: string) => Promise<Workflow | undefined>;
  /** Hash of the device cookie that came with a request. */
  readonly deviceHash: (ctx: Context, mode: Mode) => string | undefined;
  readonly origin: string;
  readonly now: () => number;
}

/** A session whose account is there, with everything it owns. */
interface Arrived {
  readonly session: MySession;
  readonly owned: readonly Owned[];
  readonly around: Around;
  readonly binding: string;
}

/** 256 bits in base64url. */
const LINK_PATH = new RegExp(`^${MY_DEVICES_PATH}/[A-Za-z0-9_-]{43}$`);
const CLOSED_PATH = `${MY_DEVICES_PATH}/closed`;

export function myDevicesRoutes(deps: MyDevicesDeps): Router {
  const { csrf, devices, passkeys } = deps;
  const router = new Router();
  const sessions = mySessions(deps.tickets, deps.origin, deps.now);

  const gone = (ctx: Context, kind: 'link' | 'closed'): void => {
    showPage(ctx, deps, 'my_gone', { kind }, { locale: localeOf(ctx), href: ctx.path, appName: '' });
    ctx.status = 410;
  };
  const goTo = (ctx: Context, href: string): void => {
    ctx.set('Cache-Control', 'no-store');
    ctx.status = 303;
    ctx.redirect(href);
  };

  /** Undefined where nobody is signed in to the page, or their account is gone; the browser was told. */
  const arrive = async (ctx: Context): Promise<Arrived | undefined> => {
    const session = await sessions.of(ctx);
    if (!session) return void gone(ctx, 'closed');
    const { accountId, mode, hash } = session;
    if (!(await deps.accounts.alive(accountId))) {
      await sessions.end(ctx);
      return void gone(ctx, 'closed');
    }
    const deviceHash = deps.deviceHash(ctx, mode);
    const now = deps.now();
    const [rows, keys, here] = await Promise.all([
      devices.ofAccount(accountId),
      passkeys.ofAccount(accountId),
      deviceHash === undefined ? undefined : devices.byToken(deviceHash, mode, now),
    ]);
    const workflowIds = [...new Set([...rows.map(({ trust }) => trust.workflowId), ...keys.map(({ workflowId }) => workflowId), ...(session.workflowId === undefined ? [] : [session.workflowId])])];
    const [apps, workflow] = await Promise.all([
      deps.accounts.applications(workflowIds, mode),
      session.workflowId === undefined ? undefined : deps.workflow(session.workflowId),
    ]);
    const owner = { sessionHash: hash, mode, now, hereId: here?.device.id, apps };
    return {
      session,
      owned: [...ownedDevices(rows, owner), ...ownedPasskeys(keys, owner)],
      binding: `my:${hash}`,
      around: { locale: localeOf(ctx), href: ctx.path, appName: apps.get(session.workflowId ?? '')?.[0] ?? '', workflow },
    };
  };
  /** The same for a form that a person sent from a page of ours. */
  const accept = async (ctx: Context): Promise<Arrived | undefined> => {
    checkOrigin(ctx.headers, deps.origin);
    const values = await readForm(ctx.req);
    const arrived = await arrive(ctx);
    if (arrived) csrf.check(arrived.binding, values['csrf']);
    return arrived;
  };

  router.get(LINK_PATH, async (ctx) => {
    const hash = linkHash(ctx);
    if (!(await sessions.linkOpen(hash))) {
      // Their own link again, by the back button or a second touch, while the page is open here.
      if (await sessions.of(ctx)) return goTo(ctx, MY_DEVICES_PATH);
      return gone(ctx, 'link');
    }
    const locale = localeOf(ctx);
    // The link sets no cookie, so a language chosen on it travels with the form.
    const action = typeof ctx.query['lang'] === 'string' ? `${ctx.path}?lang=${locale}` : ctx.path;
    showPage(ctx, deps, 'my_link', {}, { locale, href: ctx.path, action, appName: '', binding: `my_link:${hash}` });
  });

  router.post(LINK_PATH, async (ctx) => {
    checkOrigin(ctx.headers, deps.origin);
    const hash = linkHash(ctx);
    csrf.check(`my_link:${hash}`, (await readForm(ctx.req))['csrf']);
    if (!(await sessions.begin(ctx, hash)) && !(await sessions.of(ctx))) return gone(ctx, 'link');
    keepLanguage(ctx);
    goTo(ctx, MY_DEVICES_PATH);
  });

  router.get(MY_DEVICES_PATH, async (ctx) => {
    const arrived = await arrive(ctx);
    if (!arrived) return;
    keepLanguage(ctx);
    const { session, owned, around, binding } = arrived;
    const living = owned.filter(({ alive }) => alive).map(({ thing }) => thing);
    showPage(ctx, deps, 'my_devices', {
      devices: living.filter(({ kind }) => kind !== 'passkey'),
      passkeys: living.filter(({ kind }) => kind === 'passkey'),
      notice: noticeOf(ctx.query['done'], owned, deps.now()),
      closesAt: session.until,
      base: MY_DEVICES_PATH,
    }, { ...around, action: `${MY_DEVICES_PATH}/sign-out`, binding });
  });

  for (const kind of ['device', 'passkey'] as const) {
    for (const deed of ['remove', 'report'] as const) {
      const path = `${MY_DEVICES_PATH}/${kind}/:ref/${deed}`;
      const find = (ctx: Context, { owned }: Arrived): Owned => {
        const ref = String((ctx as unknown as { params: Record<string, string> }).params['ref']);
        const found = owned.find(({ thing }) => thing.ref === ref && (thing.kind === 'passkey') === (kind === 'passkey'));
        if (!found) throw new GatehouseError('not_found', 404, 'a person asked for a device that is none of theirs');
        return found;
      };
      router.get(path, async (ctx) => {
        const arrived = await arrive(ctx);
        if (!arrived) return;
        const { thing, alive } = find(ctx, arrived);
        if (!alive) return goTo(ctx, MY_DEVICES_PATH);
        keepLanguage(ctx);
        showPage(ctx, deps, 'my_confirm', { deed, thing, backHref: MY_DEVICES_PATH }, { ...arrived.around, binding: arrived.binding });
      });
      router.post(path, async (ctx) => {
        const arrived = await accept(ctx);
        if (!arrived) return;
        const found = find(ctx, arrived);
        if (found.alive) await end(arrived.session, found, deed);
        goTo(ctx, `${MY_DEVICES_PATH}?done=${deed === 'report' ? 'reported' : 'removed'}`);
      });
    }
  }

  const end = async ({ accountId, mode }: MySession, { id, thing, journeyId, workflowId }: Owned, deed: MyDeed): Promise<void> => {
    const now = deps.now();
    const passkey = thing.kind === 'passkey';
    if (deed === 'report') {
      // First, so that an end without a record cannot be: a second record of the same is only a second look.
      await deps.incidents.open({
        mode, kind: 'device_reported', accountId, deviceId: passkey ? undefined : id, journeyId,
        details: { what: thing.kind, workflow: workflowId, from_itself: thing.here, ...(passkey ? { passkey: id } : {}) }, at: now,
      });
    }
    const reason = deed === 'report' ? 'reported' : 'by_person';
    await (passkey ? passkeys.revoke({ accountId, id, reason, now }) : devices.revoke({ accountId, deviceId: id, reason, now }));
    // Somebody else held it: what they added or were granted with it goes too.
    if (deed === 'report' && !passkey) await deps.accounts.endWaysIn({ accountId, deviceId: id, now });
  };

  router.get(`${MY_DEVICES_PATH}/all/remove`, async (ctx) => {
    const arrived = await arrive(ctx);
    if (!arrived) return;
    if (!arrived.owned.some(({ alive }) => alive)) return goTo(ctx, MY_DEVICES_PATH);
    keepLanguage(ctx);
    showPage(ctx, deps, 'my_confirm', { deed: 'remove', backHref: MY_DEVICES_PATH }, { ...arrived.around, binding: arrived.binding });
  });
  router.post(`${MY_DEVICES_PATH}/all/remove`, async (ctx) => {
    const arrived = await accept(ctx);
    if (!arrived) return;
    const all = { accountId: arrived.session.accountId, reason: 'by_person', now: deps.now() } as const;
    await devices.revoke(all);
    await passkeys.revoke(all);
    goTo(ctx, `${MY_DEVICES_PATH}?done=all`);
  });

  router.post(`${MY_DEVICES_PATH}/sign-out`, async (ctx) => {
    if (!(await accept(ctx))) return;
    await sessions.end(ctx);
    goTo(ctx, CLOSED_PATH);
  });
  router.get(CLOSED_PATH, async (ctx) => {
    showPage(ctx, deps, 'my_closed', {}, { locale: localeOf(ctx), href: ctx.path, appName: '' });
  });
  return router;
}

function linkHash(ctx: Context): string {
  return hashOfToken(ctx.path.slice(MY_DEVICES_PATH.length + 1));
}
