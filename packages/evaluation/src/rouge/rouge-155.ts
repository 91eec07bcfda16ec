import { ArgumentError } from "@loam/core";
import { fMeasure, type OverlapCounts, type PrfScore } from "../scores/prf.ts";
import { rougeScoreTokenizer, type Tokenizer } from "../text/tokenizers.ts";
import { rougeLsumCounts } from "./rouge-l.ts";
import { rougeNCounts } from "./rouge-n.ts";
import { rougeSCounts } from "./rouge-s.ts";
import { rougeW155Counts } from "./rouge-w.ts";
import { TokenIds } from "./token-ids.ts";

export interface Rouge155Options {
  /** n-gram sizes; `-n 4` of the script. */
  ngrams?: number;
  /** Words that may stand between a pair; `-2 4 -U` of the script. */
  maxGap?: number | "unlimited";
  /** `-w 1.2` of the script. */
  weight?: number;
  /**
   * What several references come to: `average` pools their hits and totals (`-f A`, the script's default), `best` takes
   * the one with the largest recall (`-f B`).
   */
  formula?: "average" | "best";
  tokenizer?: Tokenizer;
}

interface Text {
  lines: string[][];
  tokens: string[];
  ids: Int32Array;
  lineIds: Int32Array[];
}

/**
 * The scores of the original ROUGE-1.5.5 without its stemmer (`-m` looks words up in WordNet, which is not done here): one
 * sentence per line, P and R rounded to 5 decimals as it prints them and F computed from these. For numbers to set beside
 * published ones; {@link RougeScorer} is the one to use otherwise.
 *
 * @returns by the script's names: `ROUGE-1`…, `ROUGE-L`, `ROUGE-S4`, `ROUGE-SU4`, `ROUGE-W-1.2`.
 * @throws {ArgumentError} without a reference.
 */
export function rouge155(
  hypothesis: string,
  references: readonly string[],
  {
    ngrams = 4,
    maxGap = 4,
    weight = 1.2,
    formula = "average",
    tokenizer = rougeScoreTokenizer(),
  }: Rouge155Options = {},
): Record<string, PrfScore> {
  if (references.length === 0) throw new ArgumentError("references", [], "at least one reference");
  const ids = new TokenIds();
  const read = (text: string): Text => {
    const lines = text.split("\n").filter((line) => line.length > 0);
    const tokenized = lines.map((line) => tokenizer.tokenize(line));
    const tokens = tokenized.flat();
    return { lines: tokenized, tokens, ids: ids.encode(tokens), lineIds: tokenized.map((line) => ids.encode(line)) };
  };
  const left = read(hypothesis);
  const right = references.map(read);
  const scores: Record<string, PrfScore> = {};
  const add = (name: string, count: (reference: Text) => OverlapCounts) => {
    scores[name] = combine(right.map(count), formula);
  };
  for (let n = 1; n <= ngrams; n++) add(`ROUGE-${n}`, (reference) => rougeNCounts(left.ids, reference.ids, n));
  add("ROUGE-L", (reference) => rougeLsumCounts(left.lineIds, reference.lineIds));
  const gap = maxGap === "unlimited" ? "*" : maxGap;
  add(`ROUGE-S${gap}`, (reference) => rougeSCounts(left.tokens, reference.tokens, { maxGap }));
  add(`ROUGE-SU${gap}`, (reference) =>
    rougeSCounts(left.tokens, reference.tokens, { maxGap, unigrams: "all-but-last" }),
  );
  // f⁻¹(hits / f(total)) with f(x) = x^weight; the script compares references by hits / total, before f.
  scores[`ROUGE-W-${weight}`] = combine(
    right.map((reference) => {
      const { hits, base, size } = rougeW155Counts(left.lines, reference.lines, weight);
      return { overlap: hits, hypothesisTotal: size ** weight, referenceTotal: base ** weight };
    }),
    formula,
    weight,
  );
  return scores;
}

function combine(counts: readonly OverlapCounts[], formula: "average" | "best", weight = 1): PrfScore {
  const share = (hits: number, total: number) => (total > 0 ? (hits / total) ** (1 / weight) : 0);
  const sum = (pick: (one: OverlapCounts) => number) => counts.reduce((total, one) => total + pick(one), 0);
  const ratio = ({ overlap, referenceTotal }: OverlapCounts) => share(overlap ** weight, referenceTotal);
  const pooled: OverlapCounts = {
    overlap: sum((one) => one.overlap),
    hypothesisTotal: sum((one) => one.hypothesisTotal),
    referenceTotal: sum((one) => one.referenceTotal),
  };
  const { overlap, hypothesisTotal, referenceTotal } =
    formula === "average" ? pooled : counts.reduce((best, one) => (ratio(one) > ratio(best) ? one : best));
  return printed(share(overlap, hypothesisTotal), share(overlap, referenceTotal));
}

/** To 5 decimals, F from the rounded values. */
function printed(precision: number, recall: number): PrfScore {
  const [p, r] = [round5(precision), round5(recall)];
  return { precision: p, recall: r, f: round5(fMeasure(p, r)) };
}

const round5 = (value: number): number => Number(value.toFixed(5));
