import { type ReadScoreRowsOptions, readParallelLines, readScoreRows } from "./read-score-rows.ts";
import type { CorpusMetric, ScoreOptions } from "./score-corpus.ts";
import { scoreCorpus } from "./score-corpus.ts";

export interface ScoreFileOptions extends ScoreOptions, Pick<ReadScoreRowsOptions, "columns"> {
  /** Text files with the references, one per line, when the predictions are one per line too. */
  references?: readonly string[];
}

export interface ScoreFileResult {
  rows: number;
  metrics: CorpusMetric[];
}

/**
 * Scores a file: a table with a prediction and references in each row, or a text file with one prediction per line beside
 * `references`. Columns are told by their names (`prediction`, `reference`, `source`, …) unless given.
 */
export async function scoreFile(path: string, options: ScoreFileOptions): Promise<ScoreFileResult> {
  const { references, columns, ...scoring } = options;
  const rows = references
    ? await readParallelLines(path, references)
    : await readScoreRows(path, { columns, signal: scoring.signal });
  return { rows: rows.length, metrics: await scoreCorpus(rows, scoring) };
}
