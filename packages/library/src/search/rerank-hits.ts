import type { Reranker } from "@loam/models";
import type { SearchHit } from "../library/types.ts";

/** Hits that are read again before the best are kept. */
export const rerankedDepth = 40;
/** Letters of a passage that are read: more than a cross-encoder takes tokens. */
const readLength = 4000;

/** Hits in the order in which a cross-encoder finds that they answer the query. Their scores are its own from then on. */
export async function rerankHits(
  query: string,
  hits: readonly SearchHit[],
  { reranker, signal }: { reranker: Reranker; signal?: AbortSignal },
): Promise<SearchHit[]> {
  const passages = hits.map(({ chunk }) => [...chunk.headings, chunk.text].join("\n").slice(0, readLength));
  const scores = await reranker.score(query, passages, { signal });
  return hits.map((hit, i) => ({ ...hit, score: scores[i]! })).sort((a, b) => b.score - a.score);
}
