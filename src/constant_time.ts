import { createHash, timingSafeEqual } from 'node:crypto';

/** Compare two secrets in a time that does not depend on where they differ; hashing first hides the length as well. */
export function sameSecret(a: string | Uint8Array, b: string | Uint8Array): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}
