import { InputError, type OnProgress, type Row } from "@loam/core";
import { type EvaluationSpec, generateQuestions, type LibraryRows, type TraceRows, traceRows } from "@loam/evaluation";
import { findDocument, type Library, readAbstractPair } from "@loam/library";
import { getDataset, listExamples, listSpans } from "@loam/observe";
import type { Store } from "@loam/store";

/** Questions that a spec gets where it does not say how many. */
const defaultQuestions = 50;
/** Examples that are read at a time. */
const pageSize = 1000;

export interface RowSources {
  store: Store;
  library(): Promise<Library>;
  /** Told what was left out. */
  onNote?(note: string): void;
}

interface Watched {
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** The rows of a dataset that lies in a store: its library's, those of its traces, or examples. */
export async function rowsOf(
  { library, trace, examples }: EvaluationSpec["dataset"],
  sources: RowSources,
  watched: Watched,
): Promise<{ name: string; rows: readonly Row[] }> {
  if (trace) return await spanRows(trace, sources);
  if (examples !== undefined) return await exampleRows(examples, sources);
  return await libraryRows(library!, sources, watched);
}

async function spanRows({ output, since, last, ...filter }: TraceRows, { store, onNote }: RowSources) {
  const spans = await listSpans(store, {
    ...filter,
    limit: last,
    ...(since !== undefined && { since: new Date(since) }),
  });
  const { rows, withoutOutput } = traceRows(spans, { output });
  if (withoutOutput > 0) onNote?.(`${withoutOutput} of ${spans.length} spans hold no output and are left out.`);
  if (rows.length === 0)
    throw new InputError("no_rows", `No recorded span of kind ${filter.kind} fits the dataset.`, {
      details: { ...filter, since },
      hint: "`loam trace ls` lists what is recorded",
    });
  return { name: `trace:${filter.name ?? filter.kind}`, rows };
}

/** Fields of the inputs, and of the outputs what stands for the answer as `reference`. */
async function exampleRows(name: string, { store }: RowSources) {
  const { id } = await getDataset(store, { name });
  const rows: Row[] = [];
  for (;;) {
    const page = await listExamples(store, { datasetId: id, limit: pageSize, offset: rows.length });
    for (const { id: row, inputs, outputs } of page)
      rows.push({ ...inputs, id: row, ...(outputs && { reference: textOf(outputs) }) });
    if (page.length < pageSize) break;
  }
  if (rows.length === 0)
    throw new InputError("no_rows", `The dataset ${name} has no examples.`, { hint: "add some in the Studio" });
  return { name: `examples:${name}`, rows };
}

/** The one text of an example's outputs, the field that is named as answers are, or all of it. */
function textOf(outputs: Record<string, unknown>): string {
  const values = Object.values(outputs);
  const named = ["output", "answer", "reference", "expected", "text", "content"].map((field) => outputs[field]);
  const text = [...(values.length === 1 ? values : []), ...named].find((value) => typeof value === "string");
  return text === undefined ? JSON.stringify(outputs) : String(text);
}

async function libraryRows(
  { rows: what, documents, count, seed }: LibraryRows,
  sources: RowSources,
  { signal, onProgress }: Watched,
) {
  const library = await sources.library();
  const all = await library.documents();
  const chosen = documents?.map((asked) => findDocument(all, asked)) ?? all;
  if (what === "questions") {
    const ids = documents && chosen.map(({ id }) => id);
    const { questions } = await generateQuestions(library, {
      count: count ?? defaultQuestions,
      documents: ids,
      ...(seed !== undefined && { seed }),
      signal,
      onProgress,
    });
    return { name: "library:questions", rows: questions.map((question): Row => ({ ...question })) };
  }
  const rows: Row[] = [];
  const without: string[] = [];
  for (const { id, name, title, status } of chosen) {
    const pair = status === "ready" ? await readAbstractPair(library, id) : undefined;
    if (pair) rows.push({ id, name, title, source: pair.text, reference: pair.abstract, abstractPage: pair.page });
    else without.push(name);
  }
  if (without.length > 0)
    sources.onNote?.(`${without.length} documents have no abstract and are left out: ${without.join(", ")}.`);
  if (rows.length === 0)
    throw new InputError("no_rows", "No document of the library has an abstract.", {
      hint: "`loam library ls` lists the documents",
    });
  return { name: "library:abstracts", rows };
}
