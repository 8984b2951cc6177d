/**
 * Passwords by argon2id (RFC 9106), kept as PHC strings that carry their parameters. At most {@link MOST_AT_ONCE} are
 * computed at a time, each with 19 MiB, so that a flood of sign-ins waits in line and does not take the memory.
 */
import { argon2, randomBytes } from 'node:crypto';
import { sameSecret } from '../../constant_time.ts';
import { GatehouseError } from '../../errors.ts';
import type { Personal } from '../../personal.ts';

/** OWASP's least for argon2id: 19 MiB, two passes. Memory in KiB. */
const NOW = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const TAG = 32;
const SALT = 16;
const MOST_AT_ONCE = 4;
const MOST_WAITING = 100;

/** Bounds for parameters that stand in a kept string: whoever can write there must not make us compute for hours. */
const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

export interface PasswordHasher {
  hash(password: Personal<string>): Promise<string>;
  /**
   * Whether it is the one. Without a kept string it is compared with one that nobody knows, so that an unknown name costs
   * as much as a known one.
   */
  verify(password: Personal<string>, kept: string | undefined): Promise<boolean>;
}

/** Letters composed one way, so that the same keys give the same password on every machine (NIST SP 800-63B 3.1.1.2). */
const composed = (password: Personal<string>): string => password.open().normalize('NFKC');

export function passwordHasher(): PasswordHasher {
  const line = queue();
  const compute = (password: Personal<string>, nonce: Buffer, how: { readonly memory: number; readonly passes: number; readonly parallelism: number }, tagLength: number): Promise<Buffer> =>
    line(() => new Promise<Buffer>((resolve, reject) => {
      argon2('argon2id', { message: composed(password), nonce, tagLength, ...how }, (error, tag) => (error ? reject(error) : resolve(tag)));
    }));
  const nobodys = `$argon2id$v=19$m=${NOW.memory},t=${NOW.passes},p=${NOW.parallelism}$${unpadded(randomBytes(SALT))}$${unpadded(randomBytes(TAG))}`;
  return {
    async hash(password) {
      const salt = randomBytes(SALT);
      const tag = await compute(password, salt, NOW, TAG);
      return `$argon2id$v=19$m=${NOW.memory},t=${NOW.passes},p=${NOW.parallelism}$${unpadded(salt)}$${unpadded(tag)}`;
    },
    async verify(password, kept) {
      const [, m = '', t = '', p = '', salt = '', tag = ''] = PHC.exec(kept ?? nobodys) ?? [];
      const how = { memory: Number(m), passes: Number(t), parallelism: Number(p) };
      if (tag === '' || how.memory > 1_048_576 || how.passes < 1 || how.parallelism < 1) throw new GatehouseError('password_unreadable', 500, 'a kept password hash does not have its shape');
      const expected = Buffer.from(tag, 'base64');
      const same = sameSecret(await compute(password, Buffer.from(salt, 'base64'), how, expected.length), expected);
      return kept !== undefined && same;
    },
  };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

/** Runs so many at once; those beyond the line are refused. @throws GatehouseError `too_many_requests` 429 */
function queue(): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= MOST_AT_ONCE) {
      if (waiting.length >= MOST_WAITING) throw new GatehouseError('too_many_requests', 429, 'too many people sign in at this moment; try again in a minute');
      // Whoever ends hands the place over, so that nobody slips in between.
      await new Promise<void>((go) => waiting.push(go));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
