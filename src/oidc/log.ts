/**
 * What the OIDC server tells the operator: codes, routes and client ids, and the library's own explanations; never
 * parameters, which hold what applications say about people.
 */
import type { Client, errors, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { GatehouseError } from '../errors.ts';

/** The part of a pino logger that is used here. */
export interface OidcLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Events that carry an error a client or browser caused. */
const REFUSALS = [
  'authorization.error',
  'grant.error',
  'userinfo.error',
  'introspection.error',
  'revocation.error',
  'pushed_authorization_request.error',
  'end_session.error',
  'end_session_confirm.error',
] as const;

/** Listen to a provider and log its failures. */
export function logFailures(provider: Provider, logger: OidcLogger): void {
  for (const event of REFUSALS) {
    provider.on(event as 'grant.error', (ctx: KoaContextWithOIDC, error: errors.OIDCProviderError) => {
      logger.info({ event, ...place(ctx), code: error.error, detail: detailOf(error) }, 'OIDC request refused');
    });
  }
  // The address and the person stay out of it; the key names whose address it is.
  provider.on('backchannel.error' as 'server_error', ((_ctx: KoaContextWithOIDC, error: Error, client: Client) => {
    const code = (error as { code?: unknown }).code;
    logger.warn({ event: 'backchannel.error', clientId: client.clientId, code: typeof code === 'string' ? code : 'refused' }, 'an application could not be told that somebody signed out');
  }) as never);
  provider.on('server_error', (ctx: KoaContextWithOIDC, error: Error) => {
    logger.error({ event: 'server_error', ...place(ctx), ...describe(error) }, 'OIDC request failed');
  });
}

function place(ctx: KoaContextWithOIDC): { route: string; clientId: string | undefined } {
  return { route: ctx.oidc.route, clientId: ctx.oidc.client?.clientId };
}

/** The reason hidden from the client. One that was copied from a cause may quote what was sent, so it stays out. */
function detailOf(error: errors.OIDCProviderError): string | undefined {
  return error.cause === undefined ? error.error_detail : undefined;
}

/** A failure of ours: our own errors speak for themselves, of others only name, code and place are sure to be harmless. */
function describe(error: Error): object {
  const cause = error.cause instanceof Error ? { cause: describe(error.cause) } : {};
  if (error instanceof GatehouseError) return { code: error.code, detail: error.message, ...cause };
  const code = (error as { code?: unknown }).code;
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    at: (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 8).map((line) => line.trim()),
    ...cause,
  };
}
