/**
 * Adding a passkey on the success page of either device. The right to do so is a ticket that stands in the page of an
 * approved journey, shown to its own browser or phone alone; the script that asks the authenticator sends it along.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { bindingRule } from '../devices/binding_rule.ts';
import type { PasskeyHolder, Passkeys } from '../devices/passkeys.ts';
import type { TicketStore } from '../devices/store.ts';
import { hashOfToken, newToken, TOKEN_SHAPE } from '../devices/token.ts';
import { challengeSaid } from '../devices/webauthn_reply.ts';
import type { Position } from '../engine/advance.ts';
import { GatehouseError } from '../errors.ts';
import { checkOrigin } from '../http/csrf.ts';
import { readJson } from '../http/json.ts';
import type { Evidence, Journey } from '../journey/journey.ts';
import { levelOf } from '../journey/levels.ts';
import { ofOnePerson } from '../journey/one_person.ts';
import { Personal } from '../personal.ts';
import { browserName } from '../steps/browser_facts.ts';

/** What the page of a success carries, so that its script can add a passkey. */
export interface PasskeyOffered {
  /** Known to this page alone; good for minutes, and for one passkey. */
  readonly ticket: string;
}

/** The offer for an approved journey's own browser or phone; undefined where nothing is to be offered. */
export type PasskeyOffering = (journey: Pick<Journey, 'id' | 'decision'>) => Promise<PasskeyOffered | undefined>;

export interface PasskeyOfferDeps {
  /** The journey as it stands, by its id. */
  readonly byId: (journeyId: string) => Promise<Position | undefined>;
  readonly tickets: Pick<TicketStore, 'make' | 'peek' | 'take'>;
  readonly passkeys: Pick<Passkeys, 'possible' | 'creation' | 'register'>;
  readonly now: () => number;
}

const RIGHT = 'passkey_registration';
const CHALLENGE = 'passkey_challenge';
/** Long enough to read the offer and decide, milliseconds. */
const RIGHT_MS = 600_000;
const CHALLENGE_MS = 300_000;
const MOST_BYTES = 32 * 1024;

const mode = z.enum(['test', 'live']);
const right = z.object({
  accountId: z.string(), workflowId: z.string(), mode, credentialHash: z.string().optional(), journeyId: z.string(), acr: z.string(), appName: z.string(),
});
type Right = z.infer<typeof right>;
const challengeHeld = z.object({ right: z.string(), userHandle: z.string() });
const token = z.string().regex(TOKEN_SHAPE);
const asked = z.strictObject({ ticket: token });
const answered = z.strictObject({ ticket: token, answer: z.string() });

/** Makes the offer of a success page: whoever was verified just now, or proved a device and a passkey, may add one. */
export function passkeyOffering({ byId, tickets, passkeys, now }: PasskeyOfferDeps): PasskeyOffering {
  return async ({ id, decision }) => {
    if (!passkeys.possible || decision?.verdict !== 'approve') return undefined;
    const position = await byId(id);
    if (position?.accountId === undefined || position.journey.decision?.verdict !== 'approve') return undefined;
    const acr = levelOf(position.evidence);
    if (!position.workflow.definition.options.devices.passkeys || acr === undefined || !mayAdd(acr, ofOnePerson(position.evidence))) return undefined;
    const { journey, accountId, credentialHash } = position;
    const ticket = newToken();
    const at = now();
    const holds: Right = {
      accountId, workflowId: journey.workflowId, mode: journey.mode, journeyId: journey.id, acr, appName: journey.opening.clientName,
      ...(credentialHash === undefined ? {} : { credentialHash }),
    };
    await tickets.make({ hash: hashOfToken(ticket), purpose: RIGHT, holds: Personal.of(holds), now: at, expiresAt: at + RIGHT_MS });
    return { ticket };
  };
}

function mayAdd(acr: string, evidence: readonly Evidence[]): boolean {
  const has = (kind: Evidence['kind']): boolean => evidence.some((one) => one.kind === kind);
  return bindingRule({ acr, returned: false }).trustKeys || (has('device_proof') && has('passkey_proof'));
}

/**
 * `POST /passkeys/options` with `{ticket}` gives `{options}` for the authenticator; `POST /passkeys` with `{ticket,
 * answer}` keeps what it made and gives 201, or 422 with `{problem}`, a {@link PasskeyFault}.
 */
export function passkeyRoutes({ tickets, passkeys, now, origin }: Omit<PasskeyOfferDeps, 'byId'> & { readonly origin: string }): Router {
  const router = new Router({ prefix: '/passkeys' });

  const read = async <T>(ctx: Context, schema: z.ZodType<T>): Promise<T> => {
    checkOrigin(ctx.headers, origin);
    ctx.set('Cache-Control', 'no-store');
    const sent = schema.safeParse(await readJson(ctx.req, MOST_BYTES));
    if (!sent.success) throw new GatehouseError('bad_json', 400, 'JSON of another shape was sent', { visitor: 'bad_form' });
    return sent.data;
  };
  const rightOf = (holds: Personal<unknown> | undefined): Right => {
    if (!holds) throw new GatehouseError('ticket_gone', 410, 'a passkey was to be added by a ticket that is used up or too old', { visitor: 'session_not_found' });
    return right.parse(holds.open());
  };
  const holderOf = ({ accountId, workflowId, mode: inMode, credentialHash }: Right): PasskeyHolder => ({ accountId, workflowId, mode: inMode, credentialHash });

  router.post('/options', async (ctx) => {
    const { ticket } = await read(ctx, asked);
    const [hash, at, challenge] = [hashOfToken(ticket), now(), newToken()];
    // Only looked at: whoever thinks better of it may try again.
    const held = rightOf(await tickets.peek(hash, RIGHT, at));
    const { options, userHandle } = await passkeys.creation(holderOf(held), { challenge, appName: held.appName, now: at });
    await tickets.make({ hash: hashOfToken(challenge), purpose: CHALLENGE, holds: Personal.of({ right: hash, userHandle }), now: at, expiresAt: at + CHALLENGE_MS });
    ctx.body = { options };
  });

  router.post('/', async (ctx) => {
    const { ticket, answer } = await read(ctx, answered);
    const [hash, at] = [hashOfToken(ticket), now()];
    const refuse = (problem: string): void => {
      ctx.status = 422;
      ctx.body = { problem };
    };
    rightOf(await tickets.peek(hash, RIGHT, at));
    const said = challengeSaid(answer);
    const challenge = said !== undefined && TOKEN_SHAPE.test(said) ? said : undefined;
    if (challenge === undefined) return refuse('passkey_malformed');
    // Used up by the first answer to it, whatever that is worth.
    const made = challengeHeld.safeParse((await tickets.take(hashOfToken(challenge), CHALLENGE, at))?.open());
    if (!made.success || made.data.right !== hash) return refuse('passkey_challenge');
    const held = rightOf(await tickets.take(hash, RIGHT, at));
    const { journeyId, acr } = held;
    const label = browserName(ctx.get('user-agent'));
    const result = await passkeys.register(holderOf(held), { answer, challenge, userHandle: made.data.userHandle, label, journeyId, acr, now: at });
    if (result.kind === 'refused') return refuse(result.code);
    ctx.status = 201;
    ctx.body = { added: true };
  });
  return router;
}
