/** Filled by the health area. */
export interface HealthTables {}
