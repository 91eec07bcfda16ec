/** How one kind of secret is found in a text. */
export interface SecretRule {
  /** In lower case: a text in which none of them stands has no match. Empty where nothing can be said beforehand. */
  hints: readonly string[];
  /**
   * Global. Group 1, where there is one, stands before the secret and stays. No nested or adjacent unbounded repetition:
   * the time is linear in the length of the text.
   */
  pattern: RegExp;
  /** The pattern is written in lower case and meets a text in any. */
  folds?: boolean;
  /** It may hold escapes, such as the line ends of a key in JSON; all others end before one. */
  spansLines?: boolean;
  /** A second look at what was found. */
  isSecret?: (found: Found) => boolean;
}

export interface Found {
  /** What the pattern took for a secret. */
  value: string;
  /** Group 1: what stands before it. */
  before: string;
  /** The character behind it, or none. */
  next: string;
}
