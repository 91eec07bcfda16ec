import { ArgumentError } from "@loam/core";
import { argument, argumentList, type CommandGroup, command, flag } from "../../command/command.ts";
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
      import("@loam/rag"),
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

const remove = command({
  name: "rm",
  summary: "Remove documents with their pages, figures and index",
  args: { documents: argumentList("ids or file names") },
  options: { yes: flag("do not ask") },
  examples: [["library rm paper.pdf --yes", "remove without asking"]],
  run: async ({ documents: asked, yes, home }, io) => {
    const [{ openWorkspace }, { findDocument }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/rag"),
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
  commands: [list, show, watchCommand, remove],
};
