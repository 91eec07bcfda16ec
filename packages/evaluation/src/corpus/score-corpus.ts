import { ArgumentError } from "@loam/core";
import type { TokenUsage } from "@loam/observe";
import {
  type Metric,
  type MetricContext,
  type MetricScores,
  type RowFailure,
  type ScoreRow,
  scoreTogether,
} from "../metrics/metric.ts";
import { checkNeeds, metricFor } from "../metrics/registry.ts";
import { type BootstrapOptions, bootstrapMean, type Interval } from "../statistics/bootstrap.ts";

export interface ScoreOptions extends MetricContext, BootstrapOptions {
  /** Names, or metrics of your own. */
  metrics: readonly (string | Metric)[];
}

/** What one metric says of all rows. */
export interface CorpusMetric {
  metric: string;
  /** Null where no row could be scored. */
  value: number | null;
  /** Bootstrap interval of the mean over rows; absent for scores that are not such a mean (BLEU), or of fewer than two rows. */
  interval?: Interval;
  direction: Metric["direction"];
  range: Metric["range"];
  values: (number | null)[];
  /** Means of precision and recall, where the metric has them. */
  parts?: Record<string, number | null>;
  details?: unknown[];
  signature: string;
  failures: RowFailure[];
  notes: string[];
  usage?: TokenUsage;
}

/**
 * Scores rows with several metrics. Rows that a metric could not score are left out of its mean and counted.
 *
 * @throws {ArgumentError} without rows or without metrics.
 */
export async function scoreCorpus(rows: readonly ScoreRow[], options: ScoreOptions): Promise<CorpusMetric[]> {
  if (rows.length === 0) throw new ArgumentError("rows", [], "at least one row");
  const { metrics, ...context } = options;
  if (metrics.length === 0) throw new ArgumentError("metrics", [], "at least one metric", 'for example ["rougeL"]');
  const chosen = metrics.map((metric) => (typeof metric === "string" ? metricFor(metric) : metric));
  for (const metric of chosen) checkNeeds(metric, rows, context);
  const scores = await scoreTogether(chosen, rows, context);
  return chosen.map((metric, i) => summarise(metric, scores[i]!, options));
}

/** The corpus's score of a metric from the scores of its rows. */
export function summarise(metric: Metric, scores: MetricScores, options: BootstrapOptions = {}): CorpusMetric {
  const { values, parts, details, signature, failures = [], notes = [], usage } = scores;
  const scored = values.filter((value) => value !== null);
  return {
    metric: metric.name,
    value: scores.value === undefined ? meanOf(values) : scores.value,
    ...(scores.value === undefined && scored.length > 1 && { interval: bootstrapMean(scored, options) }),
    direction: metric.direction,
    range: metric.range,
    values,
    ...(parts && { parts: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, meanOf(part)])) }),
    ...(details && { details }),
    signature,
    failures,
    notes,
    ...(usage && { usage }),
  };
}

function meanOf(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  return present.length > 0 ? present.reduce((sum, value) => sum + value, 0) / present.length : null;
}
