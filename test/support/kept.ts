import { MOST_KEPT, type KeptFormStore, type Waiting } from '../../src/admin/kept.ts';

/** Forms that wait, without a database; everybody is on the staff. */
export function keptInMemory(): KeptFormStore {
  let rows: readonly (Waiting & { readonly staffId: string })[] = [];
  let taken: readonly string[] = [];
  const find = (staffId: string, hashes: readonly string[], now: number): readonly Waiting[] => rows.filter((row) => row.staffId === staffId && hashes.includes(row.hash) && !taken.includes(row.hash) && row.expiresAt > now);
  return {
    async add(kept) {
      const others = rows.filter(({ staffId }) => staffId === kept.staffId).slice(0, MOST_KEPT - 1);
      rows = [kept, ...others, ...rows.filter(({ staffId }) => staffId !== kept.staffId)];
      return true;
    },
    of: async (staffId, hashes, now) => find(staffId, hashes, now),
    any: async (hashes, now) => rows.some(({ hash, expiresAt }) => hashes.includes(hash) && !taken.includes(hash) && expiresAt > now),
    async take(staffId, hash, now) {
      const found = find(staffId, [hash], now)[0];
      if (found) taken = [...taken, hash];
      return found;
    },
    async putBack(_staffId, hash) {
      taken = taken.filter((one) => one !== hash);
    },
    async drop(hashes) {
      rows = rows.filter(({ hash }) => !hashes.includes(hash));
    },
  };
}
