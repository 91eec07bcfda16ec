import type { LanguageModelV4 } from "@ai-sdk/provider";
import { type OnProgress, ProgressMeter } from "@loam/core";
import type { TokenUsage } from "@loam/observe";
import { mapConcurrently } from "../concurrency/map-concurrently.ts";
import { addUsage } from "../judges/ask-judge.ts";
import { comparePair, type PairVerdict } from "../judges/grade.ts";
import type { PairVote } from "./bradley-terry.ts";
import type { ArenaPair } from "./pairs.ts";

export interface JudgedPair {
  pair: ArenaPair;
  /** `a` is the pair's left side; undefined where the judge gave no verdict. */
  verdict: PairVerdict | undefined;
  failure?: string;
}

export interface JudgePairsOptions {
  /** What is better; the judge's general criterion when left out. */
  criterion?: string;
  concurrency?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** Asks a judge about each pair in both orders. @throws {CancelledError} */
export async function judgePairs(
  model: LanguageModelV4,
  pairs: readonly ArenaPair[],
  { criterion, concurrency = 4, signal, onProgress }: JudgePairsOptions = {},
): Promise<{ judged: JudgedPair[]; usage: TokenUsage }> {
  const meter = new ProgressMeter(onProgress, { task: "arena", unit: "pair", total: pairs.length });
  const usage: TokenUsage = {};
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const judged = await mapConcurrently(
    pairs,
    async (pair): Promise<JudgedPair> => {
      const { left, right, fields } = pair;
      const answer = await comparePair(
        model,
        { a: left.text, b: right.text, question: text(fields.question), source: text(fields.source), criterion },
        { signal },
      );
      addUsage(usage, answer.usage);
      meter.advance();
      return answer.ok ? { pair, verdict: answer.value } : { pair, verdict: undefined, failure: answer.reason };
    },
    { concurrency, signal, what: "The arena" },
  );
  return { judged, usage };
}

/** The verdicts as votes; pairs without one are left out. */
export function votesOfJudge(judged: readonly JudgedPair[]): PairVote[] {
  return judged.flatMap(({ pair: { row, left, right }, verdict }) =>
    verdict
      ? [
          {
            row,
            left: left.system,
            right: right.system,
            winner: ({ a: "left", b: "right", tie: "tie" } as const)[verdict.winner],
          },
        ]
      : [],
  );
}
