import { ArgumentError } from "@loam/core";
import { type OverlapCounts, type PrfScore, prfOfCounts } from "../scores/prf.ts";
import { TokenIds } from "./token-ids.ts";

export interface SkipBigramOptions {
  /** How many tokens may stand between the two of a pair; "unlimited" is the paper's ROUGE-S, 4 the usual choice. */
  maxGap?: number | "unlimited";
  /**
   * ROUGE-SU counts unigrams too: `all` as in the paper, `all-but-last` as ROUGE-1.5.5 does (its loop ends before the
   * last token); `none` is ROUGE-S.
   */
  unigrams?: "none" | "all" | "all-but-last";
}

/**
 * ROUGE-S and ROUGE-SU (Lin 2004 §5): ordered token pairs in common. In [0, 1], higher is better; a side without pairs
 * scores 0. The text counts as one sequence, across lines, as in ROUGE-1.5.5.
 */
export function rougeS(
  hypothesis: readonly string[],
  reference: readonly string[],
  options: SkipBigramOptions = {},
): PrfScore {
  return prfOfCounts(rougeSCounts(hypothesis, reference, options));
}

/**
 * Skip-bigrams (and unigrams) in common and on each side.
 *
 * @throws {ArgumentError} unless maxGap is an integer of at least 0 or "unlimited".
 */
export function rougeSCounts(
  hypothesis: readonly string[],
  reference: readonly string[],
  { maxGap = 4, unigrams = "none" }: SkipBigramOptions = {},
): OverlapCounts {
  if (maxGap !== "unlimited" && (!Number.isInteger(maxGap) || maxGap < 0)) {
    throw new ArgumentError("maxGap", maxGap, 'an integer from 0 or "unlimited"', "use 4 for ROUGE-S4");
  }
  const ids = new TokenIds();
  const left = ids.encode(hypothesis);
  const right = ids.encode(reference);
  const gap = maxGap === "unlimited" ? Number.POSITIVE_INFINITY : maxGap;
  const base = ids.size;
  const counts = new Map<number, number>();
  const referenceTotal = eachSkipBigram(right, gap, unigrams, base, (pair) =>
    counts.set(pair, (counts.get(pair) ?? 0) + 1),
  );
  let overlap = 0;
  const hypothesisTotal = eachSkipBigram(left, gap, unigrams, base, (pair) => {
    const count = counts.get(pair);
    if (count !== undefined && count > 0) {
      counts.set(pair, count - 1);
      overlap++;
    }
  });
  return { overlap, hypothesisTotal, referenceTotal };
}

/** Visits every skip-bigram (and unigram) as one number and returns how many there were. */
function eachSkipBigram(
  tokens: Int32Array,
  maxGap: number,
  unigrams: NonNullable<SkipBigramOptions["unigrams"]>,
  base: number,
  visit: (pair: number) => void,
): number {
  let total = 0;
  for (let i = 0; i < tokens.length; i++) {
    const end = Math.min(tokens.length, i + maxGap + 2);
    const first = (tokens[i]! + 1) * base;
    for (let j = i + 1; j < end; j++) visit(first + tokens[j]!);
    total += Math.max(0, end - i - 1);
  }
  const counted = unigrams === "all" ? tokens.length : unigrams === "all-but-last" ? tokens.length - 1 : 0;
  for (let i = 0; i < counted; i++) visit(tokens[i]!);
  return total + Math.max(0, counted);
}
