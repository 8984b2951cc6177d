/** Key sets that are pasted: public keys that can sign, and no private ones, which some paste by mistake. Pure. */
const MOST_KEYS = 10;
const LEAST_RSA_BYTES = 256;
const NEEDED: Readonly<Record<string, readonly string[]>> = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] };
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const CURVES: ReadonlySet<unknown> = new Set(['P-256', 'P-384', 'P-521', 'Ed25519']);

/** Why a set of keys is not taken, as a sentence; undefined where it is. */
export function jwksProblem(jwks: { readonly keys: readonly unknown[] }): string | undefined {
  if (jwks.keys.length === 0) return 'The set holds no key.';
  if (jwks.keys.length > MOST_KEYS) return `At most ${MOST_KEYS} keys.`;
  for (const [at, key] of jwks.keys.entries()) {
    const why = keyProblem(key);
    if (why !== undefined) return `Key ${at + 1} ${why}.`;
  }
  return undefined;
}

function keyProblem(key: unknown): string | undefined {
  if (typeof key !== 'object' || key === null || Array.isArray(key)) return 'is not an object';
  const members = key as Readonly<Record<string, unknown>>;
  if (PRIVATE.some((name) => name in members)) return 'is a private key: whoever saw it can pretend to be the application. Make a new pair and paste its public half';
  const needed = NEEDED[String(members['kty'])];
  if (!needed) return 'is of no type that can sign (RSA, EC, OKP)';
  if (!needed.every((name) => typeof members[name] === 'string' && members[name] !== '')) return `lacks one of ${needed.join(', ')}`;
  if (members['kty'] === 'RSA' && Buffer.from(String(members['n']), 'base64url').length < LEAST_RSA_BYTES) return 'is shorter than 2048 bits';
  if (members['kty'] !== 'RSA' && !CURVES.has(members['crv'])) return 'is on a curve that is not taken';
  if (['kid', 'alg', 'use'].some((name) => members[name] !== undefined && (typeof members[name] !== 'string' || members[name] === ''))) return 'has a kid, alg or use that is no text';
  return members['use'] === 'enc' ? 'is for encryption, and cannot sign' : undefined;
}

/** A pasted text as a set; undefined for what is none. One key alone is taken for a set of one. */
export function readJwks(text: string): { readonly keys: readonly Readonly<Record<string, unknown>>[] } | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return undefined;
  const keys = (read as { keys?: unknown }).keys ?? ('kty' in read ? [read] : undefined);
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'object' && key !== null && !Array.isArray(key))) return undefined;
  return { keys: keys as readonly Readonly<Record<string, unknown>>[] };
}
