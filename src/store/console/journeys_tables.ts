/** Filled by the journeys area. */
export interface JourneySearchTables {}
