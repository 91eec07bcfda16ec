/** A chart of the bench and what it shows. */
export interface DrawnChart {
  file: string;
  tool: string;
  kind: "bar" | "barh" | "grouped" | "stacked" | "line" | "scatter" | "pie";
  /** From the lowest to the highest value of its axis. */
  range: [number, number];
  log: boolean;
  /** Of the horizontal axis, where that is a scale too. */
  along?: [number, number];
  /** Series → category → value; "" for the only series. */
  values: Record<string, Record<string, number>>;
}

/** What was read of a chart: header and rows, cells joined by " | ". */
export function scoreChart(
  chart: DrawnChart,
  lines: readonly string[],
): { right: number; of: number; wrong: string[] } {
  const rows = lines.filter((line) => line.includes(" | ")).map((line) => line.split(" | ").map((cell) => cell.trim()));
  const header = rows[0] ?? [];
  const read = rows.slice(1);
  const wrong: string[] = [];
  let [right, of] = [0, 0];
  const series = Object.keys(chart.values);
  for (const [name, cells] of Object.entries(chart.values)) {
    const column = series.length === 1 && header.length === 2 ? 1 : header.indexOf(name);
    for (const [category, value] of Object.entries(cells)) {
      of++;
      const rows = column < 1 ? [] : read.filter(([own]) => isCategory(own!, category, chart.along));
      const got = rows.map((row) => row[column]).filter((cell) => cell !== undefined && cell !== "");
      if (got.some((cell) => isNear(numberOf(cell!), value, chart))) right++;
      else wrong.push(`${name || "value"} of ${category}: ${value}, read ${got.join(", ") || "nothing"}`);
    }
  }
  return { right, of, wrong };
}

const numberOf = (cell: string): number =>
  Number(
    cell
      .replace(/^≈\s*/, "")
      .replace(/[%,\s]/g, "")
      .replace("−", "-"),
  );

function isCategory(read: string, category: string, along?: [number, number]): boolean {
  if (read === category) return true;
  return along !== undefined && Math.abs(numberOf(read) - Number(category)) <= 0.03 * (along[1] - along[0]);
}

/** Within 3% of the axis, on a logarithmic one of its powers. */
function isNear(read: number, value: number, { range: [low, high], log }: DrawnChart): boolean {
  if (!Number.isFinite(read)) return false;
  if (log) return read > 0 && Math.abs(Math.log10(read / value)) <= 0.03 * Math.log10(high / low);
  return Math.abs(read - value) <= 0.03 * (high - low);
}
