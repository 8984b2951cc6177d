/** What finds a journey by somebody in it. */
export interface JourneySearchTables {
  /** Keyed hashes of whom a journey is about; gone with it. */
  journey_person: {
    kind: 'phone' | 'email' | 'credential';
    hash: string;
    /** When the journey began, epoch milliseconds: in the key, so that the newest come first. */
    created_at: number;
    journey_id: string;
  };
}
