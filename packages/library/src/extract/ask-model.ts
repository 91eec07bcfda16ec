import { span } from "@loam/observe";
import type { Page } from "@loam/pdf";
import { PlacedText } from "@loam/pdf";
import { generateText, type LanguageModel } from "ai";
import { extractPrompt } from "./extract-prompt.ts";
import type { ExtractField } from "./extract-schema.ts";
import type { ExtractCell } from "./find-fields.ts";
import { readValue } from "./read-value.ts";

/** How sure a model's value is whose words stand in the document. */
const modelSure = 0.7;

/**
 * Lets a model fill the fields that labels and tables left open. It has to quote: a value whose quote does not stand in
 * the document, or that is not in its quote, is dropped.
 */
export async function askModel(
  fields: readonly ExtractField[],
  pages: readonly Page[],
  { model, signal }: { model: LanguageModel; signal?: AbortSignal },
): Promise<Record<string, ExtractCell>> {
  const asked = extractPrompt(fields, pages, { rows: "documents" });
  return span("extract by model", { attributes: { "loam.extract.fields": fields.length } }, async () => {
    const { text: answer } = await generateText({
      model,
      ...asked,
      abortSignal: signal,
    });
    return verified(fields, pages, answer);
  });
}

/** What the model said, as far as the document says it too. */
function verified(
  fields: readonly ExtractField[],
  pages: readonly Page[],
  answer: string,
): Record<string, ExtractCell> {
  const said = readObject(answer);
  const placed = new PlacedText(
    pages.flatMap(({ number, blocks }) =>
      blocks.flatMap(({ lines }) => lines.map((line) => ({ ...line, page: number }))),
    ),
  );
  const cells: Record<string, ExtractCell> = {};
  for (const field of fields) {
    const { value, quote } = (said[field.name] ?? {}) as { value?: unknown; quote?: unknown };
    if (typeof quote !== "string" || value === undefined || value === null) continue;
    const read = readValue(field, String(value));
    const [at] = placed.locate(quote);
    const inQuote = readValue(field, quote);
    const isStated = inQuote?.value === read?.value || fold(quote).includes(fold(String(value)));
    if (read && at && isStated)
      cells[field.name] = { value: read.value, confidence: modelSure * read.sure, source: "model", quote, ...at };
  }
  return cells;
}

function readObject(answer: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(/\{[\s\S]*\}/.exec(answer)?.[0] ?? "{}");
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function fold(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}.,-]+/gu, "");
}
