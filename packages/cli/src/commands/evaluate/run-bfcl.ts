import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readJsonLines } from "@loam/core";
import {
  type BenchmarkAnswer,
  type BenchmarkCategory,
  type BenchmarkScore,
  type CallRow,
  type Decoding,
  type FunctionCaller,
  localCaller,
  modelCaller,
  readBenchmark,
  rowsAsBenchmark,
  runBenchmark,
  scoreBenchmark,
  thresholdRefusing,
} from "@loam/evaluation";
import { connectLanguageModel, parseModelName } from "@loam/providers";
import type { Workspace } from "../../command/workspace.ts";
import type { Io } from "../../terminal/io.ts";
import { modelNameOf } from "../models/model-name.ts";

export interface EvaluateBfclOptions {
  model: string;
  /** Folder of the benchmark; left out, only `rows` are asked. */
  data?: string;
  categories: readonly string[];
  /** Rows in OpenAI's fine-tuning format that are asked too, and by which a threshold is set. */
  rows?: string;
  decoding: readonly Decoding[];
  limit?: number;
  threshold?: number;
  /** Sets the threshold so that this share of the rows that no function fits is refused. */
  refuse?: number;
  /** JSON Lines with every answer: asked once, kept for the next time. */
  answers?: string;
  batchSize: number;
}

/** Asks a model the benchmark's questions and scores its calls beside those of the rule without a model. */
export async function evaluateBfcl(
  options: EvaluateBfclOptions,
  workspace: Workspace,
  io: Io,
): Promise<BenchmarkScore> {
  const { data, categories: names, rows, decoding, limit, answers: path } = options;
  const categories: BenchmarkCategory[] = data ? await readBenchmark(data, names.length > 0 ? names : undefined) : [];
  if (rows) categories.push(...rowsAsBenchmark("rows", await readRows(rows)));
  const known = path ? await readAnswers(path) : [];
  if (path) await mkdir(dirname(path), { recursive: true });
  const caller = await callerOf(options, workspace);
  const answers: BenchmarkAnswer[] = [];
  for (const how of decoding) {
    const run = await runBenchmark(categories, caller, {
      decoding: how,
      limit,
      known,
      ...(path && { onAnswer: (answer) => appendFile(path, `${JSON.stringify(answer)}\n`) }),
      onProgress: io.progress,
      signal: io.signal,
    });
    answers.push(...run);
  }
  return scoreBenchmark(categories, answers, { threshold: thresholdOf(options, answers) });
}

/** Set by the rows that no function fits, of which a share is to be refused. */
function thresholdOf({ threshold, refuse }: EvaluateBfclOptions, answers: readonly BenchmarkAnswer[]): number {
  if (threshold !== undefined || refuse === undefined) return threshold ?? 0;
  const wrong = answers.filter(
    ({ category, decoding }) => category === "rows_irrelevance" && decoding === "constrained",
  );
  return thresholdRefusing(
    wrong.flatMap(({ margin }) => margin ?? []),
    refuse,
  );
}

async function callerOf({ model, batchSize }: EvaluateBfclOptions, workspace: Workspace): Promise<FunctionCaller> {
  const name = parseModelName(modelNameOf(model), "chat");
  if (name.provider === "local") {
    const local = await workspace.local();
    return localCaller(await local.generator(name.model), { batchSize });
  }
  const connected = await connectLanguageModel(workspace.config, name, {
    role: "chat",
    local: await workspace.local(),
  });
  return modelCaller(connected, { concurrency: batchSize });
}

async function readRows(path: string): Promise<CallRow[]> {
  const rows: CallRow[] = [];
  for await (const { value } of readJsonLines<CallRow>(path)) rows.push(value);
  return rows;
}

/** Answers of an earlier run; a line that was cut when it ended is asked for again. */
async function readAnswers(path: string): Promise<BenchmarkAnswer[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as BenchmarkAnswer];
    } catch {
      return [];
    }
  });
}
