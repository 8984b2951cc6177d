/** Settings of the staff's sign-in, from the environment. */
import { ROLES, type Role } from '../permissions.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Another provider at which the staff signs in. */
export interface OutsideConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Claim that holds the provider's words for roles; a dot leads into an object. */
  readonly rolesClaim: string;
  /** The provider's word → ours. */
  readonly roles: ReadonlyMap<string, Role>;
}

export interface StaffConfig {
  /** Passwords of our own; off only where there is another provider. */
  readonly passwords: boolean;
  readonly outside: OutsideConfig | undefined;
}

/** Parse them; each fault names its setting and never quotes a value. */
export function staffConfigFrom(env: Env, production: boolean): { readonly config: StaffConfig; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const text = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const [issuer, clientId, clientSecret] = [text('STAFF_OIDC_ISSUER'), text('STAFF_OIDC_CLIENT_ID'), text('STAFF_OIDC_CLIENT_SECRET')];
  const passwords = text('STAFF_PASSWORDS') ?? 'on';
  if (!['on', 'off'].includes(passwords)) faults.push('STAFF_PASSWORDS: must be on or off');
  if (passwords === 'off' && issuer === undefined) faults.push('STAFF_PASSWORDS: may be off only with STAFF_OIDC_ISSUER: nobody could sign in');
  if (issuer === undefined) {
    for (const name of ['STAFF_OIDC_CLIENT_ID', 'STAFF_OIDC_CLIENT_SECRET', 'STAFF_OIDC_ROLES_CLAIM', 'STAFF_OIDC_ROLE_MAP']) {
      if (text(name) !== undefined) faults.push(`${name}: needs STAFF_OIDC_ISSUER beside it`);
    }
    return { config: { passwords: true, outside: undefined }, faults };
  }
  const url = URL.parse(issuer);
  const local = url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname) && !production;
  if (!url || (url.protocol !== 'https:' && !local) || url.search !== '' || url.hash !== '') faults.push('STAFF_OIDC_ISSUER: must be an https address without a query');
  if (clientId === undefined) faults.push('STAFF_OIDC_CLIENT_ID: is required with STAFF_OIDC_ISSUER');
  if (clientSecret === undefined) faults.push('STAFF_OIDC_CLIENT_SECRET: is required with STAFF_OIDC_ISSUER');
  const roles = new Map<string, Role>();
  for (const pair of (text('STAFF_OIDC_ROLE_MAP') ?? '').split(',').map((one) => one.trim()).filter((one) => one !== '')) {
    // From the last sign: a provider's words may have one of their own.
    const cut = pair.lastIndexOf('=');
    const role = ROLES.find((one) => one === pair.slice(cut + 1).trim());
    if (cut < 1 || !role) faults.push(`STAFF_OIDC_ROLE_MAP: each entry is value=role, with role one of ${ROLES.join(', ')}`);
    else if (roles.has(pair.slice(0, cut).trim())) faults.push('STAFF_OIDC_ROLE_MAP: names a value twice');
    else roles.set(pair.slice(0, cut).trim(), role);
  }
  if (roles.size === 0) faults.push('STAFF_OIDC_ROLE_MAP: is required with STAFF_OIDC_ISSUER: value=role, separated by commas');
  return {
    config: { passwords: passwords !== 'off', outside: { issuer, clientId: clientId ?? '', clientSecret: clientSecret ?? '', rolesClaim: text('STAFF_OIDC_ROLES_CLAIM') ?? 'roles', roles } },
    faults,
  };
}
