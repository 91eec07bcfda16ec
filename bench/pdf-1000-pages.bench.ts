import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPdfFile } from "@loam/pdf";
import { report } from "./measure.ts";

/** A generated paper of 1,000 pages, read with the pictures of its figures: peak memory at most 1 GiB, no failed page. */
const pageCount = 1000;
const mostRssBytes = 2 ** 30;
const readAhead = 8;

const folder = mkdtempSync(join(tmpdir(), "loam-bench-"));
const path = join(folder, "thousand.pdf");
// In a process of its own, so that the memory of writing the file is not counted.
const generator = new URL("../packages/pdf/test/make-pdf.ts", import.meta.url).href;
execFileSync(process.execPath, [
  "--input-type=module",
  "--eval",
  `import { writeFileSync } from "node:fs"; import { makeLongPaper } from ${JSON.stringify(generator)}; writeFileSync(${JSON.stringify(path)}, await makeLongPaper(${pageCount}));`,
]);

const started = performance.now();
const pdf = await openPdfFile(path);
const statuses: Record<string, number> = {};
let figures = 0;
let pictureBytes = 0;
let next = 1;
await Promise.all(
  Array.from({ length: readAhead }, async () => {
    while (next <= pdf.info.pageCount) {
      const page = await pdf.readPage(next++);
      statuses[page.status] = (statuses[page.status] ?? 0) + 1;
      figures += page.figures.length;
      for (const figure of page.figures) pictureBytes += figure.png?.length ?? 0;
    }
  }),
);
pdf.close();
const seconds = (performance.now() - started) / 1000;
const peakRssBytes = process.resourceUsage().maxRSS * 1024;
rmSync(folder, { recursive: true });
report(
  `Does a paper of ${pageCount} pages, ${figures} figures (${(pictureBytes / 1e6).toFixed(1)} MB of PNG), read in flat memory?`,
  [
    { name: "pages read", value: statuses.text ?? 0, unit: "pages", atLeast: pageCount },
    { name: "pages failed", value: statuses.failed ?? 0, unit: "pages", atMost: 0 },
    { name: "peak RSS", value: peakRssBytes / 2 ** 20, unit: "MiB", atMost: mostRssBytes / 2 ** 20 },
    { name: "speed", value: pageCount / seconds, unit: "pages/s" },
  ],
);
