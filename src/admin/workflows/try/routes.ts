import type { Context } from 'koa';
import { z } from 'zod';
import { GatehouseError } from '../../../errors.ts';
import { allowLeaving } from '../../../http/headers.ts';
import type { AdminRoute } from '../../route.ts';
import type { WorkflowDraftStore } from '../store.ts';
import { TRY_CALLBACK, type TryApplication, type Trying } from './application.ts';
import { tryPage } from './pages.ts';
import { whomFor, type TryHelp } from './whom.ts';

export interface TryRouteDeps {
  readonly application: TryApplication;
  readonly workflows: Pick<WorkflowDraftStore, 'find' | 'version'>;
  readonly help: TryHelp;
  /** Of the console. */
  readonly origin: string;
  /** The issuer has another: the button that tries again leads away. */
  readonly elsewhere?: boolean;
}

const COOKIE = 'gatehouse_staff_try';
const LIFE_MS = 60 * 60_000;
const shape = z.strictObject({ workflowId: z.string().max(100), state: z.string().max(200), nonce: z.string().max(200), verifier: z.string().max(200) });

export function tryRoutes({ application, workflows, help, origin, elsewhere = false }: TryRouteDeps): readonly AdminRoute[] {
  // Lax: whoever comes back may have been sent by a vendor's page. The browser's own start is all it is good for.
  const attributes = { signed: false, httpOnly: true, sameSite: 'lax', path: TRY_CALLBACK, secure: origin.startsWith('https:'), overwrite: true } as const;
  return [
    {
      method: 'post', path: '/workflows/:id/try', action: 'workflow.edit',
      async handle({ ctx, params, actor }) {
        const summary = await workflows.find(params['id'] ?? '');
        if (!summary) throw new GatehouseError('not_found', 404, 'There is no such workflow.');
        if (summary.deployedVersion === undefined) throw new GatehouseError('not_deployed', 409, 'This workflow was never deployed: there is nothing to try yet.');
        const { to, trying } = await application.begin(actor, summary.id);
        ctx.cookies.set(COOKIE, Buffer.from(JSON.stringify(trying)).toString('base64url'), { ...attributes, maxAge: LIFE_MS });
        return { kind: 'go', to };
      },
    },
    {
      method: 'get', path: '/try/callback', action: 'workflow.edit',
      async handle({ ctx }) {
        const trying = tryingIn(ctx);
        // Once: an answer is not looked at twice.
        ctx.cookies.set(COOKIE, null, attributes);
        if (!trying) throw new GatehouseError('try_unknown', 400, 'Nothing is being tried in this browser, or it took longer than an hour. Try it again.');
        if (elsewhere) allowLeaving(ctx);
        const outcome = await application.finish(ctx.search, trying);
        const summary = await workflows.find(trying.workflowId);
        const definition = summary?.deployedVersion === undefined ? undefined : await workflows.version(summary.id, summary.deployedVersion);
        return { kind: 'page', page: tryPage({ workflowId: trying.workflowId, outcome, whom: definition && whomFor(definition, help) }) };
      },
    },
  ];
}

function tryingIn(ctx: Context): Trying | undefined {
  const text = ctx.cookies.get(COOKIE, { signed: false });
  if (text === undefined || text === '') return undefined;
  try {
    return shape.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
}
