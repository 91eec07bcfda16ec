import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Writes the compact subset of the recorded metric scores that `npm test` checks on any machine:
 * `LOAM_GOLDEN=… node scripts/evaluation-golden-subset.ts`. Rows are taken at even distances, headers kept.
 */
const source = process.env.LOAM_GOLDEN ?? join(import.meta.dirname, "../../shared/golden");
const target = join(import.meta.dirname, "../packages/evaluation/golden");

type Row = Record<string, unknown>;

function readLines(path: string): string[] {
  return readFileSync(join(source, path), "utf8").split("\n").filter(Boolean);
}

function readObject<T>(path: string): T {
  return JSON.parse(readFileSync(join(source, path), "utf8")) as T;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(target, path)), { recursive: true });
  writeFileSync(join(target, path), text);
}

function evenly<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, items.length / count);
  return Array.from({ length: Math.min(count, items.length) }, (_, i) => items[Math.floor(i * step)]!);
}

/** The header and some rows of a `.jsonl` file; `choose` picks them from the lines. */
function sample(path: string, choose: (lines: string[]) => string[]): Row[] {
  const [header, ...rows] = readLines(path);
  const chosen = choose(rows);
  write(path, `${[header, ...chosen].join("\n")}\n`);
  return chosen.map((row) => JSON.parse(row) as Row);
}
const some = (count: number) => (lines: string[]) => evenly(lines, count);

const used = new Set<unknown>();
for (const row of sample("metrics/rouge/pairs.jsonl", some(200))) used.add(row.target).add(row.prediction);
for (const row of sample("metrics/rouge/multi.jsonl", some(8)))
  for (const id of [...(row.targets as string[]), row.prediction]) used.add(id);
for (const row of sample("metrics/rouge/skip_weighted.jsonl", some(80))) used.add(row.target).add(row.prediction);
for (const row of sample("metrics/rouge/rouge155.jsonl", some(40))) used.add(row.target).add(row.prediction);
for (const row of sample("metrics/rouge/rouge155_multi.jsonl", some(4)))
  for (const id of [...(row.targets as string[]), row.prediction]) used.add(id);
sample("metrics/rouge/texts.jsonl", (lines) => lines.filter((line) => used.has((JSON.parse(line) as Row).id)));
sample("metrics/rouge/tokens.jsonl", some(80));
sample("metrics/zh/pairs.jsonl", some(40));
sample("metrics/zh/tokens.jsonl", some(20));
sample("metrics/qa/squad.jsonl", some(100));
sample("metrics/translation/tokens.jsonl", some(40));

// All awkward and short sentences, so that two whole corpora can be checked, and some of the others.
const isShort = (line: string): boolean => /^\{"id":"(awkward|short)\//.test(line);
const sentences = sample("metrics/translation/sentences.jsonl", (lines) => [
  ...lines.filter(isShort),
  ...evenly(
    lines.filter((line) => !isShort(line)),
    20,
  ),
]);
const kept = new Set(sentences.map((row) => row.id));
const corpora = readObject<{ corpora: { ids: string[] }[] }>("metrics/translation/corpora.json");
const whole = corpora.corpora.filter(({ ids }) => ids.every((id) => kept.has(id)));
write("metrics/translation/corpora.json", JSON.stringify({ ...corpora, corpora: whole }));

const stems = readObject<{ rows: unknown[] }>("metrics/stemmer/porter.json");
write("metrics/stemmer/porter.json", JSON.stringify({ ...stems, rows: evenly(stems.rows, 800) }));
const bootstrap = readObject<{ exact: unknown[] }>("metrics/rouge/bootstrap.json");
write("metrics/rouge/bootstrap.json", JSON.stringify({ ...bootstrap, exact: bootstrap.exact.slice(0, 4), large: [] }));
const qrels = readObject<{ queries: unknown[] }>("metrics/retrieval/qrels.json");
write("metrics/retrieval/qrels.json", JSON.stringify({ ...qrels, queries: evenly(qrels.queries, 20) }));
