import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPdf } from "@loam/pdf";
import { type DrawnChart, scoreChart } from "./charts/drawn-chart.ts";
import { drawWebCharts, printCharts } from "./charts/web-charts.ts";

/**
 * Are drawn charts read back into their values? Draws charts with what is at hand, and reads them: matplotlib
 * (`LOAM_CHART_PYTHON`, a Python that has it), ECharts and Vega-Lite (`LOAM_CHART_MODULES`, a folder with them in
 * `node_modules`, printed by `LOAM_CHROMIUM`), R (`Rscript`). A value is right within 3% of its axis.
 * `LOAM_CHARTS=<folder>` keeps the drawings; `LOAM_VERBOSE=1` names every wrong value.
 */
const target = { charts: 0.9, values: 0.9 };
const out = process.env.LOAM_CHARTS ?? mkdtempSync(join(tmpdir(), "loam-charts-"));
const charts: DrawnChart[] = [];
const take = (name: string) => charts.push(...(JSON.parse(readFileSync(join(out, name), "utf8")) as DrawnChart[]));
const here = join(import.meta.dirname, "charts");

for (const { tool, file, run } of [
  {
    tool: "matplotlib",
    file: "matplotlib.json",
    run: [process.env.LOAM_CHART_PYTHON ?? "python3", join(here, "matplotlib-charts.py")],
  },
  { tool: "R", file: "r.json", run: ["Rscript", join(here, "r-charts.R")] },
]) {
  const done =
    existsSync(join(out, file)) || spawnSync(run[0]!, [...run.slice(1), out], { encoding: "utf8" }).status === 0;
  if (done) take(file);
  else console.error(`charts: ${tool} skipped, ${run[0]} cannot draw with it`);
}
const modules = process.env.LOAM_CHART_MODULES;
const browser = process.env.LOAM_CHROMIUM ?? "/usr/bin/chromium";
if (existsSync(join(out, "web.json"))) take("web.json");
else if (modules && existsSync(browser)) {
  const drawn = await drawWebCharts(modules);
  await printCharts(drawn, out, browser);
  writeFileSync(join(out, "web.json"), JSON.stringify(drawn.map(({ chart }) => chart)));
  take("web.json");
} else console.error("charts: ECharts and Vega skipped; set LOAM_CHART_MODULES, and LOAM_CHROMIUM to a browser");
if (charts.length === 0) {
  console.error("charts: skipped, nothing here draws");
  process.exit(0);
}

const tallies = new Map<string, { charts: number; of: number; values: number; ofValues: number }>();
for (const chart of charts) {
  const bytes = readFileSync(join(out, chart.file));
  const pdf = await openPdf(bytes, { name: chart.file });
  const { figures } = await pdf.readPage(1, { figureImages: "none" });
  pdf.close();
  const { right, of, wrong } = scoreChart(
    chart,
    figures.flatMap(({ innerText }) => innerText.split("\n")),
  );
  for (const key of [chart.tool, chart.kind, "all"]) {
    const tally = tallies.get(key) ?? { charts: 0, of: 0, values: 0, ofValues: 0 };
    tallies.set(key, tally);
    tally.of++;
    if (right === of) tally.charts++;
    tally.values += right;
    tally.ofValues += of;
  }
  if (right < of) {
    console.log(`${chart.file}: ${right}/${of} right; ${wrong[0]}`);
    if (process.env.LOAM_VERBOSE) for (const line of wrong.slice(1)) console.log(`    ${line}`);
  }
}
if (!process.env.LOAM_CHARTS) rmSync(out, { recursive: true, force: true });
for (const [key, { charts, of, values, ofValues }] of tallies)
  console.log(
    `${key}: ${charts}/${of} charts whole, ${values}/${ofValues} values (${((100 * values) / ofValues).toFixed(0)}%)`,
  );
const all = tallies.get("all")!;
process.exit(all.charts >= target.charts * all.of && all.values >= target.values * all.ofValues ? 0 : 1);
