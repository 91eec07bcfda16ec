import { ArgumentError } from "@loam/core";
import { type OverlapCounts, type PrfScore, prfOfCounts } from "../scores/prf.ts";
import { TokenIds } from "./token-ids.ts";

/** ROUGE-N (Lin 2004 §2), in [0, 1], higher is better; an empty side scores 0, as in `rouge_score`. */
export function rougeN(hypothesis: readonly string[], reference: readonly string[], n = 1): PrfScore {
  const ids = new TokenIds();
  return rougeNOfIds(ids.encode(hypothesis), ids.encode(reference), n);
}

/** {@link rougeN} on token ids that both sides share. */
export function rougeNOfIds(hypothesis: Int32Array, reference: Int32Array, n: number): PrfScore {
  return prfOfCounts(rougeNCounts(hypothesis, reference, n));
}

/**
 * n-grams in common and on each side.
 *
 * @throws {ArgumentError} unless n is a positive integer.
 */
export function rougeNCounts(hypothesis: Int32Array, reference: Int32Array, n: number): OverlapCounts {
  if (!Number.isInteger(n) || n < 1) throw new ArgumentError("n", n, "a positive integer", "use 1 for unigrams");
  const hypothesisTotal = Math.max(0, hypothesis.length - n + 1);
  const referenceTotal = Math.max(0, reference.length - n + 1);
  const none = hypothesisTotal === 0 || referenceTotal === 0;
  return { overlap: none ? 0 : overlapOfNgrams(hypothesis, reference, n), hypothesisTotal, referenceTotal };
}

/**
 * Number of n-grams the sides share, each counted as often as on the side with fewer.
 * An n-gram is named by the id of its first n−1 tokens and its last token, so every level is one lookup of a number.
 */
function overlapOfNgrams(hypothesis: Int32Array, reference: Int32Array, n: number): number {
  let base = 0;
  for (const id of hypothesis) if (id >= base) base = id + 1;
  for (const id of reference) if (id >= base) base = id + 1;
  let left: Int32Array = hypothesis;
  let right: Int32Array = reference;
  let grams = base;
  for (let length = 2; length <= n; length++) {
    const names = new Map<number, number>();
    const extend = (prefixes: Int32Array, tokens: Int32Array): Int32Array => {
      const extended = new Int32Array(tokens.length - length + 1);
      for (let i = 0; i < extended.length; i++) {
        const key = prefixes[i]! * base + tokens[i + length - 1]!;
        let name = names.get(key);
        if (name === undefined) names.set(key, (name = names.size));
        extended[i] = name;
      }
      return extended;
    };
    left = extend(left, hypothesis);
    right = extend(right, reference);
    grams = names.size;
  }
  const counts = new Int32Array(grams);
  for (const gram of right) counts[gram]!++;
  let overlap = 0;
  for (const gram of left) {
    if (counts[gram]! > 0) {
      counts[gram]!--;
      overlap++;
    }
  }
  return overlap;
}
