import { type OnProgress, throwIfCancelled } from "@loam/core";
import type { WorkKind } from "@loam/work";
import { z } from "zod";
import { type Batches, batchKindName } from "./batches.ts";
import { readBatchLine } from "./read-line.ts";
import type { AnswerRequest, BatchProblem, BatchRequest, StoredBatch } from "./types.ts";

const Input = z.object({ project: z.string(), batchId: z.string() });

/** Requests of one batch at a time: enough for a model that answers several together. */
const atOnce = 4;
const mostLines = 50_000;
/** Problems that are told; a file that is wrong throughout need not be told line by line to its end. */
const mostProblems = 100;

/**
 * Answers the requests of a batch. Each answer is written before the next is asked for in its place, under its
 * `custom_id`; a batch whose worker was lost goes on with those that have none.
 */
export function batchKind(batches: Batches, answer: () => AnswerRequest): WorkKind {
  return {
    name: batchKindName,
    concurrency: 2,
    parse: (input) => Input.parse(input),
    run: async (input, { signal, progress }) => {
      const { project, batchId } = input as z.infer<typeof Input>;
      const batch = await batches.rows.find(project, batchId);
      if (!batch) return;
      try {
        const accepted = batch.status === "validating" ? await validate(batches, batch, signal) : batch;
        if (!accepted || accepted.status === "failed") return;
        await answerAll(batches, accepted, answer(), { signal, progress });
        const last = await batches.enter(accepted, "finalizing");
        await batches.finish(last, last.status === "cancelling" ? "cancelled" : "completed");
      } catch (error) {
        const now = await batches.rows.find(project, batchId);
        if (now?.status !== "cancelling") throw error;
        await batches.finish(now, "cancelled");
      }
    },
  };
}

async function validate(
  batches: Batches,
  batch: StoredBatch,
  signal: AbortSignal | undefined,
): Promise<StoredBatch | undefined> {
  const problems: BatchProblem[] = [];
  const seen = new Map<string, number>();
  for await (const { line, read } of linesOf(batches, batch)) {
    throwIfCancelled(signal, "reading the batch");
    if (problems.length >= mostProblems) break;
    if ("problem" in read) {
      problems.push(read.problem);
      continue;
    }
    const { customId } = read.request;
    const first = seen.get(customId);
    if (first !== undefined) {
      const message = `The custom_id ${JSON.stringify(customId)} was used before, in line ${first}.`;
      problems.push({ code: "duplicate_custom_id", message, param: "custom_id", line });
    } else seen.set(customId, line);
    if (seen.size > mostLines) {
      const message = `The file has more than ${mostLines} requests.`;
      problems.push({ code: "too_many_tasks", message, param: null, line });
      break;
    }
  }
  if (problems.length === 0 && seen.size === 0) {
    problems.push({ code: "empty_file", message: "The file has no requests.", param: "input_file_id", line: null });
  }
  if (problems.length > 0) {
    await batches.fail(batch, problems);
    return undefined;
  }
  return await batches.enter(batch, "in_progress", { total: seen.size });
}

async function answerAll(
  batches: Batches,
  batch: StoredBatch,
  answer: AnswerRequest,
  { signal, progress }: { signal?: AbortSignal; progress?: OnProgress },
): Promise<void> {
  const { project, id, body } = batch;
  const done = new Set<string>();
  for await (const { key } of batches.lines.all(project, { parentId: id })) done.add(key!);
  const one = async ({ customId, url, body: request }: BatchRequest) => {
    const said = await answer(project, { url, body: request }, { signal });
    throwIfCancelled(signal, "the batch");
    const status = said.statusCode < 300 ? "completed" : "failed";
    await batches.lines.insertOnce({ project, parentId: id, key: customId, status, body: said });
    done.add(customId);
    progress?.({ task: "batch", unit: "request", done: done.size, total: body.total });
  };
  const running = new Set<Promise<void>>();
  let broken: unknown;
  for await (const { read } of linesOf(batches, batch)) {
    if (broken !== undefined) break;
    throwIfCancelled(signal, "the batch");
    if ("problem" in read || done.has(read.request.customId)) continue;
    const task: Promise<void> = one(read.request)
      .catch((error) => {
        broken ??= error;
      })
      .finally(() => running.delete(task));
    running.add(task);
    if (running.size >= atOnce) await Promise.race(running);
  }
  await Promise.all(running);
  if (broken !== undefined) throw broken;
}

async function* linesOf({ files }: Batches, { project, body: { inputFileId, endpoint } }: StoredBatch) {
  const file = await files.get(project, inputFileId);
  let line = 0;
  for await (const text of files.lines(file)) {
    line++;
    if (text.trim() !== "") yield { line, read: readBatchLine(text, { line, endpoint }) };
  }
}
