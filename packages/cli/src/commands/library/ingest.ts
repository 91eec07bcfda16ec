import { argumentList, command, flag, text } from "../../command/command.ts";

export const ingestCommand = command({
  name: "ingest",
  summary: "Read documents into the library",
  description:
    "PDF, Word, slides, workbooks, web pages, e-mail with its attachments, EPUB, Markdown, text and pictures. The same file is read once. An interrupted reading goes on at the page it had reached. A file that cannot be read is " +
    "reported and the rest goes on; the exit code is then 3.",
  args: { files: argumentList("files or folders") },
  options: {
    password: text("opens encrypted files"),
    queue: flag("only accept the files; a running `loam serve` or `loam worker` reads them"),
  },
  examples: [
    ["ingest papers/*.pdf", "read files now, with progress"],
    ["ingest archive/ --queue", "leave the reading to the workers"],
  ],
  run: async ({ files, password, queue, home }, io) => {
    const [{ openWorkspace }, { addFiles, enqueueFiles, failedJson }, { table }, { count }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("./add-files.ts"),
      import("../../terminal/table.ts"),
      import("../../terminal/units.ts"),
    ]);
    await using workspace = await openWorkspace({ home, io });
    const library = await workspace.library();
    const { documents, failed } = queue
      ? await enqueueFiles(library, files, { io })
      : await addFiles(library, files, { io, password });
    if (!queue && documents.length > 0) await library.prepare();
    io.result(
      { documents: documents.map(({ file, document }) => ({ file, ...document })), ...failedJson(failed) },
      () =>
        table(
          documents.map(({ file, document: { id, status, pageCount, failedPages } }) => [
            id,
            status,
            `${count(pageCount, "page")}${failedPages.length > 0 ? `, ${failedPages.length} failed` : ""}`,
            file,
          ]),
        ),
    );
  },
});
