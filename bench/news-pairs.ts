import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface NewsPair {
  reference: string;
  hypothesis: string;
}

const folder = join(import.meta.dirname, "../packages/evaluation/golden/metrics/rouge");
const rows = <Row>(name: string): Row[] =>
  readFileSync(join(folder, name), "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line));

/** Summaries of news by machines, each with one by a person: what the benchmarks of text metrics score. */
export function newsPairs(): NewsPair[] {
  const texts = new Map(rows<{ id: string; text: string }>("texts.jsonl").map(({ id, text }) => [id, text]));
  return rows<{ id: string; target: string; prediction: string }>("pairs.jsonl")
    .filter(({ id }) => id.startsWith("summeval/"))
    .map(({ target, prediction }) => ({ reference: texts.get(target)!, hypothesis: texts.get(prediction)! }));
}
