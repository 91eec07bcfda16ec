/** Edits per reference character after dropping white space: 0 is perfect. Spaces are counted apart. */
export function characterErrorRate(hypothesis: string, reference: string): number {
  const [h, r] = [hypothesis, reference].map((text) => [...text.normalize("NFKC").replace(/\s+/g, "")]) as [
    string[],
    string[],
  ];
  let row = r.map((_, j) => j + 1);
  for (let i = 0; i < h.length; i++) {
    const next: number[] = [];
    for (let j = 0; j < r.length; j++) {
      const diagonal = j === 0 ? i : row[j - 1]!;
      const left = j === 0 ? i + 1 : next[j - 1]!;
      next.push(Math.min(row[j]! + 1, left + 1, diagonal + (h[i] === r[j] ? 0 : 1)));
    }
    row = next;
  }
  return (row.at(-1) ?? h.length) / Math.max(1, r.length);
}

/** The share of the reference's words that stand in the hypothesis as words of their own. */
export function wordRecall(hypothesis: string, reference: string): number {
  const found = new Set(hypothesis.split(/\s+/));
  const words = reference.split(/\s+/).filter((word) => word !== "");
  return words.filter((word) => found.has(word)).length / Math.max(1, words.length);
}
