/** The values of a chart: a row for each category, a column for each series. */
export interface ChartTable {
  /** Names of the series; "" where there is only one without a name. */
  series: string[];
  rows: { category: string; values: (string | undefined)[] }[];
}

/** Rows and columns by the names in which the values came. */
export class TableBuilder {
  readonly #series: string[] = [];
  readonly #rows = new Map<string, Map<string, string>>();

  set(category: string, series: string, value: string): void {
    if (!this.#series.includes(series)) this.#series.push(series);
    const row = this.#rows.get(category) ?? new Map<string, string>();
    this.#rows.set(category, row);
    if (!row.has(series)) row.set(series, value);
  }

  get count(): number {
    return [...this.#rows.values()].reduce((sum, row) => sum + row.size, 0);
  }

  build(): ChartTable {
    const rows = [...this.#rows].map(([category, row]) => ({
      category,
      values: this.#series.map((series) => row.get(series)),
    }));
    return { series: this.#series, rows };
  }
}
