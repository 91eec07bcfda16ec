/** The characters at which Python's `str.split()` splits; JavaScript's `\s` lacks U+001C–U+001F and U+0085 and has U+FEFF. */
const whitespace = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const word = new RegExp(`[^${whitespace}]+`, "gu");
const trailing = new RegExp(`[${whitespace}]+$`, "u");
const leading = new RegExp(`^[${whitespace}]+`, "u");

/** The words of a text, as Python's `str.split()` gives them. */
export function splitWords(text: string): string[] {
  return text.match(word) ?? [];
}

/** Python's `str.rstrip()`. */
export function trimEnd(text: string): string {
  return text.replace(trailing, "");
}

/** Python's `str.strip()`. */
export function trim(text: string): string {
  return trimEnd(text).replace(leading, "");
}
