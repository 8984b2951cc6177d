/** One data key as it is kept: wrapped by a master key, never in the clear. Times are epoch milliseconds. */
export interface DataKeyRow {
  readonly id: string;
  readonly purpose: string;
  readonly masterKeyId: string;
  readonly wrapped: Buffer;
  readonly createdAt: number;
  /** When a newer key took its place for sealing; it still opens what it sealed. */
  readonly retiredAt: number | null;
}

/** Where data keys are kept. Implemented in `store/data_keys.ts`; every method is safe between processes. */
export interface DataKeyStore {
  all(): Promise<readonly DataKeyRow[]>;
  byId(id: string): Promise<DataKeyRow | undefined>;
  /** Add the first key of its purpose, or give back the one that another process added meanwhile. */
  createFirst(row: DataKeyRow): Promise<DataKeyRow>;
  /** Retire `current` and add `row` in one transaction; false where `current` no longer was the current one. */
  replace(current: string, row: DataKeyRow): Promise<boolean>;
  /** Store a key wrapped anew, if it is still wrapped by `from`. */
  rewrap(id: string, from: string, masterKeyId: string, wrapped: Buffer): Promise<boolean>;
}
