import type { WantedLogin } from '../journey/journey.ts';
import { ACR_VALUES } from '../journey/levels.ts';
import { requestedAcr } from '../oidc/prompts.ts';

/**
 * How strong the application wants this login; undefined where it asked for nothing in particular. Values that no
 * journey here can reach are left out: nobody is put through a check for what it cannot give, and whether an essential
 * one stays unmet is the OIDC server's to say. Pure.
 *
 * @param params of the authorization request, which the OIDC server has checked
 */
export function wantedLogin(params: Readonly<Record<string, unknown>>): WantedLogin | undefined {
  const { claims, acr_values, prompt, max_age } = params;
  const acr = (requestedAcr({ claims, acr_values })?.values ?? []).filter((value) => ACR_VALUES.includes(value));
  // OIDC Core 3.1.2.1: both ask for a person who does something now, which a key that signs by itself is not.
  const active = (typeof prompt === 'string' && prompt.split(' ').includes('login')) || max_age !== undefined;
  return acr.length > 0 || active ? { acr, active } : undefined;
}
