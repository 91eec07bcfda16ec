import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { detectTokenizer, RougeScorer } from "@loam/evaluation";
import { openPdfFile } from "@loam/pdf";
import { countWords } from "../packages/library/src/summarize/count-words.ts";
import { extractSummary } from "../packages/library/src/summarize/extractive.ts";
import { abstractLike, readPaper } from "../packages/library/src/summarize/paper.ts";
import type { Page } from "../packages/pdf/src/document.ts";
import { hanShare } from "../packages/search/src/words.ts";

/**
 * How close are extractive summaries to what the authors wrote? Every paper with an abstract of at least 40 words (the
 * sample paper in both its languages, and PDFs of LOAM_DATA/papers), the abstract left out of the input; as many words as
 * the abstract's own, 60 to 150. Beside it the first words of the introduction, as long: ROUGE-1, -2 and -L F.
 */
const folder = join(process.env.LOAM_DATA ?? join(import.meta.dirname, "../../shared/data"), "papers");
const files = [
  join(import.meta.dirname, "../packages/pdf/sample/loam-sample.pdf"),
  ...["en", "zh", "docling"]
    .map((part) => join(folder, part))
    .filter((part) => existsSync(part))
    .flatMap((part) => readdirSync(part).map((name) => join(part, name)))
    .filter((path) => path.endsWith(".pdf") && !path.includes("password")),
];

type Scores = Record<"rouge1" | "rouge2" | "rougeL", number>;
const names = ["rouge1", "rouge2", "rougeL"] as const;
const ours: Scores[] = [];
const lead: Scores[] = [];
for (const path of files) {
  for (const { script, reference, words, paper } of papersOf(await pagesOf(path))) {
    const joint = script === "han" ? "" : " ";
    const summary = extractSummary(paper, { words, script });
    const first = leadOf(
      paper.sections.flatMap(({ paragraphs }) => paragraphs.flat().map(({ text }) => text)),
      words,
      script,
    );
    ours.push(score(summary.map(({ text }) => text).join(joint), reference));
    lead.push(score(first.join(joint), reference));
    const shown = names.map((name) => ours.at(-1)![name].toFixed(3)).join(" / ");
    const leading = names.map((name) => lead.at(-1)![name].toFixed(3)).join(" / ");
    console.log(`${path.split("/").at(-1)} (${script}, ${words} words): ${shown}; lead ${leading}`);
    if (process.argv.includes("--show")) for (const { role, text } of summary) console.log(`    ${role}: ${text}`);
  }
}
console.log(`mean of ${ours.length}: ${mean(ours)}; lead ${mean(lead)}`);
const sum = (scores: Scores[]): number => scores.reduce((total, { rouge1, rouge2 }) => total + rouge1 + rouge2, 0);
process.exit(sum(ours) > sum(lead) ? 0 : 1);

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

function leadOf(texts: readonly string[], words: number, script: "han" | "other"): string[] {
  const chosen: string[] = [];
  let used = 0;
  for (const text of texts) {
    if (hanShare(text) > 0.2 !== (script === "han") || used >= words) continue;
    chosen.push(text);
    used += countWords(text);
  }
  return chosen;
}

function score(summary: string, reference: string): Scores {
  const tokenizer = detectTokenizer([summary, reference], { stem: true });
  const scores = new RougeScorer(names, { tokenizer }).score(summary, reference);
  return { rouge1: scores.rouge1.f, rouge2: scores.rouge2.f, rougeL: scores.rougeL.f };
}

function mean(scores: readonly Scores[]): string {
  return names
    .map((name) => (scores.reduce((total, one) => total + one[name], 0) / scores.length).toFixed(3))
    .join(" / ");
}
