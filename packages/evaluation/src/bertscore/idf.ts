/** Weights of token ids; unseen ones have the `default`. */
export interface IdfWeights {
  default: number;
  byId: ReadonlyMap<number, number>;
}

/**
 * Inverse document frequencies over references, as `bert_score` computes them: ln((N + 1) / (df + 1)), an unseen token
 * ln(N + 1). The special tokens stand in every document and so weigh 0.
 */
export function idfWeights(references: Iterable<readonly number[]>): IdfWeights {
  const frequencies = new Map<number, number>();
  let documents = 0;
  for (const ids of references) {
    documents++;
    for (const id of new Set(ids)) frequencies.set(id, (frequencies.get(id) ?? 0) + 1);
  }
  const byId = new Map<number, number>();
  for (const [id, frequency] of frequencies) byId.set(id, Math.log((documents + 1) / (frequency + 1)));
  return { default: Math.log(documents + 1), byId };
}
