import { ArgumentError } from "@loam/core";
import type { CatalogueRecord } from "@loam/recommend";
import { catalogueFields, importCatalogueOperation, openPath } from "@loam/recommend/operations";
import { argument, argumentList, type CommandGroup, choice, command, flag, texts } from "../../command/command.ts";
import { operationOptions } from "../../command/operation-options.ts";
import { catalogueColumns, remarkOnCatalogue } from "./catalogue-options.ts";

const add = command({
  name: "add",
  summary: importCatalogueOperation.summary,
  description:
    "The same file again costs nothing; another one under the same name takes its place and feedback stays. " +
    "Embedding that was broken off goes on where it was.",
  args: { file: argument("file with a column of titles") },
  options: {
    ...operationOptions(importCatalogueOperation, { name: {}, ratings: { value: "file" } }),
    column: texts(`which column is what: title=Name; one of ${catalogueFields.join(", ")}; may be repeated`, {
      value: "field=name",
    }),
    embed: choice("whether the books are embedded now, for comparing by meaning", ["yes", "no"], "yes"),
  },
  examples: [
    ["catalogue add books.csv --ratings ratings.csv", "books and what readers made of them"],
    ["catalogue add 书目.csv --column title=书名 --embed no", "a column that is named otherwise, by words alone"],
  ],
  run: async ({ file, name, ratings, column, embed, home }, io) => {
    const [{ openWorkspace }, { openCatalogues }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/recommend/catalogues"),
    ]);
    await using workspace = await openWorkspace({ home, io, tracing: "withModels" });
    const catalogues = openCatalogues({ store: workspace.store });
    const steps = { signal: io.signal, onProgress: io.progress };
    const input = { file, name, ratings, columns: catalogueColumns(column) };
    let record = await importCatalogueOperation.call({ catalogues, open: openPath }, input, io);
    if (embed === "yes") record = await catalogues.embed(record.id, (await workspace.models()).embed, steps);
    io.result(record, () => `${describe(record)}\n`);
    remarkOnCatalogue(record, io);
  },
});

const list = command({
  name: "ls",
  summary: "List the catalogues",
  examples: [["catalogue ls", "names, books, ratings and embeddings"]],
  run: async ({ home }, io) => {
    const [{ openWorkspace }, { openCatalogues }, { table }, { moment }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/recommend/catalogues"),
      import("../../terminal/table.ts"),
      import("../../terminal/units.ts"),
    ]);
    await using workspace = await openWorkspace({ home, tracing: "withModels" });
    const records = await openCatalogues({ store: workspace.store }).list();
    io.result(records, () =>
      table(
        records.map((record) => [
          record.name,
          `${record.items} books`,
          record.ratings ? `${record.ratings.ratings} ratings of ${record.ratings.readers} readers` : "no ratings",
          embeddings(record),
          moment(record.createdAt),
        ]),
      ),
    );
    if (records.length === 0) io.note("No catalogue yet: `loam catalogue add books.csv`.");
  },
});

const remove = command({
  name: "rm",
  summary: "Remove catalogues with their ratings, embeddings and feedback",
  args: { catalogues: argumentList("names or ids") },
  options: { yes: flag("do not ask") },
  examples: [["catalogue rm books --yes", "remove without asking"]],
  run: async ({ catalogues: asked, yes, home }, io) => {
    const [{ openWorkspace }, { openCatalogues }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/recommend/catalogues"),
    ]);
    await using workspace = await openWorkspace({ home, tracing: "withModels" });
    const catalogues = openCatalogues({ store: workspace.store });
    const found = await Promise.all(asked.map((name) => catalogues.get(name)));
    const names = found.map(({ name }) => name).join(", ");
    const sure = yes || (await io.confirm(`Remove ${names} with the feedback given?`));
    if (sure === undefined)
      throw new ArgumentError("yes", false, "a confirmation", "add --yes where there is no terminal to ask on");
    if (sure) for (const { id } of found) await catalogues.remove(id);
    io.result({ removed: sure ? found.map(({ id, name }) => ({ id, name })) : [] }, () =>
      sure ? `Removed ${names}.` : "Nothing removed.",
    );
  },
});

function describe(record: CatalogueRecord): string {
  const { name, items, ratings } = record;
  const rated = ratings ? `, ${ratings.ratings} ratings of ${ratings.readers} readers` : "";
  return `${name}: ${items} books${rated}, ${embeddings(record)}`;
}

function embeddings({ embedded, items }: CatalogueRecord): string {
  const made = Object.entries(embedded).map(([embedder, count]) =>
    count === items ? `embedded by ${embedder}` : `${count} embedded by ${embedder}`,
  );
  return made.join(", ") || "not embedded";
}

export const catalogueGroup: CommandGroup = {
  name: "catalogue",
  summary: "Books to recommend from, kept in the store",
  commands: [add, list, remove],
};
