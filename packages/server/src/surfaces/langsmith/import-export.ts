import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { InputError, NotFoundError, readJsonLines, readRows } from "@loam/core";
import type { PriceTable } from "@loam/observe";
import type { Store } from "@loam/store";
import { ExampleImport } from "./import-examples.ts";
import { RunImport } from "./import-runs.ts";
import { plainRow } from "./plain-row.ts";
import type { Json } from "./read-run.ts";

export interface LangsmithImport {
  files: number;
  runs: number;
  traces: number;
  datasets: { name: string; examples: number; isNew: boolean }[];
}

const readable = /\.(?:json|jsonl|ndjson|csv|parquet)(?:\.gz)?$/i;

/**
 * What LangSmith exports: runs (`client.list_runs`, the API's answers, the Parquet files of a bulk export) and datasets
 * with their examples (the JSONL and CSV of the site, `client.list_examples`), as a file or a folder of them. What is
 * there already is merged with what the export says of it, so that doing it again changes nothing.
 *
 * @param project of the runs, and the dataset of examples; as the export says itself when left out. Examples that name
 * no dataset go to one that is named like their file.
 * @throws {NotFoundError} when nothing is at the path.
 * @throws {InputError} naming the row that is neither a run nor an example.
 */
export async function importLangsmith(
  store: Store,
  path: string,
  { project, prices }: { project?: string; prices: PriceTable },
): Promise<LangsmithImport> {
  const files = await filesAt(path);
  const runs = new RunImport(store, { project, prices });
  const examples = new ExampleImport(store);
  for (const file of files) {
    const dataset = project ?? basename(file).replace(readable, "");
    for await (const row of rowsOf(file)) {
      const plain = plainRow(row.value);
      if (isRun(plain)) await runs.add(plain);
      else if (isExample(plain)) await examples.add(plain, row.dataset ?? dataset);
      else throw neither(file, row.line);
    }
  }
  return { files: files.length, ...(await runs.finish()), datasets: await examples.finish() };
}

const isRun = (row: Json): boolean => "id" in row && ("run_type" in row || "trace_id" in row || "start_time" in row);

/** The site's CSV has a column `input_question`, `output_answer`, … for each field. */
const isExample = (row: Json): boolean =>
  "inputs" in row || "outputs" in row || Object.keys(row).some((name) => /^(?:input|output)s?[_.]./.test(name));

function neither(file: string, line: number): InputError {
  return new InputError("no_run", `${file}, row ${line}: neither a run nor an example.`, {
    details: { file, line },
    hint: "a run has an `id` and a `run_type`, an example has `inputs`: export with `client.list_runs`, `client.list_examples`, a bulk export or the dataset's page",
  });
}

async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch((cause) => {
    throw new NotFoundError("file", path, { cause, hint: "give the path of an export, or of a folder of them" });
  });
  if (found.isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && readable.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (files.length > 0) return files;
  throw new InputError("no_export", `${path} holds no export.`, {
    hint: "exports end in .json, .jsonl, .csv or .parquet, or one of these with .gz",
  });
}

interface ExportRow {
  value: Json;
  line: number;
  /** Of an example inside an object that names its dataset. */
  dataset?: string;
}

async function* rowsOf(file: string): AsyncGenerator<ExportRow> {
  if (/\.json$/i.test(file)) yield* jsonRows(file);
  else for await (const { row, line } of readRows(file)) yield { value: row as Json, line };
}

/** A list, `{ "runs": […] }`, `{ "name": "…", "examples": […] }`, one run alone; or, for all its name, an object a line. */
async function* jsonRows(file: string): AsyncGenerator<ExportRow> {
  let whole: unknown;
  try {
    whole = JSON.parse((await readFile(file, "utf8")).replace(/^\uFEFF/, ""));
  } catch {
    for await (const { value, line } of readJsonLines<Json>(createReadStream(file), { name: file }))
      yield { value, line };
    return;
  }
  const { runs, examples, name } = (whole ?? {}) as { runs?: unknown; examples?: unknown; name?: unknown };
  const list = [whole, runs, examples].find((each) => Array.isArray(each)) as unknown[] | undefined;
  const dataset = Array.isArray(examples) && typeof name === "string" ? name : undefined;
  for (const [i, value] of (list ?? [whole]).entries()) {
    if (typeof value !== "object" || value === null) throw neither(file, i + 1);
    yield { value: value as Json, line: i + 1, dataset };
  }
}
