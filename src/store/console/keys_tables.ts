/** Filled by the keys area. */
export interface KeyTables {}
