/** Filled by the lists area. */
export interface ListTables {}
