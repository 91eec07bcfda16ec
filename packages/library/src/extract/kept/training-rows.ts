import type { Library } from "../../library/types.ts";
import { extractPrompt } from "../extract-prompt.ts";
import { readExtractSchema } from "../extract-schema.ts";
import type { ExtractionRecord, ReviewedRow } from "./kept-types.ts";

/**
 * Reviewed rows as chat rows to train with, one JSON object a line: what the model is asked when it extracts, and the
 * answer as a person left it. Documents with a row that nobody reviewed are left out.
 */
export async function* trainingRows(
  library: Pick<Library, "pages">,
  { schema, rows: kind }: Pick<ExtractionRecord, "schema" | "rows">,
  rows: readonly ReviewedRow[],
): AsyncGenerator<string> {
  const { fields } = readExtractSchema(schema);
  for (const [document, own] of Map.groupBy(rows, ({ document }) => document)) {
    if (!own.every(({ reviewed }) => reviewed)) continue;
    const { instructions, prompt } = extractPrompt(fields, await library.pages(document), { rows: kind });
    const records = own.map(({ cells }) =>
      Object.fromEntries(
        fields.flatMap(({ name }) => {
          const cell = cells[name];
          return cell ? [[name, { value: cell.value, ...(cell.quote !== undefined && { quote: cell.quote }) }]] : [];
        }),
      ),
    );
    const messages = [
      { role: "system", content: instructions },
      { role: "user", content: prompt },
      { role: "assistant", content: JSON.stringify(kind === "records" ? records : records[0]) },
    ];
    yield `${JSON.stringify({ messages })}\n`;
  }
}
