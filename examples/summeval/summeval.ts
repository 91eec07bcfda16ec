import { readFileSync } from "node:fs";
import { join } from "node:path";
import { kendall, pearson, RougeScorer, spearman } from "@loam/evaluation";

/**
 * How well ROUGE agrees with people: the SummEval table (Fabbri et al. 2021) for the twelve systems that are at hand.
 *
 *     node examples/summeval/summeval.ts path/to/summeval
 *
 * The folder holds `documents.jsonl` (100 articles, 11 references each) and `outputs_annotations.jsonl` (1,200 system
 * outputs with ratings).
 */
export const dimensions = ["coherence", "consistency", "fluency", "relevance"] as const;
type Dimension = (typeof dimensions)[number];

const types = ["rouge1", "rouge2", "rouge3", "rouge4", "rougeL", "rougeLsum"] as const;
const correlations = { kendall, spearman, pearson };
type CorrelationName = keyof typeof correlations;

interface Document {
  id: string;
  references: string[];
}
interface Output {
  id: string;
  model: string;
  decoded: string;
  [annotators: `${string}_annotations`]: Record<Dimension, number>[];
}
type Row = Record<CorrelationName, number | undefined>;
export interface Agreement {
  system: Row;
  summary: Row;
  summaryArticles: number;
}

/** Correlation of each metric variant (`rouge1/plain/mean`, …) with each rated dimension. */
export function agreementWithPeople(
  folder: string,
  annotators: `${string}_annotations` = "expert_annotations",
): Record<string, Record<Dimension, Agreement>> {
  const documents = readRows<Document>(join(folder, "documents.jsonl"));
  const outputs = readRows<Output>(join(folder, "outputs_annotations.jsonl"));
  const article = new Map(documents.map((document, i) => [document.id, i]));
  const systems = [...new Set(outputs.map((output) => output.model))].sort(
    (a, b) => Number(a.slice(1)) - Number(b.slice(1)),
  );
  const table = (): number[][] => documents.map(() => new Array<number>(systems.length).fill(0));
  const place = (cells: number[][], output: Output, value: number): void => {
    cells[article.get(output.id)!]![systems.indexOf(output.model)] = value;
  };

  const metrics: Record<string, number[][]> = {};
  for (const stem of [false, true]) {
    const scorer = new RougeScorer(types, { stem });
    const references = documents.map((document) => document.references.map((text) => scorer.prepare(humanLines(text))));
    for (const output of outputs) {
      const hypothesis = scorer.prepare(systemLines(output.decoded));
      const each = references[article.get(output.id)!]!.map((reference) => scorer.score(hypothesis, reference));
      for (const type of types) {
        const f = each.map((scores) => scores[type].f);
        const flavour = `${type}/${stem ? "stem" : "plain"}`;
        place((metrics[`${flavour}/mean`] ??= table()), output, round10(f.reduce((a, b) => a + b, 0) / f.length));
        place((metrics[`${flavour}/max`] ??= table()), output, round10(Math.max(...f)));
      }
    }
  }

  const result: Record<string, Record<Dimension, Agreement>> = {};
  for (const dimension of dimensions) {
    const human = table();
    for (const output of outputs)
      place(
        human,
        output,
        output[annotators]!.reduce((sum, rating) => sum + rating[dimension], 0),
      );
    for (const [variant, metric] of Object.entries(metrics)) {
      (result[variant] ??= {} as Record<Dimension, Agreement>)[dimension] = agreement(metric, human);
    }
  }
  return result;
}

/** Correlation of system means, and the mean over articles of the correlation within an article. */
function agreement(metric: readonly number[][], human: readonly number[][]): Agreement {
  const [systemMetric, systemHuman] = [columnMeans(metric).map(round10), columnMeans(human).map(round10)];
  const system = {} as Row;
  const summary = {} as Row;
  let summaryArticles = 0;
  for (const [name, correlate] of Object.entries(correlations) as [CorrelationName, typeof kendall][]) {
    system[name] = correlate(systemMetric, systemHuman);
    const perArticle = metric.map((row, i) => correlate(row, human[i]!)).filter((value) => value !== undefined);
    summary[name] = perArticle.reduce((a, b) => a + b, 0) / perArticle.length;
    summaryArticles = perArticle.length;
  }
  return { system, summary, summaryArticles };
}

function columnMeans(rows: readonly number[][]): number[] {
  return rows[0]!.map((_, column) => rows.reduce((sum, row) => sum + row[column]!, 0) / rows.length);
}

/** Ten decimals, so that ties do not hang on rounding noise. */
const round10 = (value: number): number => Math.round(value * 1e10) / 1e10;

/** System outputs are tokenised: " . " ends a sentence. */
const systemLines = (text: string): string => text.replaceAll(" . ", " .\n").trim();

/** Untokenised text: a sentence ends at . ! or ? before white space. */
const humanLines = (text: string): string => text.replace(/(?<=[.!?])\s+/g, "\n").trim();

function readRows<T>(path: string): T[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

if (import.meta.main) {
  const folder = process.argv[2];
  if (folder === undefined) {
    console.error(
      "Usage: node examples/summeval/summeval.ts FOLDER (with documents.jsonl and outputs_annotations.jsonl)",
    );
    process.exit(2);
  }
  const started = performance.now();
  console.log(`Kendall's τ, system level${" ".repeat(11)}${dimensions.map((name) => name.padStart(12)).join("")}`);
  for (const [variant, byDimension] of Object.entries(agreementWithPeople(folder))) {
    console.log(
      variant.padEnd(36) + dimensions.map((name) => byDimension[name].system.kendall!.toFixed(3).padStart(12)).join(""),
    );
  }
  console.error(`${((performance.now() - started) / 1000).toFixed(1)} s`);
}
