/** Filled by the cases area. */
export interface CaseTables {}
