/** How long a reason is that somebody gives for looking at a person, or for what is done to them: long enough to tell something to whoever reads the log. */
export const SHORTEST_REASON = 10;
export const LONGEST_REASON = 500;
