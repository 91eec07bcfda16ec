import { writeFile } from "node:fs/promises";
import { argument, choice, command, text, whole } from "../../command/command.ts";
import { openStoreOf } from "../library/open.ts";

export const sqlCommand = command({
  name: "sql",
  summary: "Ask of traces, spans, runs, metrics and feedback in SQL",
  description:
    "One `select` over the views that the server documents at /api/sql/views; nothing else of the database can be read, " +
    "and it is ended when its time is up. While a server has the store open, it answers at `--url`.",
  args: { query: argument("one `select`; `-` reads it from the standard input") },
  options: {
    format: choice("how the rows are printed", ["table", "csv", "parquet"], "table"),
    out: text("file to write to; Parquet needs one", { value: "file" }),
    rows: whole("at most so many rows", { min: 1, max: 100_000, otherwise: 1000 }),
    seconds: whole("at most so long", { min: 1, max: 60, otherwise: 10 }),
    url: text("the server that has the store open; http://127.0.0.1:4545", { value: "url" }),
  },
  examples: [
    ['sql "select model, count(*), sum(cost_usd) from spans group by 1"', "what each model cost"],
    ["sql \"select * from metrics where key = 'loss'\" --format csv --out loss.csv", "a curve as a file"],
  ],
  run: async ({ query, format, out, rows, seconds, url, home }, io) => {
    const [{ resultToCsv, resultToParquet, runSql }, { table }, { askServer }, { ArgumentError }] = await Promise.all([
      import("@loam/observe"),
      import("../../terminal/table.ts"),
      import("../library/ask-server.ts"),
      import("@loam/core"),
    ]);
    if (format === "parquet" && !out) throw new ArgumentError("--out", out, "a file, which Parquet needs");
    const sql = query === "-" ? await (await import("../../terminal/standard-input.ts")).readStandardInput() : query;
    const limits = { maxRows: rows, timeoutMs: seconds * 1000 };
    await using workspace = await openStoreOf(home);
    const { store } = workspace;
    const result = store.read
      ? await runSql(store, sql, limits)
      : await askServer<Awaited<ReturnType<typeof runSql>>>(workspace, "POST", "/api/sql", { sql, ...limits }, url);
    if (out) {
      await writeFile(out, format === "parquet" ? resultToParquet(result) : resultToCsv(result));
      io.result({ rows: result.rows.length, out }, () => `${result.rows.length} rows in ${out}.`);
    } else
      io.result(result, () =>
        format === "csv"
          ? resultToCsv(result)
          : table([result.columns.map(({ name }) => name), ...result.rows.map((row) => row.map(cell))]),
      );
    if (result.truncated) io.note(`There are more than ${result.rows.length} rows: raise --rows.`);
  },
});

function cell(value: unknown): string | number {
  if (value === null) return "";
  return typeof value === "number" ? value : typeof value === "string" ? value : JSON.stringify(value);
}
