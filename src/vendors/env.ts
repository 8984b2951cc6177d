/**
 * Reading a vendor's settings from environment-like names. Every fault is reported at once, and by name only: a
 * setting can be a secret, so its value is never quoted.
 */
import { z } from 'zod';

/** Names and values as a process environment has them; an empty value counts as not set. */
export type Env = Readonly<Record<string, string | undefined>>;

export type EnvResult<T> =
  | { readonly ok: true; readonly config: T }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Whether any setting with this prefix is set. */
export function anySet(env: Env, prefix: string): boolean {
  return Object.keys(env).some((name) => name.startsWith(prefix) && isSet(env[name]));
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

/**
 * Parse all settings under a prefix. A name under the prefix that the schema does not know is a fault: a misspelt
 * time limit must not pass for a set one.
 *
 * @param schema an object of the full names
 * @param shared names under the prefix that belong to another part
 */
export function parseEnv<T>(
  env: Env,
  prefix: string,
  schema: z.ZodType<T> & { readonly shape: object },
  shared: readonly string[] = [],
): EnvResult<T> {
  const names = Object.keys(env).filter((name) => name.startsWith(prefix) && isSet(env[name]));
  const known = new Set(Object.keys(schema.shape));
  const faults = names
    .filter((name) => !known.has(name) && !shared.includes(name))
    .map((name) => `${name}: is not a known setting`);
  const parsed = schema.safeParse(Object.fromEntries([...known].filter((n) => isSet(env[n])).map((n) => [n, env[n]])));
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0] ?? prefix);
      faults.push(isSet(env[name]) ? `${name}: ${issue.message}` : `${name}: is required`);
    }
  }
  return parsed.success && faults.length === 0 ? { ok: true, config: parsed.data } : { ok: false, faults };
}

/** An address personal data may be sent to: https, or plain http on this very machine. No credentials, no query. */
export const vendorUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback);
  const bare = url !== undefined && url.username + url.password + url.search + url.hash === '';
  if (!secure || !bare) {
    context.addIssue({
      code: 'custom',
      message: 'must be an https address (http only on this machine) without credentials, query or fragment',
    });
    return z.NEVER;
  }
  return url.href.replace(/\/$/, '');
});

/** A time limit, milliseconds. */
export const timeoutMs = z
  .string()
  .regex(/^\d{2,5}$/, 'must be a whole number of milliseconds, 10 to 99999')
  .transform(Number);
