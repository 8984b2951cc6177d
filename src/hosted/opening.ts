import type { Opening } from '../journey/journey.ts';
import type { PrefillRead } from '../oidc/prefill.ts';
import { Personal } from '../personal.ts';

/** Longest `login_hint` kept: longer than any e-mail address. */
const LONGEST_CREDENTIAL = 320;

export type OpeningRead = { readonly kind: 'opening'; readonly opening: Opening } | { readonly kind: 'refused'; readonly why: string };

/** What an application's developer can do something with; the code is in it. Never the data. */
const REFUSED = 'the supplied identity was refused';

/**
 * What the application said when it sent the person. `login_hint` comes through the browser and is anybody's text: one
 * that cannot be a name for a user is refused rather than dropped, so that nobody is bound to something else. Pure.
 *
 * @param prefill the identity that came along, read already
 */
export function openingFrom(params: Readonly<Record<string, unknown>>, prefill: PrefillRead, clientName: string, locale: string): OpeningRead {
  if (prefill.kind === 'refused') return { kind: 'refused', why: `${REFUSED}: ${prefill.fault}` };
  if (prefill.kind === 'supplied') {
    const { identity, credential } = prefill.supplied;
    return { kind: 'opening', opening: { credential, clientName, locale, prefill: identity } };
  }
  const hint = params['login_hint'];
  if (hint !== undefined && (typeof hint !== 'string' || hint.length > LONGEST_CREDENTIAL || /[\p{Cc}\p{Cs}\p{Cn}]/u.test(hint))) {
    return { kind: 'refused', why: 'login_hint must be plain text of at most 320 characters' };
  }
  return {
    kind: 'opening',
    opening: { credential: hint === undefined || hint === '' ? undefined : Personal.of(hint), clientName, locale },
  };
}
