/**
 * Length of the longest common subsequence of two id sequences, 32 columns of the dynamic programme per word
 * (Hyyrö 2004, "Bit-parallel LCS-length computation revisited"). Time |a|·|b|/32, memory |b| words.
 */
export function lcsLength(a: Int32Array, b: Int32Array): number {
  const [shorter, longer] = a.length <= b.length ? [a, b] : [b, a];
  if (shorter.length === 0) return 0;
  // One row of bits per distinct token of the shorter side: where it stands.
  const words = (shorter.length + 31) >>> 5;
  const row = new Map<number, number>();
  for (const id of shorter) if (!row.has(id)) row.set(id, row.size);
  const positions = new Uint32Array(row.size * words);
  for (let i = 0; i < shorter.length; i++) positions[row.get(shorter[i]!)! * words + (i >>> 5)]! |= 1 << (i & 31);
  // v starts as all ones; a zero bit marks a column where the LCS grew. v' = (v + (v & m)) | (v & ~m).
  const v = new Uint32Array(words).fill(0xffffffff);
  for (const id of longer) {
    const start = row.get(id);
    if (start === undefined) continue;
    let carry = 0;
    for (let w = 0; w < words; w++) {
      const bits = v[w]!;
      const match = bits & positions[start * words + w]!;
      const sum = bits + (match >>> 0) + carry;
      carry = sum > 0xffffffff ? 1 : 0;
      v[w] = sum | (bits & ~match);
    }
  }
  let zeros = 0;
  for (let w = 0; w < words; w++) {
    const used = w === words - 1 && shorter.length & 31 ? (1 << (shorter.length & 31)) - 1 : -1;
    zeros += popCount(~v[w]! & used);
  }
  return zeros;
}

function popCount(x: number): number {
  x -= (x >>> 1) & 0x55555555;
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Cells of the dynamic programme held at a time; 64 MB. */
const CELLS_AT_A_TIME = 2 ** 24;

/**
 * Marks in `marked` the positions of `reference` that lie on one longest common subsequence with `hypothesis`.
 * Of several, the one found walking back from the end: equal tokens go diagonally, otherwise left only where that
 * side is strictly larger, as in `rouge_score` (the union in ROUGE-Lsum depends on this choice).
 *
 * Of a table too large to hold, every √m-th row is kept and the rows between are filled again on the way back: the same
 * path in twice the time and memory n·√m.
 */
export function markLcs(
  reference: Int32Array,
  hypothesis: Int32Array,
  marked: Uint8Array,
  options: { cellsAtATime?: number } = {},
): void {
  walkLcs(reference, hypothesis, (i) => (marked[i] = 1), options);
}

/** Visits the pairs of positions on the path that {@link markLcs} marks, from the end to the start. */
export function walkLcs(
  reference: Int32Array,
  hypothesis: Int32Array,
  visit: (i: number, j: number) => void,
  { cellsAtATime = CELLS_AT_A_TIME }: { cellsAtATime?: number } = {},
): void {
  const m = reference.length;
  const width = hypothesis.length + 1;
  const whole = (m + 1) * width <= cellsAtATime;
  const block = whole ? Math.max(m, 1) : Math.ceil(Math.sqrt(m));
  const table = new Uint32Array((block + 1) * width);
  const firstRows: Uint32Array[] = [new Uint32Array(width)];
  for (let start = 0; start + block < m; start += block) {
    table.set(firstRows.at(-1)!, 0);
    fillRows(table, width, reference.subarray(start, start + block), hypothesis);
    firstRows.push(table.slice(block * width, (block + 1) * width));
  }
  let i = m;
  let j = hypothesis.length;
  for (let b = firstRows.length - 1; b >= 0 && j > 0; b--) {
    const start = b * block;
    table.set(firstRows[b]!, 0);
    fillRows(table, width, reference.subarray(start, i), hypothesis.subarray(0, j));
    while (i > start && j > 0) {
      const row = (i - start) * width;
      if (reference[i - 1] === hypothesis[j - 1]) {
        visit(--i, --j);
      } else if (table[row + j - 1]! > table[row - width + j]!) j--;
      else i--;
    }
  }
}

/** Rows 1… of the table from row 0: the length of the LCS of all reference tokens so far and each hypothesis prefix. */
function fillRows(table: Uint32Array, width: number, reference: Int32Array, hypothesis: Int32Array): void {
  for (let i = 1; i <= reference.length; i++) {
    const token = reference[i - 1]!;
    const above = (i - 1) * width;
    const here = i * width;
    for (let j = 1; j <= hypothesis.length; j++) {
      table[here + j] =
        token === hypothesis[j - 1] ? table[above + j - 1]! + 1 : Math.max(table[above + j]!, table[here + j - 1]!);
    }
  }
}
