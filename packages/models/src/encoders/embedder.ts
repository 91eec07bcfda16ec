/**
 * Turns texts into vectors. Whoever needs embeddings is given one of these; where it runs (on this machine,
 * behind an API) is not their concern.
 */
export interface Embedder {
  /** What made the vectors, for example `local:use-lite` or `openai:text-embedding-3-small`; vectors of different ids never mix. */
  readonly id: string;
  /** Width of every vector; undefined until a remote model has answered once. */
  readonly dimensions: number | undefined;
  /** @returns one vector of `dimensions` float32 per text, in order, scaled to unit length. */
  embed(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Float32Array[]>;
  /** Number of tokens the model sees in `text`; an estimate where the tokenizer is not to be had. */
  countTokens(text: string): number;
}
