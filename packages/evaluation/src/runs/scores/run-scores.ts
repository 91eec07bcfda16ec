import type { CorpusMetric } from "../../corpus/score-corpus.ts";
import type { ComparableRun } from "../compare.ts";
import type { EvaluationRun } from "../evaluation-run.ts";

type ScoredMetric = Pick<CorpusMetric, "metric" | "direction" | "signature" | "value" | "values">;

/** Every score of a run by row, without the texts they are of: small enough to be read whenever it is asked for. */
export interface RunScores extends ComparableRun {
  /** ISO 8601. */
  finishedAt: string;
  dataset: { hash: string; rows: { id: string }[] };
  systems: { system: string; metrics: ScoredMetric[] }[];
}

export function scoresOf({ name, finishedAt, dataset, systems }: EvaluationRun): RunScores {
  return {
    ...{ name, finishedAt },
    dataset: { hash: dataset.hash, rows: dataset.rows.map(({ id }) => ({ id })) },
    systems: systems.map(({ system, metrics }) => ({
      system,
      metrics: metrics.map(({ metric, direction, signature, value, values }) => ({
        ...{ metric, direction, signature, value, values },
      })),
    })),
  };
}
