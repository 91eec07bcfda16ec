import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPdf } from "@loam/pdf";
import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs";
import { makeLongPaper } from "../packages/pdf/test/make-pdf.ts";
import { type Figure, measure, report, type Timing } from "./measure.ts";

/**
 * Text of PDFs in pages per second: `readText` against the text of pdfjs-dist, and pdftotext as the limit. "Whole pages"
 * is `readPage`: boxes, columns, headings, tables and figures found. Wants at least three times pdfjs-dist for the text.
 */
const rounds = 5;
const leastTimesPdfjs = 3;

const papers = join(process.env.LOAM_DATA ?? join(import.meta.dirname, "../../shared/data"), "papers");
const files = ["en/tracemonkey_pldi09_twocol.pdf", "en/deepseek_r1.pdf", "zh/ucas_thesis_guide.pdf"]
  .map((name) => join(papers, name))
  .filter(existsSync);
const folder = mkdtempSync(join(tmpdir(), "loam-bench-"));
const generated = join(folder, "generated-60-pages.pdf");
writeFileSync(generated, await makeLongPaper(60));
files.push(generated);

async function loam(bytes: Uint8Array, what: "text" | "layout"): Promise<number> {
  const pdf = await openPdf(bytes);
  const { pageCount } = pdf.info;
  if (what === "text") await pdf.readText();
  else {
    await Promise.all(Array.from({ length: pageCount }, (_, i) => pdf.readPage(i + 1, { figureImages: "none" })));
  }
  pdf.close();
  return pageCount;
}

async function pdfjs(bytes: Uint8Array): Promise<number> {
  const loading = getDocument({ data: bytes.slice(), verbosity: 0 });
  const pdf = await loading.promise;
  for (let n = 1; n <= pdf.numPages; n++) {
    const page = await pdf.getPage(n);
    await page.getTextContent();
    page.cleanup();
  }
  const pages = pdf.numPages;
  await loading.destroy();
  return pages;
}

const pdftotext =
  spawnSync("pdftotext", ["-v"]).status === null
    ? undefined
    : (file: string) => void spawnSync("pdftotext", [file, "/dev/null"]);
const figures: Figure[] = [];
const timings: Record<string, Timing> = {};
for (const file of files) {
  const name = file.split("/").at(-1)!;
  const bytes = new Uint8Array(readFileSync(file));
  const pageCount = await loam(bytes, "text");
  const times = await measure(
    {
      loam: () => loam(bytes, "text"),
      layout: () => loam(bytes, "layout"),
      pdfjs: () => pdfjs(bytes),
      pdftotext: () => pdftotext?.(file),
    },
    { rounds },
  );
  const speed = ({ medianMs }: Timing) => (1000 * pageCount) / medianMs;
  for (const [side, timing] of Object.entries(times)) timings[`${name}, ${side}`] = timing;
  figures.push(
    { name: `${name}: Loam`, value: speed(times.loam), unit: "pages/s" },
    { name: `${name}: Loam, whole pages`, value: speed(times.layout), unit: "pages/s" },
    { name: `${name}: pdfjs-dist`, value: speed(times.pdfjs), unit: "pages/s" },
    ...(pdftotext ? [{ name: `${name}: pdftotext`, value: speed(times.pdftotext), unit: "pages/s" }] : []),
    {
      name: `${name}: Loam over pdfjs-dist`,
      value: speed(times.loam) / speed(times.pdfjs),
      unit: "×",
      atLeast: leastTimesPdfjs,
    },
  );
}
rmSync(folder, { recursive: true });
report("How fast is the text of a PDF read?", figures, timings);
