/** Filled by the accounts area. */
export interface AccountTables {}
