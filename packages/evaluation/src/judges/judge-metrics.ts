import { ArgumentError, ProgressMeter } from "@loam/core";
import type { TokenUsage } from "@loam/observe";
import { mapConcurrently } from "../concurrency/map-concurrently.ts";
import type { Metric, MetricContext, MetricNeed, RowFailure, ScoreRow } from "../metrics/metric.ts";
import { addUsage, type JudgeAnswer, type JudgeOptions } from "./ask-judge.ts";
import { supportedClaims } from "./claims.ts";
import { type Aspect, aspects, gradeAspect, gradeByRubric } from "./grade.ts";
import { answerRelevance, contextPrecision } from "./retrieval-judges.ts";

type Judgement = JudgeAnswer<{ score: number }>;

/** A metric whose rows are judged by a model, some at a time. Rows it fails on are counted and score nothing. */
function judgeMetric(
  name: string,
  summary: string,
  needs: readonly MetricNeed[],
  judge: (row: ScoreRow, context: MetricContext, options: JudgeOptions) => Promise<Judgement>,
): Metric {
  return {
    name,
    summary,
    range: [0, 1],
    direction: "higher",
    needs: ["judge", ...needs],
    grain: "row",
    async score(rows, context) {
      const { concurrency, signal, onProgress, retries } = context;
      const meter = new ProgressMeter(onProgress, { task: "judge", label: name, unit: "row", total: rows.length });
      const judgements = await mapConcurrently(
        rows,
        async (row) => {
          const judgement = await judge(row, context, { retries, signal });
          meter.advance();
          return judgement;
        },
        { concurrency, signal, what: "Judging" },
      );
      const usage: TokenUsage = {};
      for (const judgement of judgements) addUsage(usage, judgement.usage);
      return {
        values: judgements.map((judgement) => (judgement.ok ? judgement.value.score : null)),
        details: judgements.map((judgement) => (judgement.ok ? judgement.value : { failed: judgement.reason })),
        failures: judgements.flatMap((judgement, row): RowFailure[] =>
          judgement.ok ? [] : [{ row, reason: judgement.reason }],
        ),
        signature: `${name}|judge:${context.judge!.provider}:${context.judge!.modelId}`,
        usage,
      };
    },
  };
}

/** What an answer may rest on: the passages found, else the source. */
const passagesOf = ({ contexts, source }: ScoreRow): readonly string[] | undefined =>
  contexts ?? (source === undefined ? undefined : [source]);

const nothingToCheck: Judgement = { ok: false, reason: "the row has neither contexts nor a source", usage: {} };
const noContexts: Judgement = { ok: false, reason: "the system gave no contexts", usage: {} };

export const judgeMetrics: Metric[] = [
  judgeMetric(
    "rubric",
    "a judge's grade by a rubric of yours",
    [],
    ({ prediction, ...row }, { judge, rubric }, options) => {
      if (rubric === undefined)
        throw new ArgumentError("rubric", rubric, "what a good text does, in words", "give a `rubric`");
      return gradeByRubric(judge!, { prediction, ...row }, rubric, options);
    },
  ),
  ...(Object.keys(aspects) as Aspect[]).map((aspect) =>
    judgeMetric(
      aspect,
      `a judge's grade of ${aspect}, by G-Eval's criterion and steps`,
      aspect === "fluency" ? [] : ["source"],
      ({ prediction, source }, { judge }, options) => gradeAspect(judge!, { prediction, source }, aspect, options),
    ),
  ),
  judgeMetric(
    "faithfulness",
    "share of the prediction's claims that its contexts or source support, each with its evidence",
    [],
    async (row, { judge }, options) => {
      const passages = passagesOf(row);
      if (!passages) return nothingToCheck;
      return supportedClaims(judge!, { text: row.prediction, question: row.question, passages }, options);
    },
  ),
  judgeMetric(
    "answerRelevance",
    "how close the questions that the answer would answer are to the one asked",
    ["question", "embedder"],
    ({ prediction, question }, { judge, embedder }, options) =>
      answerRelevance(judge!, { question: question!, answer: prediction, embedder: embedder! }, options),
  ),
  judgeMetric(
    "contextPrecision",
    "whether useful passages stand in front of useless ones",
    ["question", "reference", "contexts"],
    async ({ question, references, contexts }, { judge }, options) =>
      contexts
        ? contextPrecision(judge!, { question: question!, reference: references[0]!, contexts }, options)
        : noContexts,
  ),
  judgeMetric(
    "contextRecall",
    "share of the reference's claims that the passages found support",
    ["reference", "contexts"],
    async ({ question, references, contexts }, { judge }, options) =>
      contexts ? supportedClaims(judge!, { text: references[0]!, question, passages: contexts }, options) : noContexts,
  ),
];
