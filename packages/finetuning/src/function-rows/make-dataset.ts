import { type BenchmarkTexts, findContamination } from "./contamination.ts";
import { type FunctionRow, type GenerateRowsOptions, generateFunctionRows } from "./generate-rows.ts";
import { namesIn, splitByFunction } from "./split-rows.ts";

export interface FunctionDatasetOptions extends Omit<GenerateRowsOptions, "avoid"> {
  /** Rows of other origin (conversations, traces) that are added. */
  more?: readonly FunctionRow[];
  /** Share of rows to test on, which have no function in common with the others. */
  testShare?: number;
  /** What a benchmark holds: rows that share a function or a request with it are left out. */
  benchmark?: BenchmarkTexts;
}

export interface FunctionDataset {
  train: FunctionRow[];
  test: FunctionRow[];
  report: {
    rows: number;
    functions: number;
    /** Answered by one call, by several, by a text. */
    calls: { one: number; several: number; none: number };
    contaminated: number;
  };
}

/** Rows that teach function calling, with those apart that test it on functions never seen. */
export function makeFunctionDataset({
  more = [],
  testShare = 0,
  benchmark,
  ...generate
}: FunctionDatasetOptions): FunctionDataset {
  const made = [...generateFunctionRows({ ...generate, ...(benchmark && { avoid: benchmark.functions }) }), ...more];
  const bad = new Set(benchmark ? findContamination(made, benchmark).map(({ row }) => row) : []);
  const rows = inGroups(made.filter((_, i) => !bad.has(i)));
  const { train, test } =
    testShare > 0 ? splitByFunction(rows, { share: testShare, seed: generate.seed }) : { train: rows, test: [] };
  const callsOf = (row: FunctionRow) => {
    const last = row.messages.at(-1)!;
    return "tool_calls" in last ? last.tool_calls.length : 0;
  };
  return {
    train,
    test,
    report: {
      rows: rows.length,
      functions: new Set(rows.flatMap(namesIn)).size,
      calls: {
        one: rows.filter((row) => callsOf(row) === 1).length,
        several: rows.filter((row) => callsOf(row) > 1).length,
        none: rows.filter((row) => callsOf(row) === 0).length,
      },
      contaminated: bad.size,
    },
  };
}

/** Rows with the same functions one after another, so that a trainer reads these once. */
function inGroups(rows: readonly FunctionRow[]): FunctionRow[] {
  const groups = new Map<string, FunctionRow[]>();
  for (const row of rows) {
    const key = JSON.stringify(row.tools);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()].flat();
}
