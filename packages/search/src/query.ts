/** The longest question or query, in characters. */
export const maxQueryLength = 4000;
