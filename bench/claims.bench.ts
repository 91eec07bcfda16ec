import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openPdfFile } from "@loam/pdf";
import { Rng } from "../packages/core/src/index.ts";
import type { Passage } from "../packages/library/src/answer/evidence.ts";
import { nameWordsOf } from "../packages/library/src/answer/facts/names.ts";
import { quantitiesOf } from "../packages/library/src/answer/facts/quantities.ts";
import { unsupportedIn } from "../packages/library/src/answer/facts/unsupported.ts";
import { splitSentences } from "../packages/pdf/src/text/sentences.ts";

/**
 * Is a sentence that was changed in one fact told from a true one? Sentences of papers, each against the passage that it
 * is; true ones also said otherwise (digits for words, units in short), wrong ones with a number times ten, another
 * year, another name, another unit, a "not" more or less: `LOAM_DATA=<folder> npm run bench claims`.
 */
const target = { caught: 0.99, lost: 0.03, ms: 20 };

const papers = join(process.env.LOAM_DATA ?? join(import.meta.dirname, "..", "..", "shared", "data"), "papers", "en");
const files = existsSync(papers)
  ? (await readdir(papers)).map((name) => join(papers, name))
  : [join(import.meta.dirname, "../packages/pdf/sample/loam-sample.pdf")];

const sentences: string[] = [];
for (const file of files.filter((name) => name.endsWith(".pdf"))) {
  const pdf = await openPdfFile(file);
  for (let page = 1; page <= Math.min(pdf.info.pageCount, 12); page++) {
    const { blocks } = await pdf.readPage(page);
    for (const { kind, text } of blocks)
      if (kind === "paragraph")
        sentences.push(...splitSentences(text).filter((s) => s.length > 40 && s.length < 300 && /[.。]$/.test(s)));
  }
  pdf.close();
}

const rng = new Rng(7);
const pick = <T>(items: readonly T[]): T => items[Math.floor(rng.uniform() * items.length)]!;
const otherNames = ["Margarethe", "Okonkwo", "Zeppelin", "Valparaiso", "Lindqvist", "Mbeki"];

/** Each gives the sentence with one fact changed, or undefined where there is nothing to change. */
const edits: Record<string, (sentence: string) => string | undefined> = {
  "number × 10": (s) => s.replace(/(?<![\d.,A-Za-z-])(\d{1,6})(?![\d.,%])/, (n) => `${Number(n) * 10}`),
  "another year": (s) =>
    s.replace(/\b(19|20)(\d\d)\b/, (_, c, y) => `${c}${String((Number(y) + 7) % 100).padStart(2, "0")}`),
  "decimal moved": (s) => s.replace(/\b(\d+)\.(\d)(\d*)\b/, (_, a, b, c) => `${a}${b}.${c || 0}`),
  "another name": (s) => {
    const name = nameWordsOf(s).find((word) => /^[a-z]{4,}$/.test(word));
    return name && s.replace(new RegExp(`\\b${name[0]!.toUpperCase()}${name.slice(1)}\\b`), pick(otherNames));
  },
  "another unit": (s) =>
    s.replace(
      /(\d\s?)(km|kg|ms|MB|GB|seconds?|minutes?|hours?|metres?|meters?)\b/,
      (_, n, u) => `${n}${/^s|^m[si]|^h/.test(u) ? "kilograms" : "hours"}`,
    ),
  "a not": (s) => s.replace(/\b(is|are|was|were|can|has|have|does)\b(?! not)/, "$1 not"),
  "no not": (s) => s.replace(/\b(is|are|was|were|can|does|do|did) not\b(?! only| necessarily)/, "$1"),
};
/** Each says the same in other words. */
const rewordings: ((sentence: string) => string)[] = [
  (s) => s,
  (s) => s.replace(/(\d),(\d{3})\b/g, "$1$2"),
  (s) =>
    s.replace(
      /\b(two|three|four|five|six|seven|eight|nine|ten)\b/g,
      (w) => `${"two three four five six seven eight nine ten".split(" ").indexOf(w) + 2}`,
    ),
  (s) => s.replace(/(\d)\s?%/g, "$1 percent"),
  (s) => s.replace(/^(?:However|Moreover|In addition|Therefore|Thus|Furthermore), /, "").replace(/\s\([^)]*\)/g, ""),
  (s) => s.split(/, which |; /)[0]!,
];

const passage = (text: string): Passage => ({ text, context: "", kind: "text", places: [] });
let lost = 0;
let true_ = 0;
const results = new Map<string, { caught: number; of: number; missed: string[] }>();
const start = performance.now();
let checks = 0;
for (const sentence of sentences) {
  for (const reword of rewordings) {
    true_++;
    checks++;
    if (unsupportedIn(reword(sentence), [passage(sentence)])) {
      lost++;
      if (process.env.LOAM_VERBOSE)
        console.log("LOST", JSON.stringify(unsupportedIn(reword(sentence), [passage(sentence)])), reword(sentence));
    }
  }
  for (const [name, edit] of Object.entries(edits)) {
    const wrong = edit(sentence);
    if (wrong === undefined || wrong === sentence) continue;
    // A "× 10" that lands on another number of the sentence is no error that anybody could see.
    if (name !== "another name" && name !== "a not" && name !== "no not" && name !== "another unit") {
      const before = new Set(quantitiesOf(sentence).map(({ value }) => value));
      if (quantitiesOf(wrong).every(({ value }) => before.has(value))) continue;
    }
    const result = results.get(name) ?? { caught: 0, of: 0, missed: [] };
    results.set(name, result);
    result.of++;
    checks++;
    if (unsupportedIn(wrong, [passage(sentence)])) result.caught++;
    else result.missed.push(wrong);
  }
}
/** The same fact in two languages: a sentence in one against its passage in the other, and the same with one fact changed. */
const pairs: ((n: number, year: number, name: string) => [english: string, chinese: string])[] = [
  (n, year, name) => [`In ${year} ${name} sold ${n} tonnes of apples.`, `${year}年，${name} 卖出了${n}吨苹果。`],
  (n, year, name) => [`${name} measured ${n} km of river in ${year}.`, `${name} 在${year}年测量了${n}公里的河流。`],
  (n, year) => [`By ${year} the dam held ${n} million litres.`, `到${year}年，水坝蓄水${n}百万升。`],
  (n, year) => [`The share rose to ${n}% in ${year}.`, `${year}年这一比例上升到${n}%。`],
  (n, year, name) => [
    `The pump of ${name} weighs ${n} kg and dates from ${year}.`,
    `${name} 的水泵重${n}千克，制造于${year}年。`,
  ],
  (n, year) => [`It took ${n} minutes in ${year}.`, `${year}年用了${n}分钟。`],
];
const otherUnits: [RegExp, string][] = [
  [/tonnes|minutes/, "km"],
  [/ km /, " kg "],
  [/ kg /, " minutes "],
  [/吨|分钟/, "公里"],
  [/公里/, "千克"],
  [/千克/, "分钟"],
];
const across = { caught: 0, of: 0, missed: [] as string[] };
for (let i = 0; i < 200; i++) {
  const n = 11 + Math.floor(rng.uniform() * 880);
  const [english, chinese] = pairs[i % pairs.length]!(n, 1950 + Math.floor(rng.uniform() * 70), pick(otherNames));
  for (const [said, there] of [[english, chinese] as const, [chinese, english] as const]) {
    true_++;
    checks++;
    if (unsupportedIn(said, [passage(there)])) {
      lost++;
      if (process.env.LOAM_VERBOSE) console.log("LOST", said, "|", there);
    }
    const unit = otherUnits.find(([pattern]) => pattern.test(said));
    const wrongs = [
      said.replace(new RegExp(`(?<!\\d)${n}(?!\\d)`), `${n * 10}`),
      said.replace(/(19|20)\d\d/, (year) => `${Number(year) + 7}`),
      said.replace(/[A-Z][a-z]{4,}(?= sold| measured| weighs| 卖| 在| 的)/, "Quisling"),
      unit ? said.replace(unit[0], unit[1]) : said,
    ];
    for (const wrong of wrongs.filter((each) => each !== said)) {
      across.of++;
      checks++;
      if (unsupportedIn(wrong, [passage(there)])) across.caught++;
      else across.missed.push(`${wrong} | ${there}`);
    }
  }
}
results.set("across languages", across);
const ms = (performance.now() - start) / checks;
let caught = 0;
let of = 0;
for (const [name, result] of results) {
  console.log(`${name}: ${result.caught}/${result.of} caught`);
  for (const miss of result.missed.slice(0, process.env.LOAM_VERBOSE ? 20 : 2)) console.log(`    not: ${miss}`);
  caught += result.caught;
  of += result.of;
}
console.log(`${caught}/${of} edits caught (${((100 * caught) / of).toFixed(1)}%), target ${100 * target.caught}%`);
console.log(
  `${lost}/${true_} true sentences lost (${((100 * lost) / true_).toFixed(1)}%), target ${100 * target.lost}%`,
);
console.log(`${ms.toFixed(2)} ms a sentence, target ${target.ms}`);
process.exit(caught / of >= target.caught && lost / true_ <= target.lost && ms <= target.ms ? 0 : 1);
