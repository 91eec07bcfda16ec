import { markLcs, walkLcs } from "../rouge/lcs.ts";
import { TokenIds } from "../rouge/token-ids.ts";
import type { TokenSpan } from "../text/tokenizers.ts";
import type { AlignedMatch } from "./pair-alignment.ts";

type Tokens = readonly Pick<TokenSpan, "token">[];

/**
 * n-grams that both sides have, each as often as on the side with fewer: the k-th of one side goes with the k-th of the
 * other. As many as ROUGE-N and BLEU count.
 */
export function matchNgrams(hypothesis: Tokens, reference: Tokens, n: number): AlignedMatch[] {
  const places = (tokens: Tokens) => {
    const found = new Map<string, number[]>();
    for (let i = 0; i + n <= tokens.length; i++) {
      const gram = tokens.slice(i, i + n).map(({ token }) => token);
      const key = gram.join("\u0000");
      const at = found.get(key);
      if (at) at.push(i);
      else found.set(key, [i]);
    }
    return found;
  };
  const theirs = places(reference);
  const run = (from: number): number[] => Array.from({ length: n }, (_, k) => from + k);
  return [...places(hypothesis)]
    .flatMap(([gram, mine]) => {
      const others = theirs.get(gram) ?? [];
      return mine.slice(0, others.length).map((from, k) => ({ hypothesis: run(from), reference: run(others[k]!) }));
    })
    .sort((a, b) => a.hypothesis[0]! - b.hypothesis[0]!);
}

/** The pairs of one longest common subsequence, in order. */
export function matchSubsequence(hypothesis: Tokens, reference: Tokens): AlignedMatch[] {
  const ids = new TokenIds();
  const pairs: AlignedMatch[] = [];
  walkLcs(idsOf(reference, ids), idsOf(hypothesis, ids), (i, j) => pairs.push({ hypothesis: [j], reference: [i] }));
  return pairs.reverse();
}

/**
 * ROUGE-Lsum's hits: for each line of the reference the union of its longest common subsequences with every line of the
 * hypothesis, each token counted at most as often as it stands on either side.
 *
 * @param hypothesisLines the token positions of each line
 */
export function matchLines(
  hypothesis: Tokens,
  reference: Tokens,
  hypothesisLines: readonly (readonly number[])[],
  referenceLines: readonly (readonly number[])[],
): AlignedMatch[] {
  const ids = new TokenIds();
  const hypothesisIds = idsOf(hypothesis, ids);
  const referenceIds = idsOf(reference, ids);
  const unused = new Map<number, number[]>();
  for (const [i, id] of hypothesisIds.entries()) unused.set(id, [...(unused.get(id) ?? []), i]);
  const referenceLeft = new Map<number, number>();
  for (const id of referenceIds) referenceLeft.set(id, (referenceLeft.get(id) ?? 0) + 1);
  const matches: AlignedMatch[] = [];
  for (const line of referenceLines) {
    const marked = new Uint8Array(line.length);
    const own = Int32Array.from(line, (position) => referenceIds[position]!);
    const partners = new Map<number, number[]>();
    for (const other of hypothesisLines) {
      const theirs = Int32Array.from(other, (position) => hypothesisIds[position]!);
      markLcs(own, theirs, marked);
      walkLcs(own, theirs, (i, j) => partners.set(i, [...(partners.get(i) ?? []), other[j]!]));
    }
    for (const [i, position] of line.entries()) {
      const id = own[i]!;
      const free = unused.get(id) ?? [];
      const left = referenceLeft.get(id)!;
      if (marked[i] === 0 || free.length === 0 || left === 0) continue;
      const partner = partners.get(i)?.find((candidate) => free.includes(candidate)) ?? free[0]!;
      free.splice(free.indexOf(partner), 1);
      referenceLeft.set(id, left - 1);
      matches.push({ hypothesis: [partner], reference: [position] });
    }
  }
  return matches;
}

/** Skip-bigrams (and, for ROUGE-SU, unigrams) that both sides have, paired like {@link matchNgrams}. */
export function matchSkipBigrams(
  hypothesis: Tokens,
  reference: Tokens,
  { maxGap, unigrams }: { maxGap: number | "unlimited"; unigrams: boolean },
): { matches: AlignedMatch[]; hypothesisTotal: number; referenceTotal: number } {
  const gap = maxGap === "unlimited" ? Number.POSITIVE_INFINITY : maxGap;
  const places = (tokens: Tokens) => {
    const found = new Map<string, number[][]>();
    const add = (key: string, at: number[]) => {
      const known = found.get(key);
      if (known) known.push(at);
      else found.set(key, [at]);
    };
    let total = 0;
    for (let i = 0; i < tokens.length; i++) {
      if (unigrams) {
        add(tokens[i]!.token, [i]);
        total++;
      }
      const end = Math.min(tokens.length, i + gap + 2);
      for (let j = i + 1; j < end; j++, total++) add(`${tokens[i]!.token}\u0000${tokens[j]!.token}`, [i, j]);
    }
    return { found, total };
  };
  const mine = places(hypothesis);
  const theirs = places(reference);
  const matches = [...mine.found].flatMap(([pair, at]) => {
    const others = theirs.found.get(pair) ?? [];
    return at.slice(0, others.length).map((positions, k) => ({ hypothesis: positions, reference: others[k]! }));
  });
  return { matches, hypothesisTotal: mine.total, referenceTotal: theirs.total };
}

function idsOf(tokens: Tokens, ids: TokenIds): Int32Array {
  return ids.encode(tokens.map(({ token }) => token));
}
