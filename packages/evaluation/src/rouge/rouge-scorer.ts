import { ArgumentError, nearestName } from "@loam/core";
import type { PrfScore } from "../scores/prf.ts";
import { rougeScoreTokenizer, type Tokenizer } from "../text/tokenizers.ts";
import { rougeLOfIds, rougeLsumOfIds } from "./rouge-l.ts";
import { rougeNOfIds } from "./rouge-n.ts";
import { rougeS } from "./rouge-s.ts";
import { rougeW } from "./rouge-w.ts";
import { TokenIds } from "./token-ids.ts";

/** `rouge1`…`rouge9`, `rougeL`, `rougeLsum`, `rougeS4`, `rougeS*`, `rougeSU4`, `rougeSU*`, `rougeW-1.2`. */
export type RougeType = `rouge${string}`;

/** A text in the forms the ROUGE types need; made by {@link RougeScorer.prepare} once, however often it is compared. */
export interface PreparedText {
  tokens: string[];
  ids: Int32Array;
  /** One per non-empty line, for ROUGE-Lsum. */
  lineIds: Int32Array[];
}

type Compare = (hypothesis: PreparedText, reference: PreparedText) => PrfScore;

/**
 * Scores texts with several ROUGE types at once: tokens are interned once per text and shared by all types. With the
 * default tokenizer the scores equal Google's `rouge_score` to the last digit or two.
 *
 * @example
 * const scorer = new RougeScorer(["rouge1", "rougeL"], { stem: true });
 * scorer.score("the cat sat", "the cats sat").rouge1.f; // 1
 */
export class RougeScorer<Type extends RougeType = RougeType> {
  readonly types: readonly Type[];
  readonly tokenizer: Tokenizer;
  readonly #compare: Compare[];
  readonly #ids = new TokenIds();
  readonly #needsLines: boolean;

  constructor(
    types: readonly Type[],
    { stem = false, tokenizer = rougeScoreTokenizer({ stem }) }: { stem?: boolean; tokenizer?: Tokenizer } = {},
  ) {
    this.types = types;
    this.tokenizer = tokenizer;
    this.#compare = types.map(comparison);
    this.#needsLines = types.includes("rougeLsum" as Type);
  }

  /** Tokenizes a text for use in many comparisons of this scorer. */
  prepare(text: string): PreparedText {
    const tokens = this.tokenizer.tokenize(text);
    const lineIds = this.#needsLines
      ? text
          .split("\n")
          .filter((line) => line.length > 0)
          .map((line) => this.#ids.encode(this.tokenizer.tokenize(line)))
      : [];
    return { tokens, ids: this.#ids.encode(tokens), lineIds };
  }

  /** Scores a hypothesis against one reference. */
  score(hypothesis: string | PreparedText, reference: string | PreparedText): Record<Type, PrfScore> {
    const left = typeof hypothesis === "string" ? this.prepare(hypothesis) : hypothesis;
    const right = typeof reference === "string" ? this.prepare(reference) : reference;
    const scores = {} as Record<Type, PrfScore>;
    for (let i = 0; i < this.types.length; i++) scores[this.types[i]!] = this.#compare[i]!(left, right);
    return scores;
  }

  /**
   * Scores a hypothesis against several references, each type by itself: `max` takes the reference with the largest F (the
   * first on a tie, as `rouge_score` does), `mean` averages precision, recall and F.
   *
   * @throws {ArgumentError} without a reference.
   */
  scoreMulti(
    hypothesis: string | PreparedText,
    references: readonly (string | PreparedText)[],
    { aggregate = "max" }: { aggregate?: "max" | "mean" } = {},
  ): Record<Type, PrfScore> {
    if (references.length === 0) throw new ArgumentError("references", [], "at least one reference");
    const left = typeof hypothesis === "string" ? this.prepare(hypothesis) : hypothesis;
    const each = references.map((reference) => this.score(left, reference));
    const combine = aggregate === "max" ? largestF : meanScore;
    return Object.fromEntries(this.types.map((type) => [type, combine(each.map((scores) => scores[type]))])) as Record<
      Type,
      PrfScore
    >;
  }
}

/** The function behind a type's name. */
function comparison(type: RougeType): Compare {
  if (type === "rougeL") return (hypothesis, reference) => rougeLOfIds(hypothesis.ids, reference.ids);
  if (type === "rougeLsum") return (hypothesis, reference) => rougeLsumOfIds(hypothesis.lineIds, reference.lineIds);
  const [, ngram, skip, gap, weight] = /^rouge(?:([1-9])|(SU?)(\d+|\*)|W-(\d+(?:\.\d+)?))$/.exec(type) ?? [];
  if (ngram) return (hypothesis, reference) => rougeNOfIds(hypothesis.ids, reference.ids, Number(ngram));
  if (skip) {
    const options = {
      maxGap: gap === "*" ? "unlimited" : Number(gap),
      unigrams: skip === "SU" ? "all" : "none",
    } as const;
    return (hypothesis, reference) => rougeS(hypothesis.tokens, reference.tokens, options);
  }
  if (weight) return (hypothesis, reference) => rougeW(hypothesis.tokens, reference.tokens, Number(weight));
  const known = ["rouge1", "rouge2", "rougeL", "rougeLsum", "rougeS4", "rougeS*", "rougeSU4", "rougeSU*", "rougeW-1.2"];
  const near = nearestName(type, known);
  throw new ArgumentError(
    "type",
    type,
    `one of ${known.join(", ")} or another n, gap or weight`,
    near && `did you mean "${near}"?`,
  );
}

function largestF(scores: readonly PrfScore[]): PrfScore {
  return scores.reduce((best, score) => (score.f > best.f ? score : best));
}

function meanScore(scores: readonly PrfScore[]): PrfScore {
  const mean = (pick: (score: PrfScore) => number): number =>
    scores.reduce((sum, score) => sum + pick(score), 0) / scores.length;
  return { precision: mean((s) => s.precision), recall: mean((s) => s.recall), f: mean((s) => s.f) };
}
