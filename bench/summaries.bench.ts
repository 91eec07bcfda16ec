import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { detectTokenizer, RougeScorer } from "@loam/evaluation";
import { openPdfFile } from "@loam/pdf";
import { countWords } from "../packages/library/src/summarize/count-words.ts";
import { extractSummary } from "../packages/library/src/summarize/extractive.ts";
import { abstractLike, readPaper } from "../packages/library/src/summarize/paper.ts";
import { partOf, statesMeasured } from "../packages/library/src/summarize/parts.ts";
import type { Page } from "../packages/pdf/src/document.ts";
import { hanShare } from "../packages/search/src/words.ts";
import { baselines } from "./summary-baselines.ts";

/**
 * How close are extractive summaries to what the authors wrote? Every paper with an abstract of at least 40 words (the
 * sample paper in both its languages, PDFs of LOAM_DATA/papers, and those of the folder LOAM_PAPERS), the abstract left out of
 * the input; as many words as the abstract's own, 60 to 150. Beside it the first words of the introduction, TextRank and LexRank, as
 * long: ROUGE-1, -2 and -L F. `--show` prints what was chosen.
 */
const folder = join(process.env.LOAM_DATA ?? join(import.meta.dirname, "../../shared/data"), "papers");
const files = [
  join(import.meta.dirname, "../packages/pdf/sample/loam-sample.pdf"),
  ...["en", "zh", "docling"]
    .map((part) => join(folder, part))
    .filter((part) => existsSync(part))
    .flatMap((part) => readdirSync(part).map((name) => join(part, name)))
    .filter((path) => path.endsWith(".pdf") && !path.includes("password")),
  ...(process.env.LOAM_PAPERS === undefined ? [] : pdfsOf(process.env.LOAM_PAPERS)),
];

type Scores = Record<"rouge1" | "rouge2" | "rougeL", number>;
const names = ["rouge1", "rouge2", "rougeL"] as const;
type Way = "Loam" | keyof typeof baselines;
const scores: Record<Way, Scores[]> = { Loam: [], lead: [], TextRank: [], LexRank: [] };
/** Words of a summary for one that was asked for. */
const lengths: number[] = [];
let withMeasured = 0;
const seen = new Set<string>();
for (const path of files) {
  for (const { script, reference, words, paper } of papersOf(await pagesOf(path))) {
    const joint = script === "han" ? "" : " ";
    if (seen.has(reference)) continue; // the same abstract stands in two vignettes
    seen.add(reference);
    const summary = extractSummary(paper, { words, script });
    const texts = paper.sections
      .flatMap(({ paragraphs }) => paragraphs.flat().map(({ text }) => text))
      .filter((text) => hanShare(text) > 0.2 === (script === "han"));
    scores.Loam.push(score(summary.map(({ text }) => text).join(joint), reference));
    lengths.push(summary.reduce((sum, { text }) => sum + countWords(text), 0) / words);
    if (summary.some(statesMeasured)) withMeasured++;
    for (const [way, choose] of Object.entries(baselines))
      scores[way as Way].push(score(choose(texts, words).join(joint), reference));
    const shown = Object.entries(scores).map(([way, own]) => `${way} ${mean(own.slice(-1))}`);
    console.log(`${path.split("/").at(-1)} (${script}, ${words} words): ${shown.join("; ")}`);
    if (process.argv.includes("--show"))
      for (const sentence of summary) console.log(`    ${partOf(sentence)}: ${sentence.text}`);
  }
}
console.log(`mean of ${scores.Loam.length}: ROUGE-1 / -2 / -L`);
for (const [way, own] of Object.entries(scores)) console.log(`  ${way.padEnd(9)} ${mean(own)}`);
const near = lengths.filter((share) => share >= 0.9 && share <= 1.1).length;
console.log(`${near} of ${lengths.length} within 10 % of the words asked for; ${withMeasured} state what was measured`);
const best = (name: keyof Scores) => Math.max(...Object.keys(baselines).map((way) => meanOf(scores[way as Way], name)));
process.exit(names.every((name) => meanOf(scores.Loam, name) > best(name)) ? 0 : 1);

function pdfsOf(path: string): string[] {
  return readdirSync(path)
    .filter((name) => name.endsWith(".pdf"))
    .sort()
    .map((name) => join(path, name));
}

async function pagesOf(path: string): Promise<Page[]> {
  const pdf = await openPdfFile(path);
  const numbers = Array.from({ length: pdf.info.pageCount }, (_, i) => i + 1);
  const pages = await Promise.all(numbers.map((number) => pdf.readPage(number, { figureImages: "none" })));
  pdf.close();
  return pages;
}

/** A paper for each language in which it has both an abstract and text enough to summarise. */
function papersOf(pages: readonly Page[]) {
  const paper = readPaper(pages, [], { abstract: "omit" });
  const texts = paper.sections.flatMap(({ paragraphs }) => paragraphs.flat().map(({ text }) => text));
  return (["other", "han"] as const).flatMap((script) => {
    const own = texts.filter((text) => hanShare(text) > 0.2 === (script === "han"));
    const reference = abstractLike(paper.abstracts, own.join(" "))?.text ?? "";
    const matches = hanShare(reference) > 0.4 === (script === "han");
    const words = Math.min(150, Math.max(60, countWords(reference)));
    return matches && countWords(reference) >= 40 && countWords(own.join(" ")) > 2 * words
      ? [{ script, reference, words, paper }]
      : [];
  });
}

function score(summary: string, reference: string): Scores {
  const tokenizer = detectTokenizer([summary, reference], { stem: true });
  const scores = new RougeScorer(names, { tokenizer }).score(summary, reference);
  return { rouge1: scores.rouge1.f, rouge2: scores.rouge2.f, rougeL: scores.rougeL.f };
}

function meanOf(scores: readonly Scores[], name: keyof Scores): number {
  return scores.reduce((total, one) => total + one[name], 0) / scores.length;
}

function mean(scores: readonly Scores[]): string {
  return names.map((name) => meanOf(scores, name).toFixed(3)).join(" / ");
}
