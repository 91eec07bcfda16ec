/** A text as an encoder sees it, before it has run. */
export interface EncoderTokens {
  /** Special tokens included. */
  ids: number[];
  /** How the tokens are spelt, one per id. */
  tokens: string[];
}

/**
 * Vectors of tokens, for metrics that compare texts token by token. Whoever scores is given one of these; which model
 * runs behind it, and where, is not their concern.
 */
export interface TokenEncoder {
  /** The model and its layer as in a BERTScore hash: `roberta-large_L17`, `local:use-lite_L2`. */
  readonly id: string;
  /** The layer whose output is taken; 0 is the embeddings. */
  readonly layer: number;
  /** Width of a vector. */
  readonly dimensions: number;
  /** Most tokens that one run of the model sees, special tokens included. */
  readonly maxTokens: number;
  /** Special tokens in front of a text and behind it. */
  readonly marks: { before: readonly number[]; after: readonly number[] };
  tokenize(text: string): EncoderTokens;
  /**
   * @param rows token ids, none longer than `maxTokens`.
   * @returns for each row [T, C], every vector scaled to unit length.
   */
  encode(rows: readonly (readonly number[])[], options?: { signal?: AbortSignal }): Promise<Float32Array[]>;
  close?(): Promise<void>;
}
