/** Addresses as they may stand in a log. Tokens and interaction ids are as good as keys, so they are left out. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/^\/l\/[^/]+$/, '/l/:token'],
  [/^\/interaction\/[^/]+(\/(?:state|return|more-time|leave))?\/?$/, '/interaction/:uid$1'],
  [/^\/again\/journey(\/(?:state|return|more-time|leave))?\/?$/, '/again/journey$1'],
  [/^\/again\/[^/]+$/, '/again/:token'],
  [/^\/capture(\/(?:state|landing))?\/?$/, '/capture$1'],
  [/^\/authorize\/[^/]+$/, '/authorize/:uid'],
  [/^\/$/, '/'],
  [/^\/(authorize|token|userinfo|jwks|par|introspect|revoke|healthz|readyz)$/, '/$1'],
  [/^\/logout(\/confirm|\/success)?$/, '/logout$1'],
  [/^\/\.well-known\/(openid-configuration|oauth-authorization-server)$/, '/.well-known/$1'],
  [/^\/dev\/outbox(\.json)?$/, '/dev/outbox$1'],
  [/^\/hooks\/sms\/(http|twilio)$/, '/hooks/sms/$1'],
  [/^\/hooks\/documents\/[^/]+$/, '/hooks/documents/:vendor'],
  [/^\/documents\/[^/]+$/, '/documents/:session'],
  [/^\/my\/devices(\/(?:closed|sign-out|all\/remove))?\/?$/, '/my/devices$1'],
  [/^\/my\/devices\/(device|passkey)\/[^/]+\/(remove|report)$/, '/my/devices/$1/:ref/$2'],
  [/^\/my\/devices\/[A-Za-z0-9_-]{43}$/, '/my/devices/:ticket'],
  // Ids of the console's things are nobody's secret, but its paths are many: the area says enough.
  [/^\/admin(\/(?:api|sign-in|setup|invitation|again|me|journeys|cases|accounts|workflows|keys|webhooks|lists|vendors|staff|tokens|audit))?(?:\/.*)?$/, '/admin$1'],
  [/^\/assets\/.*$/, '/assets/*'],
];

/**
 * A path fit for a log. An address we do not serve is anybody's text, a name or a number mistyped into it for all we
 * know, and is never written down.
 */
export function maskedPath(path: string): string {
  const row = KNOWN.find(([pattern]) => pattern.test(path));
  return row ? path.replace(row[0], row[1]) : '(unknown)';
}
