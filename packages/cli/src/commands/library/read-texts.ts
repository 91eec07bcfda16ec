import { InputError, readJsonLines } from "@loam/core";

/**
 * Texts from a stream: its lines, blank ones skipped, or JSON Lines of texts or of objects with a `text`.
 *
 * @throws {InputError} naming the line that holds something else.
 */
export async function readTexts(
  source: AsyncIterable<Uint8Array | string>,
  { format, signal }: { format: "lines" | "jsonl"; signal?: AbortSignal },
): Promise<string[]> {
  if (format === "lines") {
    const decoder = new TextDecoder();
    let all = "";
    for await (const chunk of source)
      all += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    return (all + decoder.decode()).split(/\r?\n/).filter((line) => line.trim() !== "");
  }
  const texts: string[] = [];
  for await (const { value, line } of readJsonLines(source, { name: "standard input", signal })) {
    const text = typeof value === "string" ? value : (value as { text?: unknown } | null)?.text;
    if (typeof text !== "string")
      throw new InputError("bad_text", `standard input, line ${line}: neither a text nor an object with a "text".`, {
        details: { line },
        hint: 'write one text a line, or JSON lines such as {"text": "…"}',
      });
    texts.push(text);
  }
  return texts;
}
