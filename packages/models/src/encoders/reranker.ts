/** Reads a query and a passage together and says how well the one answers the other. */
export interface Reranker {
  /** What scores, for example `local:cross-encoder/ms-marco-MiniLM-L6-v2`. */
  readonly id: string;
  /** @returns a score per passage, in order; higher is better, comparable within one query. */
  score(query: string, passages: readonly string[], options?: { signal?: AbortSignal }): Promise<Float32Array>;
}
