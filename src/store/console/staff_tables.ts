/** Filled by the staff area. */
export interface StaffTables {}
