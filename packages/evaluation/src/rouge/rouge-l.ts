import { type OverlapCounts, type PrfScore, prf, prfOfCounts } from "../scores/prf.ts";
import { lcsLength, markLcs } from "./lcs.ts";
import { TokenIds } from "./token-ids.ts";

/** ROUGE-L (Lin 2004 §3.1, F1): the longest common subsequence; in [0, 1], higher is better, an empty side scores 0. */
export function rougeL(hypothesis: readonly string[], reference: readonly string[]): PrfScore {
  const ids = new TokenIds();
  return rougeLOfIds(ids.encode(hypothesis), ids.encode(reference));
}

/** {@link rougeL} on token ids that both sides share. */
export function rougeLOfIds(hypothesis: Int32Array, reference: Int32Array): PrfScore {
  return prf(lcsLength(hypothesis, reference), hypothesis.length, reference.length);
}

/**
 * Summary-level ROUGE-L (Lin 2004 §3.2): for each reference line the union of its longest common subsequences with every
 * hypothesis line, each token counted at most as often as it stands on either side. Equal to `rouge_score`'s `rougeLsum`.
 */
export function rougeLsum(
  hypothesisLines: readonly (readonly string[])[],
  referenceLines: readonly (readonly string[])[],
): PrfScore {
  const ids = new TokenIds();
  return rougeLsumOfIds(
    hypothesisLines.map((line) => ids.encode(line)),
    referenceLines.map((line) => ids.encode(line)),
  );
}

/** {@link rougeLsum} on token ids that both sides share. */
export function rougeLsumOfIds(
  hypothesisLines: readonly Int32Array[],
  referenceLines: readonly Int32Array[],
): PrfScore {
  return prfOfCounts(rougeLsumCounts(hypothesisLines, referenceLines));
}

/** Tokens on the union of longest common subsequences, and on each side. */
export function rougeLsumCounts(
  hypothesisLines: readonly Int32Array[],
  referenceLines: readonly Int32Array[],
): OverlapCounts {
  const hypothesisLeft = countTokens(hypothesisLines);
  const referenceLeft = countTokens(referenceLines);
  let hits = 0;
  for (const line of referenceLines) {
    const marked = new Uint8Array(line.length);
    for (const other of hypothesisLines) markLcs(line, other, marked);
    for (let i = 0; i < line.length; i++) {
      if (marked[i] === 0) continue;
      const token = line[i]!;
      const inHypothesis = hypothesisLeft.get(token) ?? 0;
      const inReference = referenceLeft.get(token)!;
      if (inHypothesis > 0 && inReference > 0) {
        hits++;
        hypothesisLeft.set(token, inHypothesis - 1);
        referenceLeft.set(token, inReference - 1);
      }
    }
  }
  return { overlap: hits, hypothesisTotal: totalLength(hypothesisLines), referenceTotal: totalLength(referenceLines) };
}

function countTokens(lines: readonly Int32Array[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const line of lines) for (const token of line) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

function totalLength(lines: readonly Int32Array[]): number {
  return lines.reduce((total, line) => total + line.length, 0);
}
