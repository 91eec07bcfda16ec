import { ArgumentError, nearestName } from "@loam/core";
import { assertionMetrics } from "../assertions/assertion-metrics.ts";
import { judgeMetrics } from "../judges/judge-metrics.ts";
import { placeHitMetric, placeMetrics } from "../retrieval/place-metrics.ts";
import type { RougeType } from "../rouge/rouge-scorer.ts";
import { embeddingMetrics } from "./embedding-metrics.ts";
import { labelMetrics, passMetric } from "./label-metrics.ts";
import type { Metric, MetricContext, MetricNeed, ScoreRow } from "./metric.ts";
import { novelMetric, rougeMetric, textMetrics } from "./text-metrics.ts";

const rougeTypes = ["rouge1", "rouge2", "rougeL", "rougeLsum", "rougeS4", "rougeSU4", "rougeW-1.2"] as const;

/** All metrics, the usual members of families with a parameter. {@link metricFor} knows the other members too. */
export const metrics: readonly Metric[] = [
  ...rougeTypes.map(rougeMetric),
  ...textMetrics,
  ...[1, 2, 3].map(novelMetric),
  ...embeddingMetrics,
  ...labelMetrics,
  ...placeMetrics,
  ...assertionMetrics,
  ...judgeMetrics,
];

/**
 * The metric of that name: one of {@link metrics}, any ROUGE type (`rouge3`, `rougeS*`, `rougeW-1.1`), `novel4`, `pass@5`, `pageHit3`, `boxHit10`.
 *
 * @throws {ArgumentError} with the nearest name.
 */
export function metricFor(name: string): Metric {
  const known = metrics.find((metric) => metric.name === name);
  if (known) return known;
  if (/^rouge(?:[1-9]|SU?(?:\d+|\*)|W-\d+(?:\.\d+)?)$/.test(name)) return rougeMetric(name as RougeType);
  if (/^novel[1-9]$/.test(name)) return novelMetric(Number(name.slice(5)));
  const samples = /^pass@([1-9]\d{0,3})$/.exec(name)?.[1];
  if (samples !== undefined) return passMetric(Number(samples));
  const [, by, k] = /^(page|box)Hit([1-9]\d{0,2})$/.exec(name) ?? [];
  if (by !== undefined) return placeHitMetric(by as "page" | "box", Number(k));
  const names = metrics.map((metric) => metric.name);
  const near = nearestName(name, names);
  throw new ArgumentError("metric", name, `one of ${names.join(", ")}`, near && `did you mean "${near}"?`);
}

const givenBy: Record<MetricNeed, string> = {
  reference: "give each row at least one reference",
  source: "give each row its `source`, the text it was made from",
  question: "give each row its `question`",
  contexts: "give each row its `contexts`, the passages found",
  goldPlaces: "give each row its `goldPlaces`, for example from `loam evaluate questions`",
  confidence: "give each row its `confidence`, from 0 to 1",
  assertions: "give each row its `assertions`, for example from `loam evaluate import`",
  embedder: "give an `embedder`, for example `await openUseLite()`",
  tokenEncoder: "give a `tokenEncoder`, for example `await openUseLiteTokenEncoder()`",
  judge: "give a `judge`: set a model for the judge role, for example LOAM_JUDGE_MODEL=openai:gpt-5-mini",
  jsonSchema: "give a `jsonSchema`",
};

/** @throws {ArgumentError} for the first thing that a metric needs and was not given, with the row. */
export function checkNeeds(metric: Metric, rows: readonly ScoreRow[], context: MetricContext): void {
  for (const need of metric.needs) {
    if (need === "embedder" || need === "tokenEncoder" || need === "judge" || need === "jsonSchema") {
      if (context[need] === undefined)
        throw new ArgumentError(need, undefined, `what ${metric.name} needs`, givenBy[need]);
      continue;
    }
    const missing = rows.findIndex((row) =>
      need === "reference" ? row.references.length === 0 : row[need] === undefined,
    );
    if (missing >= 0) {
      throw new ArgumentError(
        `rows[${missing}].${need === "reference" ? "references" : need}`,
        undefined,
        `what ${metric.name} needs`,
        givenBy[need],
      );
    }
  }
}
