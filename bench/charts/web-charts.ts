import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Rng } from "../../packages/core/src/index.ts";
import type { DrawnChart } from "./drawn-chart.ts";

const crops = ["Oats", "Rye", "Wheat", "Barley", "Flax", "Hemp"];
const years = ["2016", "2017", "2018", "2019", "2020", "2021"];
const names = ["North", "South", "East"];

/**
 * Draws charts with Apache ECharts and Vega-Lite as SVG, for a browser to print.
 *
 * @param modules a folder whose `node_modules` has `echarts`, or `vega` and `vega-lite`.
 */
export async function drawWebCharts(modules: string): Promise<{ svg: string; chart: DrawnChart }[]> {
  const require = createRequire(join(modules, "package.json"));
  const load = async (name: string) => import(pathToFileURL(require.resolve(name)).href);
  const drawn: { svg: string; chart: DrawnChart }[] = [];
  const rng = new Rng(14);
  const numbers = (n: number, low = 5, high = 95) =>
    Array.from({ length: n }, () => Number((low + (high - low) * rng.uniform()).toFixed(1)));
  const table = (series: readonly string[], categories: readonly string[], rows: readonly number[][]) =>
    Object.fromEntries(
      series.map((name, i) => [name, Object.fromEntries(categories.map((category, j) => [category, rows[i]![j]!]))]),
    );

  const echarts = await load("echarts").catch(() => undefined);
  if (echarts) {
    const add = (
      name: string,
      kind: DrawnChart["kind"],
      option: object,
      values: DrawnChart["values"],
      range: [number, number],
      more: Partial<DrawnChart> = {},
    ) => {
      const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 560, height: 340 });
      chart.setOption({ animation: false, ...option });
      drawn.push({
        svg: chart.renderToSVGString(),
        chart: { file: `e-${name}.pdf`, tool: "ECharts", kind, range, log: false, values, ...more },
      });
      chart.dispose();
    };
    const category = (data: readonly string[]) => ({ type: "category", data });
    const value = { type: "value", min: 0, max: 100 };
    const one = (categories: readonly string[], row: readonly number[]) => table([""], categories, [[...row]]);
    let row = numbers(5);
    add(
      "bar",
      "bar",
      { xAxis: category(crops.slice(0, 5)), yAxis: value, series: [{ type: "bar", data: row }] },
      one(crops.slice(0, 5), row),
      [0, 100],
    );
    row = numbers(6);
    add(
      "bar-labels",
      "bar",
      {
        xAxis: category(crops),
        yAxis: value,
        series: [{ type: "bar", data: row, label: { show: true, position: "top" } }],
      },
      one(crops, row),
      [0, 100],
    );
    row = numbers(5);
    add(
      "barh",
      "barh",
      { yAxis: category(crops.slice(0, 5)), xAxis: value, series: [{ type: "bar", data: row }] },
      one(crops.slice(0, 5), row),
      [0, 100],
    );
    for (const [name, stack] of [
      ["grouped", undefined],
      ["stacked", "all"],
    ] as const) {
      const rows = names.map(() => numbers(4, 5, 60));
      add(
        name,
        name,
        {
          legend: {},
          xAxis: category(crops.slice(0, 4)),
          yAxis: { type: "value", min: 0, max: stack ? 200 : 80 },
          series: names.map((n, i) => ({ type: "bar", name: n, stack, data: rows[i] })),
        },
        table(names, crops.slice(0, 4), rows),
        [0, stack ? 200 : 80],
      );
    }
    for (const [name, more] of [
      ["line", {}],
      ["line-bare", { showSymbol: false }],
      ["line-labels", { label: { show: true } }],
    ] as const) {
      const rows = names.slice(0, 2).map(() => numbers(6));
      add(
        name,
        "line",
        {
          legend: { top: 0 },
          xAxis: category(years),
          yAxis: value,
          series: names.slice(0, 2).map((n, i) => ({ type: "line", name: n, data: rows[i], ...more })),
        },
        table(names.slice(0, 2), years, rows),
        [0, 100],
      );
    }
    const powers = Array.from({ length: 5 }, () => Number((10 ** (0.5 + 3.3 * rng.uniform())).toPrecision(3)));
    add(
      "bar-log",
      "bar",
      {
        xAxis: category(crops.slice(0, 5)),
        yAxis: { type: "log", min: 1, max: 10000 },
        series: [{ type: "bar", data: powers }],
      },
      one(crops.slice(0, 5), powers),
      [1, 10000],
      { log: true },
    );
    const shares = numbers(4, 10, 60);
    const total = shares.reduce((a, b) => a + b, 0);
    const percent = one(
      crops.slice(0, 4),
      shares.map((share) => (100 * share) / total),
    );
    for (const [name, radius] of [
      ["pie", "60%"],
      ["ring", ["35%", "60%"]],
    ] as const)
      add(
        name,
        "pie",
        { series: [{ type: "pie", radius, data: shares.map((v, i) => ({ name: crops[i], value: v })) }] },
        percent,
        [0, 100],
      );
    const points = numbers(8, 2, 48)
      .sort((a, b) => a - b)
      .map((x) => [x, numbers(1)[0]!] as const);
    add(
      "scatter",
      "scatter",
      { xAxis: { type: "value", min: 0, max: 50 }, yAxis: value, series: [{ type: "scatter", data: points }] },
      { "": Object.fromEntries(points.map(([x, y]) => [String(x), y])) },
      [0, 100],
      { along: [0, 50] },
    );
  }

  const [vega, lite] = await Promise.all([
    load("vega").catch(() => undefined),
    load("vega-lite").catch(() => undefined),
  ]);
  if (vega && lite) {
    const add = async (
      name: string,
      kind: DrawnChart["kind"],
      spec: object,
      values: DrawnChart["values"],
      range: [number, number],
      more: Partial<DrawnChart> = {},
    ) => {
      const { spec: compiled } = lite.compile({ width: 360, height: 220, ...spec });
      const svg = await new vega.View(vega.parse(compiled), { renderer: "none" }).toSVG();
      drawn.push({ svg, chart: { file: `v-${name}.pdf`, tool: "Vega", kind, range, log: false, values, ...more } });
    };
    const long = (series: readonly string[], categories: readonly string[], rows: readonly number[][]) => ({
      values: series.flatMap((s, i) => categories.map((c, j) => ({ s, c, v: rows[i]![j]! }))),
    });
    const value = { field: "v", type: "quantitative", title: "Tonnes", scale: { domain: [0, 100] } };
    const nominal = { field: "c", type: "nominal", title: null, sort: null };
    const colour = { field: "s", type: "nominal", title: null };
    let rows = [numbers(5)];
    await add(
      "bar",
      "bar",
      { data: long([""], crops.slice(0, 5), rows), mark: "bar", encoding: { x: nominal, y: value } },
      table([""], crops.slice(0, 5), rows),
      [0, 100],
    );
    rows = [numbers(5)];
    await add(
      "barh",
      "barh",
      { data: long([""], crops.slice(0, 5), rows), mark: "bar", encoding: { y: nominal, x: value } },
      table([""], crops.slice(0, 5), rows),
      [0, 100],
    );
    rows = names.map(() => numbers(4));
    await add(
      "grouped",
      "grouped",
      {
        data: long(names, crops.slice(0, 4), rows),
        mark: "bar",
        encoding: { x: nominal, xOffset: { field: "s" }, y: value, color: colour },
      },
      table(names, crops.slice(0, 4), rows),
      [0, 100],
    );
    rows = names.map(() => numbers(4, 5, 30));
    await add(
      "stacked",
      "stacked",
      { data: long(names, crops.slice(0, 4), rows), mark: "bar", encoding: { x: nominal, y: value, color: colour } },
      table(names, crops.slice(0, 4), rows),
      [0, 100],
    );
    rows = names.slice(0, 2).map(() => numbers(6));
    await add(
      "line",
      "line",
      {
        data: long(names.slice(0, 2), years, rows),
        mark: "line",
        encoding: { x: { field: "c", type: "ordinal", title: null }, y: value, color: colour },
      },
      table(names.slice(0, 2), years, rows),
      [0, 100],
    );
    rows = names.slice(0, 2).map(() => numbers(6));
    await add(
      "line-points",
      "line",
      {
        data: long(names.slice(0, 2), years, rows),
        mark: { type: "line", point: true },
        encoding: { x: { field: "c", type: "ordinal", title: null }, y: value, color: colour },
      },
      table(names.slice(0, 2), years, rows),
      [0, 100],
    );
    const points = numbers(8, 2, 48)
      .sort((a, b) => a - b)
      .map((x) => [x, numbers(1)[0]!] as const);
    await add(
      "scatter",
      "scatter",
      {
        data: { values: points.map(([x, y]) => ({ x, y })) },
        mark: "point",
        encoding: {
          x: { field: "x", type: "quantitative", scale: { domain: [0, 50] } },
          y: { field: "y", type: "quantitative", scale: { domain: [0, 100] } },
        },
      },
      { "": Object.fromEntries(points.map(([x, y]) => [String(x), y])) },
      [0, 100],
      { along: [0, 50] },
    );
    const shares = numbers(4, 10, 60);
    const total = shares.reduce((a, b) => a + b, 0);
    await add(
      "pie",
      "pie",
      {
        data: long([""], crops.slice(0, 4), [shares]),
        mark: "arc",
        encoding: {
          theta: { field: "v", type: "quantitative" },
          color: { field: "c", type: "nominal", sort: null, title: null },
        },
      },
      table([""], crops.slice(0, 4), [shares.map((share) => (100 * share) / total)]),
      [0, 100],
    );
  }
  return drawn;
}

/** Prints SVG pictures to PDF files with a browser, each a page under a caption. */
export async function printCharts(
  drawn: readonly { svg: string; chart: DrawnChart }[],
  out: string,
  executablePath: string,
): Promise<void> {
  mkdirSync(out, { recursive: true });
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const page = await browser.newPage();
  for (const { svg, chart } of drawn) {
    await page.setContent(
      `<body style="font-family:sans-serif">${svg}<p>Figure 1: Yields of the trial plots.</p></body>`,
    );
    writeFileSync(join(out, chart.file), await page.pdf({ width: "700px", height: "500px" }));
  }
  await browser.close();
}
