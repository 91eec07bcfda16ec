/** What a link to the table of runs can say. */
export interface RunsSearch {
  experiment?: string;
  q?: string;
  order?: string;
  /** Columns, separated by commas; a few are chosen when left out. */
  columns?: string;
  group?: string;
  show?: "archived" | "deleted";
  page?: number;
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

export function readRunsSearch(search: Record<string, unknown>): RunsSearch {
  const page = Number(search.page);
  return dropUndefined({
    experiment: text(search.experiment),
    q: text(search.q),
    order: text(search.order),
    columns: text(search.columns),
    group: text(search.group),
    show: (["archived", "deleted"] as const).find((value) => value === search.show),
    page: Number.isInteger(page) && page > 1 ? page : undefined,
  });
}

/** How curves are drawn; the same on every page that draws some. */
export interface CurveSearch {
  x?: "step" | "time" | "relative";
  smoothing?: "ema" | "gaussian";
  amount?: number;
  log?: "x" | "y" | "xy";
  /** Of a comparison. */
  runs?: string;
  group?: string;
}

export function readCurveSearch(search: Record<string, unknown>): CurveSearch {
  const amount = Number(search.amount);
  const oneOf = <T extends string>(value: unknown, values: readonly T[]) => values.find((one) => one === value);
  return dropUndefined({
    x: oneOf(search.x, ["step", "time", "relative"] as const),
    smoothing: oneOf(search.smoothing, ["ema", "gaussian"] as const),
    amount: search.amount !== undefined && amount >= 0 ? amount : undefined,
    log: oneOf(search.log, ["x", "y", "xy"] as const),
    runs: text(search.runs),
    group: text(search.group),
  });
}

function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
