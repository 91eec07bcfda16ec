import { ArgumentError } from "@loam/core";
import { searchOperation } from "@loam/library/operations";
import { argument, choice, command, text, texts } from "../../command/command.ts";
import { operationOptions } from "../../command/operation-options.ts";

export const searchCommand = command({
  name: "search",
  summary: searchOperation.summary,
  args: { query: argument("what to look for") },
  options: {
    ...operationOptions(searchOperation, { k: {}, mode: {} }),
    document: texts("only in this document (id or file name); may be repeated", { value: "document" }),
    pages: text("only on these pages: 3 or 3-7", { value: "from-to" }),
    kind: choice("only one kind", ["text", "figure", "table"]),
  },
  examples: [
    ['search "learning rate schedule"', "the best eight passages"],
    ["search accuracy --kind figure --document paper.pdf", "figures of one paper"],
  ],
  run: async ({ query, k, document, pages, kind, mode, home }, io) => {
    const range = readPages(pages);
    const [{ openWorkspace }, { findDocument, labelDocuments }, { showPlace }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/library"),
      import("@loam/pdf"),
    ]);
    await using workspace = await openWorkspace({ home });
    const library = await workspace.library();
    const documents = await library.documents();
    const names = new Map(documents.map(({ id, name }) => [id, name]));
    const labels = labelDocuments(documents);
    const hits = await library.search(query, {
      k,
      mode,
      pages: range,
      kinds: kind ? [kind] : undefined,
      documents: document.length > 0 ? document.map((asked) => findDocument(documents, asked).id) : undefined,
      signal: io.signal,
    });
    io.result(
      hits.map(({ chunk, document: id, score, ranks, place }) => ({
        document: names.get(id) ?? id,
        documentId: id,
        score,
        ranks,
        ...(place && { place }),
        ...chunk,
      })),
      () =>
        hits
          .map(({ chunk, document: id, place }) => {
            const numbers = [...new Set(chunk.regions.map(({ page }) => page))].join("–");
            const where = place ? showPlace(place) : `page ${numbers}`;
            const heading = chunk.headings.length > 0 ? ` · ${chunk.headings.join(" › ")}` : "";
            const kindMark = chunk.kind === "text" ? "" : ` · ${chunk.kind}${chunk.figure ? ` ${chunk.figure}` : ""}`;
            return `${labels.get(id) ?? id}, ${where}${kindMark}${heading}\n    ${snippet(chunk.text)}\n`;
          })
          .join("\n"),
    );
    if (hits.length === 0)
      io.note(documents.length === 0 ? "The library is empty: `loam ingest FILE`." : "Nothing found.");
  },
});

function readPages(given: string | undefined): [number, number] | undefined {
  if (given === undefined) return undefined;
  const match = /^(\d+)(?:-(\d+))?$/.exec(given);
  const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (!match || first < 1 || last < first)
    throw new ArgumentError("pages", given, "a page or a range of pages", "write 3 or 3-7");
  return [first, last];
}

function snippet(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
