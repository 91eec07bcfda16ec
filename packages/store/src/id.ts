import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's base 32: no i, l, o, u

/**
 * A new random id such as `doc_3k9v0r7cgq2m5x8w1n4t6y0b`: the prefix says what it names, 24 characters carry
 * 120 random bits. Safe in URLs, file names and blob keys.
 */
export function newId(prefix: string): string {
  let text = "";
  for (const byte of randomBytes(24)) text += ALPHABET[byte & 31];
  return `${prefix}_${text}`;
}
