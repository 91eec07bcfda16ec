import { ArgumentError, type OnProgress, ProgressMeter, throwIfCancelled } from "@loam/core";
import type { PrfScore } from "../scores/prf.ts";
import { trim } from "../text/python-whitespace.ts";
import { type Baseline, rescale } from "./baseline.ts";
import { cosineTable, type GreedyMatching, greedyMatching, type TokenVectors } from "./greedy-matching.ts";
import { type IdfWeights, idfWeights } from "./idf.ts";
import type { TokenEncoder } from "./token-encoder.ts";
import { cutToFit, splitIntoWindows } from "./windows.ts";

/** Vectors held at a time: pairs are worked off in chunks of about this size. */
const CHUNK_BYTES = 256 * 2 ** 20;

export interface BertScoreOptions {
  /** Weigh tokens by how rare they are among the references of the call. */
  idf?: boolean;
  /** Rescales so that unrelated texts score about 0. */
  baseline?: Baseline;
  /** What happens to texts longer than the model reads: overlapping windows, or `cut` as in `bert_score`. */
  longTexts?: "window" | "cut";
}

export interface BertScoreRow extends PrfScore {
  /** Most windows a text of this row was read in; 1 where all fit. */
  windows: number;
  /** Whether a text was cut. */
  cut: boolean;
}

export interface BertScoreResult {
  rows: BertScoreRow[];
  /** What the scores depend on, as in `bert_score`: model, layer, idf, version, rescaling. */
  hash: string;
  /** Positions of rows with a text longer than the model reads. */
  longRows: number[];
}

/** A token alignment with the cosine of every pair of tokens. */
export interface BertScoreAlignment extends GreedyMatching {
  hypothesisTokens: string[];
  referenceTokens: string[];
  /** [T, U]. */
  cosines: Float64Array;
}

interface Prepared {
  ids: number[];
  tokens: string[];
  windows: number;
  cut: boolean;
  side: TokenVectors;
}

type TextTokens = Omit<Prepared, "side">;

/**
 * BERTScore (arXiv:1904.09675) with any {@link TokenEncoder}; equal to `bert_score` run with `batch_size=1`: in larger
 * batches the reference lets padding into its maximum, which makes a negative best cosine 0. In [−1, 1] before rescaling,
 * higher is better. Every distinct text is embedded once, in batches of like length.
 */
export class BertScorer {
  readonly #encoder: TokenEncoder;
  readonly #options: Required<Omit<BertScoreOptions, "baseline">> & { baseline?: Baseline };
  readonly #marks: ReadonlySet<number>;

  constructor(encoder: TokenEncoder, { idf = false, baseline, longTexts = "window" }: BertScoreOptions = {}) {
    this.#encoder = encoder;
    this.#options = { idf, baseline, longTexts };
    this.#marks = new Set([...encoder.marks.before, ...encoder.marks.after]);
  }

  get hash(): string {
    const { idf, baseline, longTexts } = this.#options;
    const rescaled = baseline === undefined ? "" : `-${baseline.name === "custom" ? "custom-" : ""}rescaled`;
    return `${this.#encoder.id}_${idf ? "idf" : "no-idf"}_version=0.3.12(loam)${rescaled}${longTexts === "cut" ? "_cut" : `_windows-of-${this.#encoder.maxTokens}`}`;
  }

  /**
   * Scores hypotheses, each against its reference or references: then P, R and F are each the largest, by themselves.
   *
   * @throws {ArgumentError} unless every hypothesis has at least one reference.
   */
  async score(
    hypotheses: readonly string[],
    references: readonly (string | readonly string[])[],
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: OnProgress } = {},
  ): Promise<BertScoreResult> {
    if (hypotheses.length !== references.length) {
      throw new ArgumentError(
        "references",
        `${references.length} entries`,
        `${hypotheses.length}, one per hypothesis`,
        `entry ${Math.min(hypotheses.length, references.length) + 1} has no partner`,
      );
    }
    const groups = references.map((reference) => (typeof reference === "string" ? [reference] : reference));
    const without = groups.findIndex((group) => group.length === 0);
    if (without >= 0) throw new ArgumentError(`references[${without}]`, [], "at least one reference");
    const tokens = new Map<string, TextTokens>();
    const tokensOf = (text: string): TextTokens => {
      let found = tokens.get(text);
      if (!found) tokens.set(text, (found = this.#tokenize(text)));
      return found;
    };
    const idf = this.#options.idf
      ? idfWeights(groups.flatMap((group) => group.map((reference) => tokensOf(reference).ids)))
      : undefined;
    const meter = new ProgressMeter(onProgress, { task: "bertscore", unit: "pair", total: hypotheses.length });
    const rows: BertScoreRow[] = [];
    for (let start = 0; start < hypotheses.length; ) {
      throwIfCancelled(signal, "BERTScore");
      const texts = new Set<string>();
      let bytes = 0;
      let end = start;
      for (; end < hypotheses.length && (end === start || bytes < CHUNK_BYTES); end++) {
        for (const text of [hypotheses[end]!, ...groups[end]!]) {
          if (texts.has(text)) continue;
          texts.add(text);
          bytes += tokensOf(text).ids.length * this.#encoder.dimensions * 4;
        }
      }
      const prepared = await this.#prepare([...texts], tokensOf, idf, signal);
      for (let row = start; row < end; row++) {
        rows.push(
          this.#scoreRow(
            prepared.get(hypotheses[row]!)!,
            groups[row]!.map((text) => prepared.get(text)!),
          ),
        );
      }
      meter.advance(end - start);
      start = end;
    }
    const longRows = rows.flatMap((row, i) => (row.windows > 1 || row.cut ? [i] : []));
    return { rows, hash: this.hash, longRows };
  }

  /** Which token was matched with which, for one pair; with `idf`, the weights come from the references given. */
  async align(
    hypothesis: string,
    reference: string,
    { idfReferences = [reference], signal }: { idfReferences?: readonly string[]; signal?: AbortSignal } = {},
  ): Promise<BertScoreAlignment> {
    const idf = this.#options.idf ? idfWeights(idfReferences.map((text) => this.#tokenize(text).ids)) : undefined;
    const prepared = await this.#prepare([hypothesis, reference], (text) => this.#tokenize(text), idf, signal);
    const [left, right] = [prepared.get(hypothesis)!, prepared.get(reference)!];
    const matching = greedyMatching(left.side, right.side, this.#encoder.dimensions);
    return {
      ...matching,
      score: this.#rescaled(matching.score),
      hypothesisTokens: left.tokens,
      referenceTokens: right.tokens,
      cosines: cosineTable(left.side.vectors, right.side.vectors, this.#encoder.dimensions),
    };
  }

  #scoreRow(hypothesis: Prepared, references: readonly Prepared[]): BertScoreRow {
    const scores = references.map(
      (reference) => greedyMatching(hypothesis.side, reference.side, this.#encoder.dimensions).score,
    );
    const largest = (pick: (score: PrfScore) => number): number =>
      scores.map(pick).reduce((a, b) => (Number.isNaN(a) || b > a ? b : a));
    const best = { precision: largest((s) => s.precision), recall: largest((s) => s.recall), f: largest((s) => s.f) };
    const sides = [hypothesis, ...references];
    return {
      ...this.#rescaled(best),
      windows: Math.max(...sides.map((side) => side.windows)),
      cut: sides.some((side) => side.cut),
    };
  }

  #rescaled(score: PrfScore): PrfScore {
    const { baseline } = this.#options;
    return baseline === undefined ? score : rescale(score, baseline, this.#encoder.layer);
  }

  #tokenize(text: string): TextTokens {
    const { ids, tokens } = this.#encoder.tokenize(trim(text));
    const fits = ids.length <= this.#encoder.maxTokens;
    if (fits) return { ids, tokens, windows: 1, cut: false };
    if (this.#options.longTexts === "window") {
      return { ids, tokens, windows: splitIntoWindows(ids, this.#encoder).length, cut: false };
    }
    const { maxTokens, marks } = this.#encoder;
    const kept = [
      ...tokens.slice(0, maxTokens - marks.after.length),
      ...tokens.slice(tokens.length - marks.after.length),
    ];
    return { ids: cutToFit(ids, this.#encoder), tokens: kept, windows: 1, cut: true };
  }

  /** Embeds each text once: all windows of all texts go through the encoder together. */
  async #prepare(
    texts: readonly string[],
    tokensOf: (text: string) => TextTokens,
    idf: IdfWeights | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Map<string, Prepared>> {
    const { dimensions, marks } = this.#encoder;
    const windows = texts.map((text) => splitIntoWindows(tokensOf(text).ids, this.#encoder));
    const encoded = await this.#encoder.encode(
      windows.flat().map((window) => window.ids),
      { signal },
    );
    let next = 0;
    const prepared = new Map<string, Prepared>();
    for (const [i, text] of texts.entries()) {
      const tokens = tokensOf(text);
      const parts = windows[i]!.map(({ keepFrom, keepTo }) =>
        encoded[next++]!.subarray(keepFrom * dimensions, keepTo * dimensions),
      );
      const weights = Float64Array.from(tokens.ids, (id) =>
        idf ? (idf.byId.get(id) ?? idf.default) : this.#marks.has(id) ? 0 : 1,
      );
      const empty = tokens.ids.length === marks.before.length + marks.after.length;
      prepared.set(text, { ...tokens, side: { vectors: joined(parts), weights, empty } });
    }
    return prepared;
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
