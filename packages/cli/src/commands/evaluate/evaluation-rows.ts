import { InputError, type Row } from "@loam/core";
import { type EvaluationSpec, generateQuestions, type LibraryRows, type TraceRows, traceRows } from "@loam/evaluation";
import { listSpans } from "@loam/observe";
import { readAbstractPair } from "@loam/rag";
import type { Workspace } from "../../command/workspace.ts";
import type { Io } from "../../terminal/io.ts";
import { findDocument } from "../library/find-document.ts";

/** Questions that a spec gets where it does not say how many. */
const defaultQuestions = 50;

/** The rows of a dataset that lies in a workspace: its library's, or those of its traces. */
export async function rowsOf(
  { library, trace }: EvaluationSpec["dataset"],
  workspace: Workspace,
  io: Io,
): Promise<{ name: string; rows: readonly Row[] }> {
  return trace ? spanRows(trace, workspace, io) : libraryRows(library!, workspace, io);
}

async function spanRows({ output, since, last, ...filter }: TraceRows, workspace: Workspace, io: Io) {
  const spans = await listSpans(workspace.store, {
    ...filter,
    limit: last,
    ...(since !== undefined && { since: new Date(since) }),
  });
  const { rows, withoutOutput } = traceRows(spans, { output });
  if (withoutOutput > 0) io.note(`${withoutOutput} of ${spans.length} spans hold no output and are left out.`);
  if (rows.length === 0)
    throw new InputError("no_rows", `No recorded span of kind ${filter.kind} fits the dataset.`, {
      details: { ...filter, since },
      hint: "`loam trace ls` lists what is recorded",
    });
  return { name: `trace:${filter.name ?? filter.kind}`, rows };
}

async function libraryRows({ rows: what, documents, count, seed }: LibraryRows, workspace: Workspace, io: Io) {
  const library = await workspace.library();
  const all = await library.documents();
  const chosen = documents?.map((asked) => findDocument(all, asked)) ?? all;
  if (what === "questions") {
    const ids = documents && chosen.map(({ id }) => id);
    const { questions } = await generateQuestions(library, {
      count: count ?? defaultQuestions,
      documents: ids,
      ...(seed !== undefined && { seed }),
      signal: io.signal,
      onProgress: io.progress,
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
    io.note(`${without.length} documents have no abstract and are left out: ${without.join(", ")}.`);
  if (rows.length === 0)
    throw new InputError("no_rows", "No document of the library has an abstract.", {
      hint: "`loam library ls` lists the documents",
    });
  return { name: "library:abstracts", rows };
}
