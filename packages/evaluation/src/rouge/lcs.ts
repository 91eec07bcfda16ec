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

/**
 * Marks in `marked` the positions of `reference` that lie on one longest common subsequence with `hypothesis`.
 * Of several, the one found walking back from the end: equal tokens go diagonally, otherwise left only where that
 * side is strictly larger, as in `rouge_score` (the union in ROUGE-Lsum depends on this choice).
 */
export function markLcs(reference: Int32Array, hypothesis: Int32Array, marked: Uint8Array): void {
  const m = reference.length;
  const n = hypothesis.length;
  const width = n + 1;
  const table = Math.min(m, n) < 65_536 ? new Uint16Array((m + 1) * width) : new Uint32Array((m + 1) * width);
  for (let i = 1; i <= m; i++) {
    const token = reference[i - 1]!;
    const above = (i - 1) * width;
    const here = i * width;
    for (let j = 1; j <= n; j++) {
      table[here + j] =
        token === hypothesis[j - 1] ? table[above + j - 1]! + 1 : Math.max(table[above + j]!, table[here + j - 1]!);
    }
  }
  let i = m;
  let j = n;
  while (i > 0 && j > 0) {
    if (reference[i - 1] === hypothesis[j - 1]) {
      marked[--i] = 1;
      j--;
    } else if (table[i * width + j - 1]! > table[(i - 1) * width + j]!) j--;
    else i--;
  }
}
