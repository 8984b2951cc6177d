/**
 * The simulated document vendor: starts sessions, shows a hosted page on which whoever tries things out plays the
 * vendor, takes pictures, and tells results. It speaks the protocol of `document_http/` and owns all the pretending.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { sameSecret } from '../../constant_time.ts';
import { fail, parseJson, readText } from './body.ts';
import { sendNotices, type NoticeSettings } from './document_notices.ts';
import { BEHAVIOURS, CHOICES, documentSessions, type DocumentSession, type SessionStore } from './document_sessions.ts';
import { makeTrouble, type Dialect } from './trouble.ts';

export interface DocumentVendorSettings extends NoticeSettings {
  /** Expected as bearer token. */
  readonly secret: string;
  /** Where a person's browser reaches the hosted page; own origin unless it is shown through another, known once the port is. */
  readonly pageOrigin: () => string;
  readonly sessions: SessionStore;
}

export const DOCUMENT_VENDOR = 'sandbox_documents';
/** Pictures in base64, several of them. */
const MOST_PICTURE_BYTES = 40 * 1024 * 1024;

const startRequest = z.object({
  reference: z.string().min(1).max(200),
  returnUrl: z.url(),
  types: z.array(z.string()).min(1),
  claimed: z.object({ givenName: z.string(), familyName: z.string(), birthDate: z.string().optional() }).optional(),
});
const picturesRequest = z.object({
  documents: z.array(z.object({ front: z.string(), back: z.string().optional() })).min(1),
  selfies: z.array(z.string()).min(1),
});

const DIALECT: Dialect = {
  broken: (context) => fail(context, 500, 'internal'),
  rateLimited: (context) => fail(context, 429, 'too_many_requests'),
  unknownNumber: (context) => fail(context, 404, 'unknown_session'),
};

export function documentVendorRouter(settings: DocumentVendorSettings): Router {
  const router = new Router();
  const sessions = documentSessions(settings.secret, settings.sessions);
  const authorised = (context: Context): boolean => {
    if (sameSecret(context.get('authorization'), `Bearer ${settings.secret}`)) return true;
    fail(context, 401, 'unauthorized');
    return false;
  };
  const sessionOf = async (context: Context): Promise<DocumentSession | undefined> => {
    const found = await sessions.find(String(context['params']?.id));
    if (!found) fail(context, 404, 'unknown_session');
    return found;
  };

  router.post('/v1/sessions', async (context) => {
    if (!authorised(context)) return;
    const parsed = startRequest.safeParse(parseJson(await readText(context.req)));
    if (!parsed.success) return fail(context, 400, 'bad_request');
    const { reference, returnUrl, types, claimed } = parsed.data;
    const session = await sessions.start({ reference, returnUrl, types, claimed });
    context.status = 201;
    context.body = { sessionId: session.id, url: `${settings.pageOrigin()}/documents/${session.id}` };
  });

  router.put('/v1/sessions/:id/pictures', async (context) => {
    if (!authorised(context)) return;
    const session = await sessionOf(context);
    if (!session) return;
    const parsed = picturesRequest.safeParse(parseJson(await readText(context.req, MOST_PICTURE_BYTES)));
    if (!parsed.success) return fail(context, 400, 'bad_request');
    const { documents, selfies } = parsed.data;
    const pictures = selfies.length + documents.reduce((sum, { back }) => sum + (back === undefined ? 1 : 2), 0);
    // Nobody plays the vendor here: it believes what it is sent, of everybody but Andrea.
    const believed = session.claimed?.givenName.trim().toLowerCase() === 'andrea' ? 'fail' : 'pass';
    await sessions.save({ ...session, pictures, choice: session.choice ?? believed });
    void sendNotices(session, settings);
    context.body = { received: pictures };
  });

  router.get('/v1/sessions/:id', async (context) => {
    if (!authorised(context)) return;
    const session = await sessionOf(context);
    if (!session) return;
    const { behaviour, choice } = session;
    if (choice === undefined || behaviour === 'never') {
      context.body = { status: 'pending' };
      return;
    }
    const trouble = behaviour === 'broken' ? 'broken' : behaviour === 'malformed' ? 'malformed_json' : undefined;
    if (await makeTrouble(trouble, context, DIALECT, settings.slowMs)) return;
    context.body = resultOf(session, choice);
  });

  router.get('/documents/:id', async (context) => {
    const session = await sessionOf(context);
    if (session) page(context, session);
  });
  router.post('/documents/:id', async (context) => {
    const session = await sessionOf(context);
    if (!session) return;
    const form = new URLSearchParams(await readText(context.req));
    const choice = CHOICES.find((one) => one === form.get('choice'));
    const behaviour = BEHAVIOURS.find((one) => one === (form.get('behaviour') ?? 'good'));
    if (!choice || !behaviour) return fail(context, 400, 'bad_request');
    const played: DocumentSession = { ...session, choice: session.choice ?? choice, behaviour };
    await sessions.save(played);
    void sendNotices(played, settings);
    context.status = 303;
    context.redirect(session.returnUrl);
  });
  return router;
}

function resultOf({ claimed, types }: DocumentSession, choice: 'pass' | 'fail' | 'doubt'): Readonly<Record<string, unknown>> {
  const status = { pass: 'pass', fail: 'fail', doubt: 'doubt' }[choice];
  return {
    status: 'finished',
    verdict: choice,
    findings: [
      { code: 'data_read', status: 'pass' },
      { code: 'not_expired', status },
      { code: 'portrait_present', status: 'pass' },
      { code: 'selfie_matches', status },
      { code: 'live_person', status },
    ],
    document: {
      type: types[0], issuer: 'UTO', number: 'X00000001',
      familyName: claimed?.familyName ?? 'Roshell', givenName: claimed?.givenName ?? 'Andrew',
      birthDate: claimed?.birthDate ?? '1969-09-26', expiryDate: '2034-04-15',
    },
    liveness: { certified: false },
    authenticityVerified: choice === 'pass',
  };
}

/** Plain on purpose: it is not ours. */
function page(context: Context, { id }: DocumentSession): void {
  const options = (names: readonly string[]): string => names.map((name) => `<option>${name}</option>`).join('');
  context.type = 'html';
  context.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  context.body = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sandbox document vendor</title><h1>Sandbox document vendor</h1><p>You play the vendor: choose what it found.</p>
<form method="post" action="/documents/${id}"><p><label>Result <select name="choice">${options(CHOICES)}</select></label></p>
<p><label>Behaviour <select name="behaviour">${options(BEHAVIOURS)}</select></label></p><button>Finish</button></form></html>`;
}
