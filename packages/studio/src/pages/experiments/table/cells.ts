import type { Run } from "../../../api/experiments.ts";

/** A column of the table: `params.lr`, `metrics.loss`, `tags.team`. */
export type Column = `${"params" | "metrics" | "tags"}.${string}`;

export const isColumn = (text: string): text is Column => /^(params|metrics|tags)\../.test(text);

export function splitColumn(column: Column): { kind: "params" | "metrics" | "tags"; name: string } {
  const dot = column.indexOf(".");
  return { kind: column.slice(0, dot) as "params" | "metrics" | "tags", name: column.slice(dot + 1) };
}

/** As the filter language writes it: names that are no plain words stand in quotes. */
export function filterName(column: Column): string {
  const { kind, name } = splitColumn(column);
  return `${kind}.${/^\w+$/.test(name) ? name : `\`${name}\``}`;
}

/** What a run has in a column; undefined when it has nothing. NaN and infinities are texts. */
export function cellOf(run: Pick<Run, "params" | "metrics" | "tags">, column: Column): string | number | undefined {
  const { kind, name } = splitColumn(column);
  if (kind === "metrics") return run.metrics[name]?.value;
  const value = run[kind][name];
  if (value === undefined || value === null) return undefined;
  return typeof value === "number" || typeof value === "string" ? value : JSON.stringify(value);
}

/** Numbers that matter in few digits, anything else as it is. */
export function showCell(value: string | number | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  if (value === 0 || Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(5))) : value.toExponential(3);
}

/** Runs that have the same value in a column, with the means of their metrics. */
export interface RunGroup {
  value: string;
  runs: Run[];
  means: Record<string, number>;
}

export function groupRuns(runs: readonly Run[], column: Column): RunGroup[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const value = showCell(cellOf(run, column));
    groups.set(value, [...(groups.get(value) ?? []), run]);
  }
  return [...groups].map(([value, members]) => {
    const sums = new Map<string, { sum: number; count: number }>();
    for (const { metrics } of members)
      for (const [name, { value: number }] of Object.entries(metrics)) {
        if (typeof number !== "number") continue; // what is no number has no part in a mean
        const { sum, count } = sums.get(name) ?? { sum: 0, count: 0 };
        sums.set(name, { sum: sum + number, count: count + 1 });
      }
    return {
      value,
      runs: members,
      means: Object.fromEntries([...sums].map(([name, { sum, count }]) => [name, sum / count])),
    };
  });
}

/** What a search line means: the filter language as it is, plain words as part of the name. */
export function toFilter(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (/[<>=]|\b(like|ilike|in|is)\b/i.test(trimmed)) return trimmed;
  return `attributes.run_name ILIKE '%${trimmed.replaceAll("'", "''")}%'`;
}
