/** Filled by the tokens area. */
export interface TokenTables {}
