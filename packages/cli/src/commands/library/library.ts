import { ArgumentError } from "@loam/core";
import { argument, argumentList, type CommandGroup, command, flag, optionalArgument } from "../../command/command.ts";
import { watchCommand } from "./watch.ts";

const list = command({
  name: "ls",
  summary: "List the documents",
  examples: [["library ls", "all documents, newest first"]],
  run: async ({ home }, io) => {
    const [{ openWorkspace }, { table }, { count, moment, size }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("../../terminal/table.ts"),
      import("../../terminal/units.ts"),
    ]);
    await using workspace = await openWorkspace({ home });
    const documents = await (await workspace.library()).documents();
    io.result(documents, () =>
      table(
        documents.map(({ id, name, status, pagesDone, pageCount, sizeBytes, createdAt, failedPages }) => [
          id,
          status,
          `${count(status === "ready" ? pageCount : `${pagesDone} of ${pageCount || "?"}`, "page")}${failedPages.length > 0 ? `, ${failedPages.length} failed` : ""}`,
          size(sizeBytes),
          moment(createdAt),
          name,
        ]),
      ),
    );
    if (documents.length === 0) io.note("The library is empty: `loam ingest FILE`.");
  },
});

const show = command({
  name: "show",
  summary: "Show a document: its pages, figures and what went wrong",
  args: { document: argument("id or file name") },
  examples: [["library show paper.pdf", "pages by status, figures with their captions"]],
  run: async ({ document: asked, home }, io) => {
    const [{ openWorkspace }, { findDocument }, { table }, { moment, size }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/library"),
      import("../../terminal/table.ts"),
      import("../../terminal/units.ts"),
    ]);
    await using workspace = await openWorkspace({ home });
    const library = await workspace.library();
    const document = findDocument(await library.documents(), asked);
    const figures = await library.figures(document.id);
    io.result({ ...document, figures }, () => {
      const { id, name, title, status, pagesDone, pageCount, pageStatuses, sizeBytes, createdAt, failedPages, error } =
        document;
      const statuses = Object.entries(pageStatuses).filter(([, count]) => count > 0);
      const facts = [
        ["id", id],
        ["file", `${name}, ${size(sizeBytes)}, added ${moment(createdAt)}`],
        ["title", title],
        ["status", error ? `${status}: ${error.message}` : status],
        [
          "pages",
          `${pagesDone} of ${pageCount} read (${statuses.map(([kind, count]) => `${count} ${kind}`).join(", ")})`,
        ],
        ...failedPages.map(({ page, reason }) => [`page ${page}`, reason]),
      ];
      const rows = figures.map(({ id: figure, page, label, caption, description }) => [
        figure,
        `page ${page}`,
        description?.source ?? "-",
        (caption ?? label ?? "").replace(/\s+/g, " ").slice(0, 100),
      ]);
      return `${table(facts)}\n${rows.length > 0 ? `\nFigures\n${table(rows)}\n` : ""}`;
    });
  },
});

const refresh = command({
  name: "refresh",
  summary: "Let the vision model describe figures that were read before there was one",
  description:
    "Figures whose words come from OCR are shown to the model of the role vision; searches and answers use its words at once. " +
    "A new embedder needs no refresh: the next search embeds the library again.",
  args: { document: optionalArgument("id or file name; the whole library unless given") },
  examples: [
    ["library refresh", "after `loam config set models.vision ollama:qwen3-vl:2b`"],
    ["library refresh paper.pdf", "one document"],
  ],
  run: async ({ document: asked, home }, io) => {
    const [{ openWorkspace }, { findDocument, refreshOperation }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/library"),
    ]);
    await using workspace = await openWorkspace({ home });
    const library = await workspace.library();
    const document = asked === undefined ? undefined : findDocument(await library.documents(), asked).id;
    const done = await refreshOperation.call(library, { document }, { signal: io.signal, progress: io.progress });
    const rest = done.failed > 0 ? ` The model did not answer for ${done.failed}: run it again for those.` : "";
    io.result(done, () => `Described ${done.described} figures of ${done.documents} documents.${rest}`);
  },
});

const remove = command({
  name: "rm",
  summary: "Remove documents with their pages, figures and index",
  args: { documents: argumentList("ids or file names") },
  options: { yes: flag("do not ask") },
  examples: [["library rm paper.pdf --yes", "remove without asking"]],
  run: async ({ documents: asked, yes, home }, io) => {
    const [{ openWorkspace }, { findDocument }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/library"),
    ]);
    await using workspace = await openWorkspace({ home });
    const library = await workspace.library();
    const all = await library.documents();
    const found = asked.map((one) => findDocument(all, one));
    const sure = yes || (await io.confirm(`Remove ${found.map(({ name }) => name).join(", ")} from the library?`));
    if (sure === undefined)
      throw new ArgumentError("yes", false, "a confirmation", "add --yes where there is no terminal to ask on");
    if (sure) for (const { id } of found) await library.remove(id);
    io.result({ removed: sure ? found.map(({ id, name }) => ({ id, name })) : [] }, () =>
      sure ? `Removed ${found.map(({ name }) => name).join(", ")}.` : "Nothing removed.",
    );
  },
});

export const libraryGroup: CommandGroup = {
  name: "library",
  summary: "Documents that have been read",
  commands: [list, show, watchCommand, refresh, remove],
};
