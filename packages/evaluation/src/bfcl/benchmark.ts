import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, NotFoundError } from "@loam/core";
import type { BenchmarkFunction, CallLanguage, WantedCall } from "./check-calls.ts";
import { parsePythonJson } from "./python-values.ts";

/** A question of the benchmark. */
export interface BenchmarkRow {
  id: string;
  messages: { role: string; content: string }[];
  functions: BenchmarkFunction[];
  /** What counts as right; undefined where only whether a call is made is judged. */
  wanted?: WantedCall[];
}

export interface BenchmarkCategory {
  /** `simple_python`, `live_multiple`, … */
  name: string;
  language: CallLanguage;
  /** "calls" holds the calls against those wanted; "none" and "some" ask whether any call was made. */
  judges: "calls" | "none" | "some";
  rows: BenchmarkRow[];
}

/** The single-turn categories, in the leaderboard's order. */
export const benchmarkCategories = [
  "simple_python",
  "simple_java",
  "simple_javascript",
  "multiple",
  "parallel",
  "parallel_multiple",
  "irrelevance",
  "live_simple",
  "live_multiple",
  "live_parallel",
  "live_parallel_multiple",
  "live_irrelevance",
  "live_relevance",
] as const;

/**
 * Reads categories of the Berkeley Function Calling Leaderboard from a folder with its files: `question/` (or the folder
 * itself, as in the package bfcl-eval) and `possible_answer/`, JSON Lines named `BFCL_v4_CATEGORY….json`.
 *
 * @throws {NotFoundError} where the folder has no such file.
 */
export async function readBenchmark(folder: string, categories?: readonly string[]): Promise<BenchmarkCategory[]> {
  const questions = existsSync(join(folder, "question")) ? join(folder, "question") : folder;
  const answers = join(folder, "possible_answer");
  if (!existsSync(questions)) throw new NotFoundError("benchmark folder", folder);
  const files = readdirSync(questions);
  const fileOf = (name: string) =>
    files.find((file) => new RegExp(`^BFCL_v\\d+_${name}(_first\\d+)?\\.jsonl?$`).test(file));
  const known = benchmarkCategories.filter((name) => fileOf(name));
  for (const name of categories ?? []) {
    if (!(benchmarkCategories as readonly string[]).includes(name))
      throw new ArgumentError("category", name, `one of ${benchmarkCategories.join(", ")}`);
    if (!fileOf(name)) throw new NotFoundError("category of the benchmark", name, { known });
  }
  if (known.length === 0) {
    throw new NotFoundError("benchmark in", folder, {
      hint: "give the folder with BFCL_v4_simple_python.json and the others, from github.com/ShishirPatil/gorilla or the package bfcl-eval",
    });
  }
  const wanted = known.filter((name) => !categories || categories.includes(name));
  return await Promise.all(
    wanted.map((name) => readCategory(name, join(questions, fileOf(name)!), join(answers, fileOf(name)!))),
  );
}

async function readCategory(name: string, questions: string, answers: string): Promise<BenchmarkCategory> {
  const lines = await readLines(questions);
  const truths = new Map<string, WantedCall[]>();
  if (existsSync(answers)) {
    for (const line of await readLines(answers)) {
      const { id, ground_truth } = parsePythonJson(line) as unknown as { id: string; ground_truth: WantedCall[] };
      truths.set(id, ground_truth);
    }
  }
  return {
    name,
    language: name === "simple_java" ? "java" : name === "simple_javascript" ? "javascript" : "python",
    judges: name.includes("irrelevance") ? "none" : name.includes("relevance") ? "some" : "calls",
    rows: lines.map((line) => {
      const {
        id,
        question,
        function: functions,
      } = JSON.parse(line) as {
        id: string;
        question: BenchmarkRow["messages"][];
        function: BenchmarkFunction[];
      };
      return { id, messages: question[0]!, functions, wanted: truths.get(id) };
    }),
  };
}

const readLines = async (path: string): Promise<string[]> =>
  (await readFile(path, "utf8")).split("\n").filter((line) => line.trim() !== "");

/** The functions and requests of a benchmark, for keeping them out of what a model learns from. */
export async function benchmarkTexts(folder: string): Promise<{ functions: Set<string>; requests: string[] }> {
  const categories = await readBenchmark(folder);
  const rows = categories.flatMap((category) => category.rows);
  return {
    functions: new Set(rows.flatMap((row) => row.functions.map(({ name }) => name))),
    requests: rows.flatMap((row) => row.messages.filter(({ role }) => role === "user").map(({ content }) => content)),
  };
}
