import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { goldenPath } from "../../test/golden.ts";
import { readBenchmark } from "./benchmark.ts";
import { type BenchmarkFunction, type CallLanguage, checkCalls, type WantedCall } from "./check-calls.ts";
import { type PythonDict, parsePythonJson } from "./python-values.ts";
import { callByRule } from "./rule-caller.ts";

interface GoldenRow {
  category: string;
  language: CallLanguage;
  id: string;
  functions: BenchmarkFunction[];
  wanted: WantedCall[];
  cases: { calls: Record<string, PythonDict>[]; valid: boolean }[];
}

const lines = readFileSync(goldenPath("metrics/bfcl/checker.jsonl"), "utf8").split("\n").filter(Boolean).slice(1);
const rows = lines.map((line) => parsePythonJson(line) as unknown as GoldenRow);

test.each([...new Set(rows.map(({ category }) => category))])(
  "%s: every verdict is the reference checker's",
  (name) => {
    for (const { category, language, id, functions, wanted, cases } of rows.filter((row) => row.category === name)) {
      for (const { calls, valid } of cases) {
        const made = calls.map((call) => ({ name: Object.keys(call)[0]!, arguments: Object.values(call)[0]! }));
        expect([id, checkCalls(functions, made, wanted, { category, language }).valid, calls]).toEqual([
          id,
          valid,
          calls,
        ]);
      }
    }
  },
);

const folder = process.env.LOAM_DATA && join(process.env.LOAM_DATA, "functions/bfcl");

describe.skipIf(!folder || !existsSync(folder))("the whole benchmark", () => {
  test("the rule without a model gets what it is known to get", async () => {
    const right = async (name: string) => {
      const [category] = await readBenchmark(folder!, [name]);
      return category!.rows.filter(
        (row) =>
          checkCalls(row.functions, callByRule(row.messages, row.functions), row.wanted!, {
            category: name,
            language: "python",
          }).valid,
      ).length;
    };
    expect([await right("simple_python"), await right("multiple")]).toEqual([125, 69]);
  });
});
