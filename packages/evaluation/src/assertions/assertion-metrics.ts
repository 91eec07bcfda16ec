import { addUsage } from "../judges/ask-judge.ts";
import { gradeByRubric } from "../judges/grade.ts";
import type { Metric, MetricContext, MetricNeed, RowFailure, ScoreRow } from "../metrics/metric.ts";
import { embeddingCosines } from "../similarity/embedding-cosine.ts";
import { type Assertion, type AssertionKind, kindOf, type TextKind, textKinds } from "./assertion.ts";
import { checkText, measured, type Verdict } from "./check-text.ts";

type Answer = { verdict: Verdict } | { failed: string };
type TokenCounts = Parameters<typeof addUsage>[0];

const judgedKinds: readonly AssertionKind[] = ["llm-rubric"];
const similarKinds: readonly AssertionKind[] = ["similar"];

/** The least grade that passes an `llm-rubric` without a threshold: 4 of 5 points. */
const rubricThreshold = 0.75;
/** promptfoo's threshold of `similar`. */
const similarThreshold = 0.75;

/** A metric of the assertions of some kinds: the weighted share of a row's that hold. Rows without any have no score. */
function assertionMetric(
  name: string,
  summary: string,
  {
    kinds,
    needs = [],
    check,
  }: {
    kinds: readonly string[];
    needs?: readonly MetricNeed[];
    check(
      row: ScoreRow,
      assertion: Assertion,
      kind: AssertionKind,
      context: MetricContext,
      used: TokenCounts,
    ): Promise<Answer>;
  },
): Metric {
  return {
    name,
    summary,
    range: [0, 1],
    direction: "higher",
    needs: ["assertions", ...needs],
    grain: needs.length > 0 ? "row" : "corpus",
    async score(rows, context) {
      const usage: TokenCounts = {};
      const values: (number | null)[] = [];
      const details: unknown[] = [];
      const failures: RowFailure[] = [];
      for (const [i, row] of rows.entries()) {
        const checked: { type: string; weight: number; holds: boolean; score: number; reason: string }[] = [];
        let failed: string | undefined;
        for (const assertion of row.assertions ?? []) {
          const { kind, negated } = kindOf(assertion.type)!;
          if (!kinds.includes(kind)) continue;
          const answer = await check(row, assertion, kind, context, usage);
          if ("failed" in answer) {
            failed ??= answer.failed;
            continue;
          }
          const { holds, score, reason } = answer.verdict;
          checked.push({
            type: assertion.type,
            weight: assertion.weight ?? 1,
            holds: holds !== negated,
            score,
            reason,
          });
        }
        const weights = checked.reduce((sum, { weight }) => sum + weight, 0);
        const held = checked.reduce((sum, { weight, holds }) => sum + (holds ? weight : 0), 0);
        if (failed !== undefined) failures.push({ row: i, reason: failed });
        values.push(failed !== undefined || weights === 0 ? null : held / weights);
        details.push(failed === undefined ? { checked } : { checked, failed });
      }
      const judged = needs.includes("judge") && `judge:${context.judge!.provider}:${context.judge!.modelId}`;
      const embedded = needs.includes("embedder") && `embedder:${context.embedder!.id}`;
      return {
        values,
        details,
        failures,
        signature: [name, judged, embedded].filter(Boolean).join("|"),
        ...(needs.includes("judge") && { usage }),
      };
    },
  };
}

export const assertionMetrics: Metric[] = [
  assertionMetric("assertions", "weighted share of the row's assertions about the text itself that hold", {
    kinds: textKinds,
    check: async ({ prediction }, { value, threshold }, kind) => ({
      verdict: checkText(prediction, { kind: kind as TextKind, value, threshold }),
    }),
  }),
  assertionMetric("similarAssertions", "share of the row's `similar` assertions that hold, by cosine of embeddings", {
    kinds: similarKinds,
    needs: ["embedder"],
    async check({ prediction }, { value, threshold = similarThreshold }, _, { embedder, signal }) {
      const [cosine] = await embeddingCosines([prediction], [[value as string]], embedder!, { signal });
      return { verdict: measured(cosine!, threshold, "cosine") };
    },
  }),
  assertionMetric("judgedAssertions", "share of the row's `llm-rubric` assertions that a judge says hold", {
    kinds: judgedKinds,
    needs: ["judge"],
    async check({ prediction, question }, { value, threshold = rubricThreshold }, _, { judge, retries, signal }, used) {
      const grade = await gradeByRubric(judge!, { prediction, question }, value as string, { retries, signal });
      addUsage(used, grade.usage);
      if (!grade.ok) return { failed: grade.reason };
      const { holds, score } = measured(grade.value.score, threshold, "grade");
      return { verdict: { holds, score, reason: grade.value.reason } };
    },
  }),
];
