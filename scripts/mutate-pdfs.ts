import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { openPdf } from "@loam/pdf";
import { LoamError } from "../packages/core/src/index.ts";
import { mutatePdf } from "../packages/pdf/test/mutate-pdf.ts";

/**
 * `npm run mutate-pdfs -- --count 10000 --seed 1 [--from FOLDER] [--as-is]`: reads damaged copies of the sample PDFs (and
 * of those in a folder), and tells what was no page and no clear error, took longer or more memory than it may.
 * The exit code is 1 when there was such a file; `--as-is` reads the files themselves.
 */
const { values } = parseArgs({
  options: {
    count: { type: "string" },
    seed: { type: "string" },
    from: { type: "string" },
    "as-is": { type: "boolean" },
    pages: { type: "string" },
  },
});
const pageTimeoutMs = 5000;
const mostMemoryMiB = 1536;
const mostPages = Number(values.pages ?? 4);
const repository = join(import.meta.dirname, "..");
const sources = [
  ...(values["as-is"] ? [] : globSync("packages/pdf/{sample,test/charts}/*.pdf", { cwd: repository })).map((path) =>
    join(repository, path),
  ),
  ...(values.from ? globSync("*.pdf", { cwd: values.from }).map((path) => join(values.from!, path)) : []),
].sort();
const firstSeed = values["as-is"] ? 1 : Number(values.seed ?? 1);
const count = values["as-is"] ? sources.length : Number(values.count ?? 200);

const outcomes = new Map<string, number>();
const faults: string[] = [];
let peakMiB = 0;
const tally = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
const watch = setInterval(() => {
  peakMiB = Math.max(peakMiB, process.memoryUsage().rss / 2 ** 20);
}, 50);
process.on("uncaughtException", (error) => faults.push(`uncaught: ${error.stack}`));

for (let i = 0; i < count; i++) {
  const path = sources[(firstSeed + i - 1) % sources.length]!;
  const bytes = readFileSync(path);
  const label = values["as-is"] ? basename(path) : `${basename(path)} seed ${firstSeed + i}`;
  peakMiB = 0;
  const start = performance.now();
  let pages = 0;
  try {
    const pdf = await openPdf(values["as-is"] ? bytes : mutatePdf(bytes, firstSeed + i), {
      name: label,
      timeoutMs: pageTimeoutMs,
    });
    for (let page = 1; page <= Math.min(mostPages, pdf.info.pageCount); page++) {
      pages++;
      tally((await pdf.readPage(page)).status);
    }
    pdf.close();
  } catch (error) {
    if (error instanceof LoamError && error.status < 500) tally(error.code);
    else faults.push(`${label}: ${(error as Error).stack}`);
  }
  const seconds = (performance.now() - start) / 1000;
  // A page that hangs is tried without its neighbours, so that each can be waited for twice.
  if (seconds > (2 * (pages + 1) * pageTimeoutMs) / 1000 + 5) faults.push(`${label}: ${seconds.toFixed(1)} s`);
  if (peakMiB > mostMemoryMiB) faults.push(`${label}: ${peakMiB.toFixed(0)} MiB`);
  if (values["as-is"]) console.log(label, `${seconds.toFixed(1)} s`, `${peakMiB.toFixed(0)} MiB`);
  if (i % 500 === 499) console.log(`${i + 1} of ${count}`, JSON.stringify(Object.fromEntries(outcomes)), faults);
}
clearInterval(watch);
console.log(JSON.stringify({ files: count, outcomes: Object.fromEntries(outcomes), faults }, null, 1));
process.exit(faults.length > 0 ? 1 : 0);
