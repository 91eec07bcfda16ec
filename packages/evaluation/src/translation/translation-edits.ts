/** Tercom's limits on shifts and on the beam of the edit distance. */
const maxShiftWords = 10;
const maxShiftDistance = 50;
const beamWidth = 25;
const maxShiftCandidates = 1000;

const unreachable = 0x3fffffff;
const same = 0;
const substitute = 1;
const insert = 2;
const remove = 3;

/**
 * Fewest edits that turn a hypothesis into a reference where moving a phrase is one edit (Snover et al. 2006): greedily the
 * shift that lowers the edit distance most, until none does, then the edit distance. The search follows Tercom, limits included.
 */
export function translationEdits(hypothesis: readonly string[], reference: readonly string[]): number {
  return editAlignment(hypothesis, reference).edits;
}

/** The edits behind {@link translationEdits}, and which words pair up in the end. */
export interface EditAlignment {
  edits: number;
  shifts: number;
  insertions: number;
  deletions: number;
  substitutions: number;
  /** Positions in the hypothesis as it was given, and in the reference. */
  pairs: { hypothesis: number; reference: number; same: boolean; shifted: boolean }[];
}

export function editAlignment(hypothesis: readonly string[], reference: readonly string[]): EditAlignment {
  const none = { shifts: 0, insertions: 0, substitutions: 0, pairs: [] };
  if (reference.length === 0) return { ...none, edits: hypothesis.length, deletions: hypothesis.length };
  let words = hypothesis;
  let from = hypothesis.map((_, i) => i);
  const shifted = new Set<number>();
  let shifts = 0;
  const budget = { candidates: 0 };
  for (;;) {
    const table = new EditTable(words, reference);
    const best = bestShift(words, reference, table, budget);
    if (best === undefined || budget.candidates >= maxShiftCandidates || best.gain <= 0) {
      const { pairs, ...counts } = table.operations();
      return {
        ...counts,
        shifts,
        edits: shifts + table.distance,
        pairs: pairs.map(([i, j, same]) => ({
          hypothesis: from[i]!,
          reference: j,
          same,
          shifted: shifted.has(from[i]!),
        })),
      };
    }
    shifts++;
    words = best.words;
    for (const position of from.slice(best.from, best.from + best.length)) shifted.add(position);
    from = move(from, best.from, best.length, best.to);
  }
}

interface Shift {
  gain: number;
  length: number;
  from: number;
  to: number;
  words: readonly string[];
}

/** The shift that lowers the distance most; then the longest, the earliest in the hypothesis, the earliest target. */
function bestShift(
  words: readonly string[],
  reference: readonly string[],
  table: EditTable,
  budget: { candidates: number },
): Shift | undefined {
  const { hypothesisAt, wrongInHypothesis, wrongInReference } = table.alignment();
  let best: Shift | undefined;
  for (const [from, at, length] of sharedPhrases(words, reference)) {
    // Both places must be wrong now, and the phrase must not already stand where it would go.
    if (!anyOf(wrongInHypothesis, from, length) || !anyOf(wrongInReference, at, length)) continue;
    const aligned = hypothesisAt[at]!;
    if (from <= aligned && aligned < from + length) continue;
    let previous = -1;
    for (let offset = -1; offset < length; offset++) {
      const position = at + offset;
      if (position >= reference.length) break;
      const to = position === -1 ? 0 : hypothesisAt[position]! + 1;
      if (to === previous) continue;
      previous = to;
      const shifted = move(words, from, length, to);
      const candidate = { gain: table.distance - table.distanceOf(shifted), length, from, to, words: shifted };
      budget.candidates++;
      if (best === undefined || isBetter(candidate, best)) best = candidate;
    }
    if (budget.candidates >= maxShiftCandidates) break;
  }
  return best;
}

function isBetter(a: Shift, b: Shift): boolean {
  if (a.gain !== b.gain) return a.gain > b.gain;
  if (a.length !== b.length) return a.length > b.length;
  if (a.from !== b.from) return a.from < b.from;
  return a.to < b.to;
}

/** Phrases of up to ten words that both sides have, as [start in hypothesis, start in reference, length]. */
function* sharedPhrases(words: readonly string[], reference: readonly string[]): Generator<[number, number, number]> {
  for (let from = 0; from < words.length; from++) {
    for (let at = Math.max(0, from - maxShiftDistance); at < reference.length && at <= from + maxShiftDistance; at++) {
      let length = 0;
      while (
        length < maxShiftWords &&
        from + length < words.length &&
        at + length < reference.length &&
        words[from + length] === reference[at + length]
      ) {
        yield [from, at, ++length];
      }
    }
  }
}

function anyOf(flags: readonly boolean[], start: number, length: number): boolean {
  for (let i = start; i < start + length; i++) if (flags[i]) return true;
  return false;
}

function move<T>(words: readonly T[], from: number, length: number, to: number): T[] {
  const phrase = words.slice(from, from + length);
  if (to < from) return [...words.slice(0, to), ...phrase, ...words.slice(to, from), ...words.slice(from + length)];
  if (to > from + length)
    return [...words.slice(0, from), ...words.slice(from + length, to), ...phrase, ...words.slice(to)];
  // A target inside the phrase counts from where the phrase was.
  return [...words.slice(0, from), ...words.slice(from + length, length + to), ...phrase, ...words.slice(length + to)];
}

/** Edit distance of word sequences within a beam around the diagonal, with the operations that lead to it. */
class EditTable {
  readonly #words: readonly string[];
  readonly #reference: readonly string[];
  readonly #width: number;
  readonly #cost: Int32Array;
  readonly #operation: Uint8Array;
  readonly distance: number;

  constructor(words: readonly string[], reference: readonly string[]) {
    this.#words = words;
    this.#reference = reference;
    this.#width = reference.length + 1;
    this.#cost = new Int32Array((words.length + 1) * this.#width);
    this.#operation = new Uint8Array(this.#cost.length);
    for (let j = 0; j < this.#width; j++) [this.#cost[j], this.#operation[j]] = [j, insert];
    this.distance = this.#fill(words, 0, this.#cost, this.#operation);
  }

  /** Distance of another sequence of the same length; rows before the first difference are taken from this table. */
  distanceOf(words: readonly string[]): number {
    let shared = 0;
    while (shared < words.length && words[shared] === this.#words[shared]) shared++;
    return this.#fill(words, shared, this.#cost.slice(), this.#operation.slice());
  }

  #fill(words: readonly string[], done: number, cost: Int32Array, operation: Uint8Array): number {
    const width = this.#width;
    const rows = words.length;
    const ratio = rows > 0 ? this.#reference.length / rows : 1;
    const beam = beamWidth < ratio / 2 ? Math.ceil(ratio / 2 + beamWidth) : beamWidth;
    for (let i = done + 1; i <= rows; i++) {
      const diagonal = Math.floor(i * ratio);
      const first = Math.max(0, diagonal - beam);
      const end = i === rows ? width : Math.min(width, diagonal + beam);
      const row = i * width;
      cost.fill(unreachable, row, row + width);
      for (let j = first; j < end; j++) {
        let best = unreachable;
        let how = remove;
        if (j > 0) {
          const equal = words[i - 1] === this.#reference[j - 1];
          const viaDiagonal = cost[row - width + j - 1]! + (equal ? 0 : 1);
          if (viaDiagonal < best) [best, how] = [viaDiagonal, equal ? same : substitute];
        }
        const viaRemoval = cost[row - width + j]! + 1;
        if (viaRemoval < best) [best, how] = [viaRemoval, remove];
        if (j > 0 && cost[row + j - 1]! + 1 < best) [best, how] = [cost[row + j - 1]! + 1, insert];
        cost[row + j] = best;
        operation[row + j] = how;
      }
    }
    return cost[rows * width + width - 1]!;
  }

  /** For each reference word the hypothesis word it meets (or the one before it, −1 at the start), and what is wrong. */
  alignment(): { hypothesisAt: number[]; wrongInHypothesis: boolean[]; wrongInReference: boolean[] } {
    const hypothesisAt = new Array<number>(this.#reference.length);
    const wrongInHypothesis = new Array<boolean>(this.#words.length);
    const wrongInReference = new Array<boolean>(this.#reference.length);
    let i = this.#words.length;
    let j = this.#reference.length;
    while (i > 0 || j > 0) {
      const how = this.#operation[i * this.#width + j]!;
      if (how === insert) {
        j--;
        hypothesisAt[j] = i - 1;
        wrongInReference[j] = true;
      } else if (how === remove) {
        i--;
        wrongInHypothesis[i] = true;
      } else {
        i--;
        j--;
        hypothesisAt[j] = i;
        wrongInHypothesis[i] = wrongInReference[j] = how === substitute;
      }
    }
    return { hypothesisAt, wrongInHypothesis, wrongInReference };
  }

  /** How often each operation stands on the path, and the pairs it goes through. */
  operations(): {
    insertions: number;
    deletions: number;
    substitutions: number;
    pairs: [word: number, reference: number, same: boolean][];
  } {
    const found = { insertions: 0, deletions: 0, substitutions: 0 };
    const pairs: [number, number, boolean][] = [];
    let i = this.#words.length;
    let j = this.#reference.length;
    while (i > 0 || j > 0) {
      const how = this.#operation[i * this.#width + j]!;
      if (how === insert) {
        j--;
        found.insertions++;
      } else if (how === remove) {
        i--;
        found.deletions++;
      } else {
        pairs.push([--i, --j, how === same]);
        if (how === substitute) found.substitutions++;
      }
    }
    return { ...found, pairs: pairs.reverse() };
  }
}
