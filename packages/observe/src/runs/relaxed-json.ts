/**
 * JSON in which NaN and the infinities stand as bare words, as Python writes it. They become the texts "NaN",
 * "Infinity" and "-Infinity".
 *
 * @throws {SyntaxError} when it is no JSON otherwise.
 */
export function parseRelaxedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(
      text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) =>
        token.startsWith('"') ? token : `"${token}"`,
      ),
    );
  }
}

/** A number, also when it was one of the words. */
export function relaxedNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  return value === "NaN" || value === "Infinity" || value === "-Infinity" ? Number(value) : undefined;
}
