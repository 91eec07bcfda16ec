import { ArgumentError, type Rng } from "@loam/core";

export interface SamplingOptions {
  /** 0 takes the most probable token; left out, 1 when another sampling option is given, else 0. */
  temperature?: number;
  /** Keeps the k most probable tokens. */
  topK?: number;
  /** Keeps the fewest tokens that together have at least this probability. */
  topP?: number;
  /** Keeps tokens with at least this share of the most probable token's probability. */
  minP?: number;
  /** Above 1 makes every token that has been seen, the prompt's too, less likely (arXiv:1909.05858). */
  repetitionPenalty?: number;
  /** Taken from a token's score for each time it has been written, from -2 to 2. */
  frequencyPenalty?: number;
  /** Taken once from the score of each token that has been written, from -2 to 2. */
  presencePenalty?: number;
  /** Added to the scores of tokens, by id. */
  logitBias?: Readonly<Record<number, number>>;
}

/** @throws {ArgumentError} naming the option that is out of its range. */
export function checkSampling(options: SamplingOptions): void {
  const { temperature, topK, topP, minP, repetitionPenalty, frequencyPenalty, presencePenalty } = options;
  const check = (name: string, value: number | undefined, holds: (x: number) => boolean, expected: string) => {
    if (value !== undefined && !(Number.isFinite(value) && holds(value)))
      throw new ArgumentError(name, value, expected);
  };
  check("temperature", temperature, (x) => x >= 0, "a number from 0 on");
  check("topK", topK, (x) => Number.isInteger(x) && x >= 1, "a positive integer");
  check("topP", topP, (x) => x > 0 && x <= 1, "a number above 0 and up to 1");
  check("minP", minP, (x) => x >= 0 && x <= 1, "a number from 0 to 1");
  check("repetitionPenalty", repetitionPenalty, (x) => x > 0, "a positive number, 1 for none");
  check("frequencyPenalty", frequencyPenalty, (x) => x >= -2 && x <= 2, "a number from -2 to 2");
  check("presencePenalty", presencePenalty, (x) => x >= -2 && x <= 2, "a number from -2 to 2");
}

/** True where the most probable token is taken without drawing. */
export function isGreedy({ temperature, topK, topP, minP }: SamplingOptions): boolean {
  return (
    temperature === 0 || (temperature === undefined && topK === undefined && topP === undefined && minP === undefined)
  );
}

/** Divides positive and multiplies negative scores of seen tokens by the penalty, in place. */
export function penalizeRepetition(scores: Float32Array, seen: Iterable<number>, penalty: number): void {
  if (penalty === 1) return;
  for (const id of new Set(seen)) scores[id] = scores[id]! < 0 ? scores[id]! * penalty : scores[id]! / penalty;
}

/** OpenAI's penalties, in place: for each id written so far, `frequency` as often as it came, and `presence` once. */
export function penalizeWritten(
  scores: Float32Array,
  written: Iterable<number>,
  { frequencyPenalty = 0, presencePenalty = 0 }: SamplingOptions,
): void {
  if (frequencyPenalty === 0 && presencePenalty === 0) return;
  const counts = new Map<number, number>();
  for (const id of written) counts.set(id, (counts.get(id) ?? 0) + 1);
  for (const [id, count] of counts) scores[id] = scores[id]! - count * frequencyPenalty - presencePenalty;
}

/** Adds a bias to the scores of the ids it names, in place. */
export function biasScores(scores: Float32Array, bias: Readonly<Record<number, number>> = {}): void {
  for (const [id, amount] of Object.entries(bias)) if (Number(id) < scores.length) scores[Number(id)]! += amount;
}

/**
 * Scores of the tokens that may be drawn, -∞ for the rest, in place: temperature, then top-k, top-p and min-p, in the
 * order and with the ties of transformers' `generate`.
 */
export function warpScores(scores: Float32Array, { temperature = 1, topK, topP, minP }: SamplingOptions): void {
  if (temperature !== 1) for (let i = 0; i < scores.length; i++) scores[i] = Math.fround(scores[i]! / temperature);
  if (topK !== undefined && topK < scores.length) {
    const threshold = kthLargest(scores, topK);
    for (let i = 0; i < scores.length; i++) if (scores[i]! < threshold) scores[i] = -Infinity;
  }
  if (topP !== undefined && topP < 1) {
    // The ascending tail whose mass stays within 1 - p goes; the most probable token never does.
    const probabilities = softmax(scores);
    const limit = 1 - topP;
    // Tokens below this share of the limit go in any case, all of them together: only the others need an order.
    const negligible = limit / scores.length;
    let mass = 0;
    const rest: number[] = [];
    for (const id of candidates(scores)) {
      if (probabilities[id]! >= negligible) rest.push(id);
      else {
        mass += probabilities[id]!;
        scores[id] = -Infinity;
      }
    }
    rest.sort((a, b) => scores[a]! - scores[b]!);
    for (const id of rest.slice(0, -1)) {
      mass += probabilities[id]!;
      if (mass > limit) break;
      scores[id] = -Infinity;
    }
  }
  if (minP !== undefined && minP > 0) {
    const limit = maximum(scores) + Math.log(minP);
    for (let i = 0; i < scores.length; i++) if (scores[i]! < limit) scores[i] = -Infinity;
  }
}

/** The id of the largest score, the first among equals. */
export function argmax(scores: Float32Array): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
}

/** Draws an id with the probabilities that the scores stand for. */
export function draw(scores: Float32Array, rng: Rng): number {
  const probabilities = softmax(scores);
  let rest = rng.uniform();
  let last = 0;
  for (let i = 0; i < probabilities.length; i++) {
    if (probabilities[i] === 0) continue;
    last = i;
    rest -= probabilities[i]!;
    if (rest < 0) return i;
  }
  return last;
}

/** The natural logarithm of a score's probability. */
export function logProbability(scores: Float32Array, id: number): number {
  const top = maximum(scores);
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - top);
  return scores[id]! - top - Math.log(sum);
}

/** Ids of the n largest scores, largest first. */
export function largest(scores: Float32Array, n: number): number[] {
  if (n < 1) return [];
  const threshold = n < scores.length ? kthLargest(scores, n) : -Infinity;
  return candidates(scores)
    .filter((id) => scores[id]! >= threshold)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, n);
}

/** The k-th largest score: the smallest of the k best, which are kept in order while the others pass by. */
function kthLargest(scores: Float32Array, k: number): number {
  if (k > 256) return scores.toSorted()[scores.length - k]!; // typed arrays sort by number
  const best = scores.slice(0, k).sort();
  for (let i = k; i < scores.length; i++) {
    const score = scores[i]!;
    if (score <= best[0]!) continue;
    let at = 0;
    while (at + 1 < k && best[at + 1]! < score) best[at] = best[++at]!;
    best[at] = score;
  }
  return best[0]!;
}

function candidates(scores: Float32Array): number[] {
  const ids: number[] = [];
  for (let i = 0; i < scores.length; i++) if (scores[i] !== -Infinity) ids.push(i);
  return ids;
}

function softmax(scores: Float32Array): Float64Array {
  const top = maximum(scores);
  const out = Float64Array.from(scores, (score) => Math.exp(score - top));
  const sum = out.reduce((a, b) => a + b, 0);
  return out.map((x) => x / sum);
}

function maximum(scores: Float32Array): number {
  let top = -Infinity;
  for (const score of scores) if (score > top) top = score;
  return top;
}
