/** Relevance grades by document id; a document that is not listed is not relevant. */
export type Judgements = Readonly<Record<string, number>>;

export type Gain = "linear" | "exponential";

/** A ranking without repeated documents: later copies are dropped. */
function unique(ranking: readonly string[]): string[] {
  return [...new Set(ranking)];
}

const isRelevant = (judged: Judgements, id: string): boolean => (Object.hasOwn(judged, id) ? judged[id]! : 0) >= 1;

function relevantCount(judged: Judgements): number {
  return Object.values(judged).filter((grade) => grade >= 1).length;
}

/** Σ gain / log₂(rank + 1) over the first k grades; the gain is the grade, or 2^grade − 1, of grades from 0. */
function dcg(grades: readonly number[], k: number, gain: Gain): number {
  return grades.slice(0, k).reduce((sum, grade, i) => {
    const positive = Math.max(grade, 0);
    return sum + (gain === "linear" ? positive : 2 ** positive - 1) / Math.log2(i + 2);
  }, 0);
}

/** Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002) in [0, 1]; 0 where nothing is relevant. */
export function ndcg(
  ranking: readonly string[],
  judged: Judgements,
  { k = Number.POSITIVE_INFINITY, gain = "linear" }: { k?: number; gain?: Gain } = {},
): number {
  const ideal = dcg(
    Object.values(judged).sort((a, b) => b - a),
    k,
    gain,
  );
  const grades = unique(ranking).map((id) => (Object.hasOwn(judged, id) ? judged[id]! : 0));
  return ideal > 0 ? dcg(grades, k, gain) / ideal : 0;
}

/** Share of the relevant documents found in the first k. */
export function recallAt(ranking: readonly string[], judged: Judgements, k: number): number {
  const total = relevantCount(judged);
  return total > 0 ? hits(ranking, judged, k) / total : 0;
}

/** Share of relevant documents in the first k; divides by k even when fewer were retrieved. */
export function precisionAt(ranking: readonly string[], judged: Judgements, k: number): number {
  return hits(ranking, judged, k) / k;
}

/** 1 when one of the first k is relevant, else 0. */
export function hitAt(ranking: readonly string[], judged: Judgements, k: number): 0 | 1 {
  return hits(ranking, judged, k) > 0 ? 1 : 0;
}

function hits(ranking: readonly string[], judged: Judgements, k: number): number {
  return unique(ranking)
    .slice(0, k)
    .filter((id) => isRelevant(judged, id)).length;
}

/** 1 / rank of the first relevant document, 0 without one (in the first k). Its mean over queries is MRR. */
export function reciprocalRank(ranking: readonly string[], judged: Judgements, k = Number.POSITIVE_INFINITY): number {
  const rank = unique(ranking)
    .slice(0, k)
    .findIndex((id) => isRelevant(judged, id));
  return rank < 0 ? 0 : 1 / (rank + 1);
}

/** Mean of precision at each relevant rank, over all relevant documents (at most k). Its mean over queries is MAP. */
export function averagePrecision(ranking: readonly string[], judged: Judgements, k = Number.POSITIVE_INFINITY): number {
  const total = Math.min(k, relevantCount(judged));
  if (total === 0) return 0;
  let found = 0;
  let sum = 0;
  for (const [i, id] of unique(ranking).slice(0, k).entries()) {
    if (isRelevant(judged, id)) sum += ++found / (i + 1);
  }
  return sum / total;
}
