import { type OnProgress, ProgressMeter, throwIfCancelled } from "@loam/core";
import type { ChatTool } from "@loam/models";
import type { BenchmarkCategory, BenchmarkRow } from "./benchmark.ts";
import { type CallVerdict, checkCalls, type MadeCall } from "./check-calls.ts";
import { type PythonDict, parsePythonJson } from "./python-values.ts";
import { toTool } from "./to-tool.ts";

export type Decoding = "constrained" | "free";

/** A question as a model is asked it. */
export interface CallerRow {
  messages: BenchmarkRow["messages"];
  tools: ChatTool[];
  /** More than one call may be wanted. */
  several: boolean;
  /** Only whether a call is made is judged. */
  decisionOnly: boolean;
}

export interface CallerAnswer {
  /** `input` is JSON text. */
  calls: readonly { name: string; input: string }[];
  text?: string;
  /** How much the model wants to call, where it says so; else whether it calls is read off `calls`. */
  margin?: number;
}

/** Who answers questions by calls: a model of this machine, or one behind an interface. */
export interface FunctionCaller {
  name: string;
  /** Questions that are asked together. */
  batchSize: number;
  /** "constrained" must call with fitting arguments; "free" answers as it likes. */
  call(rows: readonly CallerRow[], options: { decoding: Decoding; signal?: AbortSignal }): Promise<CallerAnswer[]>;
}

/** What came of a question. */
export interface BenchmarkAnswer extends CallerAnswer {
  id: string;
  category: string;
  decoding: Decoding;
  /** Against the calls that were wanted; undefined where only the decision to call is judged. */
  verdict?: CallVerdict;
}

export interface RunBenchmarkOptions {
  decoding?: Decoding;
  /** Of each category only the first so many rows. */
  limit?: number;
  /** Answers of an earlier run, which are not asked for again. */
  known?: readonly BenchmarkAnswer[];
  /** Hears of each new answer. */
  onAnswer?: (answer: BenchmarkAnswer) => Promise<void> | void;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** Asks a model the questions of categories, and holds its calls against those that were wanted. */
export async function runBenchmark(
  categories: readonly BenchmarkCategory[],
  caller: FunctionCaller,
  { decoding = "constrained", limit, known = [], onAnswer, onProgress, signal }: RunBenchmarkOptions = {},
): Promise<BenchmarkAnswer[]> {
  const keyOf = (category: string, id: string) => `${category} ${id}`;
  const answered = new Map(
    known.filter((one) => one.decoding === decoding).map((one) => [keyOf(one.category, one.id), one]),
  );
  const wanted = categories.flatMap((category) => category.rows.slice(0, limit).map((row) => ({ category, row })));
  const missing = wanted
    .filter(({ category, row }) => !answered.has(keyOf(category.name, row.id)))
    // Rows of like length together: the others wait for the longest.
    .sort((a, b) => sizeOf(a.row) - sizeOf(b.row));
  const meter = new ProgressMeter(onProgress, {
    task: "evaluate",
    label: caller.name,
    unit: "row",
    total: missing.length,
  });
  for (let at = 0; at < missing.length; at += caller.batchSize) {
    throwIfCancelled(signal, "The evaluation");
    const batch = missing.slice(at, at + caller.batchSize);
    const answers = await caller.call(
      batch.map(({ category, row }) => toCallerRow(category, row)),
      { decoding, signal },
    );
    for (const [i, { category, row }] of batch.entries()) {
      const answer = {
        id: row.id,
        category: category.name,
        decoding,
        ...answers[i]!,
        ...judge(category, row, answers[i]!),
      };
      answered.set(keyOf(category.name, row.id), answer);
      await onAnswer?.(answer);
    }
    meter.advance(batch.length);
  }
  return wanted.map(({ category, row }) => answered.get(keyOf(category.name, row.id))!);
}

const sizeOf = ({ messages, functions }: BenchmarkRow): number => JSON.stringify([messages, functions]).length;

function toCallerRow({ name, language, judges }: BenchmarkCategory, { messages, functions }: BenchmarkRow): CallerRow {
  return {
    messages,
    tools: functions.map((one) => toTool(one, language)),
    several: name.includes("parallel"),
    decisionOnly: judges !== "calls",
  };
}

function judge(
  { name, language, judges }: BenchmarkCategory,
  { functions, wanted }: BenchmarkRow,
  { calls }: CallerAnswer,
): { verdict?: CallVerdict } {
  if (judges !== "calls" || !wanted) return {};
  const made: MadeCall[] = [];
  for (const call of calls) {
    try {
      made.push({ name: call.name, arguments: parsePythonJson(call.input) as PythonDict });
    } catch {
      return { verdict: { valid: false, error: "ast_decoder:decoder_failed", detail: `${call.name}: no JSON` } };
    }
  }
  return { verdict: checkCalls(functions, made, wanted, { category: name, language }) };
}
