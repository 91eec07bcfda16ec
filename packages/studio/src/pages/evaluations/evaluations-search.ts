import type { RowsShown } from "../../api/evaluations.ts";

const tokenizers = ["auto", "words", "characters", "rouge_score"] as const;
export type TokenizerChoice = (typeof tokenizers)[number];

/** The playground as it stands in the URL: texts, the metric looked at, and how tokens are made. */
export interface PlaygroundSearch {
  c?: string;
  /** References; those that are there, from the first on. */
  r?: string;
  r2?: string;
  r3?: string;
  r4?: string;
  metric?: string;
  tokens?: TokenizerChoice;
  stem?: "yes";
  /** Length of the n-grams shown. */
  order?: string;
  /** Which reference is shown, from 1. */
  against?: string;
}

export function readPlaygroundSearch(search: Record<string, unknown>): PlaygroundSearch {
  const read: PlaygroundSearch = {};
  for (const key of ["c", "r", "r2", "r3", "r4", "metric"] as const) {
    const value = search[key];
    if (typeof value === "string" && value !== "") read[key] = value;
  }
  const tokens = tokenizers.find((value) => value === search.tokens);
  if (tokens && tokens !== "auto") read.tokens = tokens;
  if (search.stem === "yes") read.stem = "yes";
  if (typeof search.order === "string" && /^[1-9]$/.test(search.order)) read.order = search.order;
  if (typeof search.against === "string" && /^[2-4]$/.test(search.against)) read.against = search.against;
  return read;
}

export const rowsShown: readonly RowsShown[] = ["turned", "better", "worse", "pinned", "marked", "failed"];

/** How a run is looked at. */
export interface EvaluationSearch {
  view?: "rows" | "compare";
  show?: RowsShown;
  q?: string;
  /** `rougeL` lowest first, `-rougeL` highest first. */
  sort?: string;
  left?: string;
  right?: string;
  /** The run of the right system, where it is another. */
  with?: string;
  /** The metric whose rows are listed. */
  metric?: string;
}

export function readEvaluationSearch(search: Record<string, unknown>): EvaluationSearch {
  const read: EvaluationSearch = {};
  if (search.view === "rows" || search.view === "compare") read.view = search.view;
  const show = rowsShown.find((value) => value === search.show);
  if (show) read.show = show;
  for (const key of ["q", "sort", "left", "right", "with", "metric"] as const) {
    const value = search[key];
    if (typeof value === "string" && value !== "") read[key] = value;
  }
  return read;
}

/** How a row is looked at. */
export interface RowSearch {
  /** The metric that colours the texts; `none` colours nothing. */
  colour?: string;
  /** The systems that are compared word by word. */
  left?: string;
  right?: string;
}

export function readRowSearch(search: Record<string, unknown>): RowSearch {
  const read: RowSearch = {};
  for (const key of ["colour", "left", "right"] as const) {
    const value = search[key];
    if (typeof value === "string" && value !== "") read[key] = value;
  }
  return read;
}
