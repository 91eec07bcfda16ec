/**
 * A field as RFC 4180 has it, which a spreadsheet neither splits nor runs: text that it would take for a formula, also after
 * white space or as full-width characters, is marked as text by an apostrophe.
 */
export function csvField(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const runs =
    typeof value === "string" && !isNumber(text) && /^(?:[\s\p{Cc}\ufeff]*[=+\-@|＝＋－＠]|[\t\r\n])/u.test(text);
  const safe = runs ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function isNumber(text: string): boolean {
  return text.trim() === text && text !== "" && Number.isFinite(Number(text));
}
