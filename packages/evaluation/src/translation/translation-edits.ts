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

/**
 * Edit distance of word sequences within a beam around the diagonal, with the operations that lead to it. Only cells within the
 * beam are kept, so memory grows with one length, not with the product of both.
 */
class EditTable {
  readonly #words: readonly string[];
  readonly #reference: readonly string[];
  /** Cells kept of each row below the first, from {@link #first} on. */
  readonly #span: number;
  readonly #beam: number;
  readonly #ratio: number;
  readonly #cost: Int32Array;
  readonly #operation: Uint8Array;
  /** Two rows for sequences whose operations nobody asks for. */
  readonly #rows: [Int32Array, Int32Array];
  readonly distance: number;

  constructor(words: readonly string[], reference: readonly string[]) {
    this.#words = words;
    this.#reference = reference;
    this.#ratio = words.length > 0 ? reference.length / words.length : 1;
    this.#beam = beamWidth < this.#ratio / 2 ? Math.ceil(this.#ratio / 2 + beamWidth) : beamWidth;
    // The last row goes on to the end, which rounding may put one past the beam.
    this.#span = Math.min(reference.length + 1, 2 * this.#beam + 2);
    this.#cost = new Int32Array(words.length * this.#span);
    this.#operation = new Uint8Array(words.length * this.#span);
    this.#rows = [new Int32Array(this.#span), new Int32Array(this.#span)];
    for (let i = 1; i <= words.length; i++)
      this.#fillRow(words, i, this.#rowOf(i - 1), this.#rowOf(i)!, this.#operationsOf(i));
    this.distance = this.#last(this.#rowOf(words.length));
  }

  /**
   * Distance of another sequence of the same length. Rows before the first difference are taken from this table; past the last one,
   * a row that lies above this table's by one number throughout goes on doing so.
   */
  distanceOf(words: readonly string[]): number {
    let shared = 0;
    while (shared < words.length && words[shared] === this.#words[shared]) shared++;
    let lastDifferent = words.length;
    while (lastDifferent > shared && words[lastDifferent - 1] === this.#words[lastDifferent - 1]) lastDifferent--;
    let above = this.#rowOf(shared);
    for (let i = shared + 1; i <= words.length; i++) {
      const row = this.#rows[i % 2]!;
      this.#fillRow(words, i, above, row);
      above = row;
      const further = i >= lastDifferent ? this.#constantGap(i, row) : undefined;
      if (further !== undefined) return this.distance + further;
    }
    return this.#last(above);
  }

  /** How far a row's costs are above this table's, where that is one number throughout. */
  #constantGap(i: number, row: Int32Array): number | undefined {
    const own = this.#rowOf(i)!;
    const cells = this.#end(i) - this.#first(i);
    const gap = row[0]! - own[0]!;
    for (let at = 1; at < cells; at++) if (row[at]! - own[at]! !== gap) return undefined;
    return gap;
  }

  /** The column of a row's first cell; the row before the first word has all columns. */
  #first(i: number): number {
    return i === 0 ? 0 : Math.max(0, Math.floor(i * this.#ratio) - this.#beam);
  }

  /** The column after a row's last cell. */
  #end(i: number): number {
    const width = this.#reference.length + 1;
    return i === 0 || i === this.#words.length ? width : Math.min(width, Math.floor(i * this.#ratio) + this.#beam);
  }

  /** Undefined for the row before the first word: its costs are its columns. */
  #rowOf(i: number): Int32Array | undefined {
    return i === 0 ? undefined : this.#cost.subarray((i - 1) * this.#span, i * this.#span);
  }

  #operationsOf(i: number): Uint8Array {
    return this.#operation.subarray((i - 1) * this.#span, i * this.#span);
  }

  #last(row: Int32Array | undefined): number {
    const { length } = this.#reference;
    return row === undefined ? length : row[length - this.#first(this.#words.length)]!;
  }

  #fillRow(
    words: readonly string[],
    i: number,
    above: Int32Array | undefined,
    row: Int32Array,
    operation?: Uint8Array,
  ): void {
    const [first, end] = [this.#first(i), this.#end(i)];
    const [firstAbove, endAbove] = [this.#first(i - 1), this.#end(i - 1)];
    const costAbove = (j: number): number =>
      j < firstAbove || j >= endAbove ? unreachable : above === undefined ? j : above[j - firstAbove]!;
    const word = words[i - 1];
    for (let j = first; j < end; j++) {
      let best = unreachable;
      let how = remove;
      if (j > 0) {
        const equal = word === this.#reference[j - 1];
        const viaDiagonal = costAbove(j - 1) + (equal ? 0 : 1);
        if (viaDiagonal < best) [best, how] = [viaDiagonal, equal ? same : substitute];
      }
      const viaRemoval = costAbove(j) + 1;
      if (viaRemoval < best) [best, how] = [viaRemoval, remove];
      if (j > first && row[j - first - 1]! + 1 < best) [best, how] = [row[j - first - 1]! + 1, insert];
      row[j - first] = best;
      if (operation) operation[j - first] = how;
    }
  }

  #operationAt(i: number, j: number): number {
    if (i === 0) return insert;
    const at = j - this.#first(i);
    // Cells that no path reaches have no operation; they are never on one.
    return at < 0 || j >= this.#end(i) ? same : this.#operation[(i - 1) * this.#span + at]!;
  }

  /** For each reference word the hypothesis word it meets (or the one before it, −1 at the start), and what is wrong. */
  alignment(): { hypothesisAt: number[]; wrongInHypothesis: boolean[]; wrongInReference: boolean[] } {
    const hypothesisAt = new Array<number>(this.#reference.length);
    const wrongInHypothesis = new Array<boolean>(this.#words.length);
    const wrongInReference = new Array<boolean>(this.#reference.length);
    let i = this.#words.length;
    let j = this.#reference.length;
    while (i > 0 || j > 0) {
      const how = this.#operationAt(i, j);
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
      const how = this.#operationAt(i, j);
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
