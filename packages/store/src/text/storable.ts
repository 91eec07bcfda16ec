/** The string as Postgres can hold it. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

/** A value as JSON that Postgres can hold. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  // A lone surrogate is always written as an escape, a pair never; `\\` is a backslash, whatever follows.
  return /\\u(?:0000|d)/.test(text)
    ? text.replace(/\\(?:\\|u0000|ud[89a-f][0-9a-f]{2})/g, (code) => (code === "\\\\" ? code : "\\ufffd"))
    : text;
}
