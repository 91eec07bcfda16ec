import { NotFoundError } from "@loam/core";
import { type EvaluationMark, systemOf } from "@loam/evaluation";
import type { OpenedRun } from "../services/run-store.ts";
import type { EvaluationRowJson, EvaluationRowsJson } from "../surfaces/studio/schemas/evaluation.ts";

const excerptChars = 280;

/** Which rows are asked for, and in what order. */
export interface RowsAsked {
  offset: number;
  limit: number;
  /** Only rows that hold this text. */
  query?: string;
  /** A metric: rows by their mean over the systems. */
  sort?: string;
  order: "ascending" | "descending";
  /** `turned`: where two systems differ by a metric; `better` and `worse` are the right one's, against the left one. */
  show: "all" | "pinned" | "marked" | "failed" | "turned" | "better" | "worse";
  metric?: string;
  left?: string;
  right?: string;
}

/** A page of rows, those pinned first. */
export function pageOfRows(
  { run, dataset }: OpenedRun,
  marks: readonly EvaluationMark[],
  asked: RowsAsked,
): EvaluationRowsJson {
  const { offset, limit, query, sort, order } = asked;
  const wanted = query?.toLowerCase();
  const byRow = Map.groupBy(marks, ({ row }) => row);
  const isPinned = (i: number): boolean => byRow.get(dataset.rows[i]!.id)?.some(({ pinned }) => pinned) ?? false;
  const shows = showing(asked, { run, dataset, byRow, isPinned });
  let positions = dataset.rows.map((_, i) => i).filter(shows);
  if (wanted) {
    positions = positions.filter((i) =>
      [
        dataset.rows[i]!.id,
        JSON.stringify(dataset.rows[i]!.fields),
        ...run.systems.map(({ outputs }) => outputs[i]?.prediction ?? ""),
      ].some((text) => text.toLowerCase().includes(wanted)),
    );
  }
  const metric = sort === undefined ? -1 : run.metrics.indexOf(sort);
  const mean = (i: number): number => {
    const values = run.systems.flatMap(({ metrics }) => metrics[metric]!.values[i] ?? []);
    return values.length === 0
      ? Number.NEGATIVE_INFINITY
      : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const means = metric < 0 ? undefined : new Map(positions.map((i) => [i, mean(i)]));
  const sign = order === "descending" ? -1 : 1;
  positions.sort(
    (a, b) =>
      Number(isPinned(b)) - Number(isPinned(a)) || (means ? sign * (means.get(a)! - means.get(b)!) : 0) || a - b,
  );
  return {
    total: positions.length,
    rows: positions.slice(offset, offset + limit).map((i) => {
      const { id, question, source, fields } = dataset.rows[i]!;
      return {
        row: id,
        input: (question ?? source ?? JSON.stringify(fields)).slice(0, excerptChars),
        ...markOf(byRow.get(id), ""),
        systems: run.systems.map(({ system, outputs, metrics }) => ({
          system,
          prediction: outputs[i]!.prediction?.slice(0, excerptChars) ?? null,
          failed: outputs[i]!.error !== undefined,
          scores: metrics.map(({ values }) => values[i] ?? null),
          ...markOf(byRow.get(id), system),
        })),
      };
    }),
  };
}

/** @throws {NotFoundError} for a metric or a system that the run does not have. */
function showing(
  { show, metric, left, right }: RowsAsked,
  {
    run,
    dataset,
    byRow,
    isPinned,
  }: OpenedRows & { byRow: ReadonlyMap<string, EvaluationMark[]>; isPinned(position: number): boolean },
): (position: number) => boolean {
  if (show === "all") return () => true;
  if (show === "pinned") return isPinned;
  if (show === "marked")
    return (i) => byRow.get(dataset.rows[i]!.id)?.some(({ thumb, note }) => thumb !== null || note !== null) ?? false;
  if (show === "failed") return (i) => run.systems.some(({ outputs }) => outputs[i]!.error !== undefined);
  const m = metric === undefined ? 0 : run.metrics.indexOf(metric);
  if (m < 0) throw new NotFoundError("metric", metric!, { known: run.metrics });
  const [a, b] = [left ?? run.systems[0]!.system, right ?? run.systems.at(-1)!.system].map(
    (name) => systemOf(run, name).metrics[m]!,
  ) as [SystemMetric, SystemMetric];
  const sign = a.direction === "lower" ? -1 : 1;
  return (i) => {
    const [x, y] = [a.values[i], b.values[i]];
    if (typeof x !== "number" || typeof y !== "number") return false;
    if (show === "turned") return x !== y;
    return show === "better" ? sign * (y - x) > 0 : sign * (y - x) < 0;
  };
}

type OpenedRows = Pick<OpenedRun, "run" | "dataset">;
type SystemMetric = OpenedRun["run"]["systems"][number]["metrics"][number];

/** What is said of an output, or of a row. */
function markOf(marks: readonly EvaluationMark[] | undefined, system: string) {
  const { thumb = null, note = null, pinned = false } = marks?.find((mark) => mark.system === system) ?? {};
  return { thumb, note, pinned };
}

/**
 * What every system was given and made in a row.
 *
 * @throws {NotFoundError} for a row that the run does not have.
 */
export function toRowJson(
  { run, dataset }: OpenedRun,
  marks: readonly EvaluationMark[],
  id: string,
): EvaluationRowJson {
  const position = dataset.rows.findIndex((one) => one.id === id);
  const found = dataset.rows[position];
  if (!found) throw new NotFoundError("row", id, { known: dataset.rows.slice(0, 2000).map((one) => one.id) });
  const own = marks.filter(({ row }) => row === id);
  return {
    row: id,
    position,
    previous: dataset.rows[position - 1]?.id ?? null,
    next: dataset.rows[position + 1]?.id ?? null,
    fields: found.fields,
    references: [...found.references],
    source: found.source ?? null,
    question: found.question ?? null,
    ...markOf(own, ""),
    cells: run.systems.map(({ system, outputs, metrics }) => {
      const { prediction, contexts, error, ms, costUsd, usage, trace } = outputs[position]!;
      return {
        system,
        prediction: prediction ?? null,
        contexts: [...(contexts ?? [])],
        error: error ?? null,
        ms,
        costUsd,
        inputTokens: usage?.inputTokens ?? null,
        outputTokens: usage?.outputTokens ?? null,
        trace: trace ?? null,
        ...markOf(own, system),
        scores: metrics.map(({ metric, values, details, failures }) => ({
          metric,
          value: values[position] ?? null,
          failure: failures.find(({ row: at }) => at === position)?.reason ?? null,
          details: details?.[position] ?? undefined,
        })),
      };
    }),
  };
}
