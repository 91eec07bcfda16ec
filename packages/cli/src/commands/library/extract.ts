import { writeFile } from "node:fs/promises";
import { extractOperation } from "@loam/library/operations";
import { argumentList, command, flag, requiredText, text } from "../../command/command.ts";

export const extractCommand = command({
  name: "extract",
  summary: extractOperation.summary,
  description:
    `${extractOperation.description} The schema is JSON Schema, or a program that exports one (zod, too): an object is one row ` +
    "a document, an array of objects one row a record of its tables. Broken off, the same command goes on with the next " +
    "document. The rows are kept: the Studio shows them for review.",
  args: { files: argumentList("files or folders") },
  options: {
    schema: requiredText("the schema: FILE.json or FILE.ts", { value: "file" }),
    out: text("write the rows to a file: .csv, .xlsx, .parquet or .json", { value: "file" }),
    password: text("opens encrypted files"),
    "no-model": flag("labels and tables only, also where there is a chat model"),
  },
  examples: [
    [
      "extract invoices/ --schema invoice.json --out invoices.csv",
      "a row an invoice, every value with its page and box",
    ],
    ["extract report.pdf --schema rows.ts --json", "a row a record, for a program"],
  ],
  run: async ({ files, schema: schemaFile, out, password, "no-model": noModel, home }, io) => {
    const [{ openWorkspace }, { addFiles, failedJson }, { table }, { readSchema }, extraction] = await Promise.all([
      import("../../command/workspace.ts"),
      import("./add-files.ts"),
      import("../../terminal/table.ts"),
      import("./read-schema.ts"),
      import("@loam/library"),
    ]);
    const schema = await readSchema(schemaFile);
    const asked = extraction.readExtractSchema(schema);
    const format = out === undefined ? undefined : extraction.formatOfName(out);
    await using workspace = await openWorkspace({ home, io });
    const library = await workspace.library();
    const { documents, failed } = await addFiles(library, files, { io, password });
    if (documents.length === 0 && failed.length > 0) throw failed[0]!.error;
    const ids = [...new Set(documents.map(({ document }) => document.id))];
    const extractions = extraction.openExtractions({ store: workspace.store, library });
    const { id, documentsDone } = await extractions.start({ schema, documents: ids, model: !noModel });
    if (documentsDone > 0)
      io.note(`Going on where it was broken off: ${documentsDone} of ${ids.length} documents are read.`);
    await extractions.run(id, { signal: io.signal, onProgress: io.progress });
    const rows = (await extractions.rows(id)).map(({ document, name, cells }) => ({ document, name, cells }));
    if (out !== undefined && format) await writeFile(out, await extraction.writeRows(rows, asked, format));
    io.result({ rows, extraction: id, ...(out && { out }), ...failedJson(failed) }, () => {
      if (out !== undefined) return `${rows.length} rows in ${out}.`;
      const fields = asked.fields.map(({ name }) => name);
      return table([
        ["document", ...fields],
        ...rows.map(({ name, cells }) => [name, ...fields.map((field) => String(cells[field]?.value ?? ""))]),
      ]);
    });
  },
});
