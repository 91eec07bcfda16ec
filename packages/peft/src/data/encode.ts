import { ArgumentError } from "@loam/core";
import type { Segment } from "./prompt-template.ts";

/** The label of a position that the loss leaves out, as in PyTorch and transformers. */
export const ignoreIndex = -100;

/** One row as token ids; `labels[i]` is the id itself where it is supervised, else {@link ignoreIndex}. */
export interface EncodedExample {
  ids: Int32Array;
  labels: Int32Array;
  /** Tokens cut off because the row was longer than allowed. */
  truncated: number;
  /**
   * First tokens that are those of the first example of its row too, where they stand once and are seen by all. The same for
   * every example of a row; left out, 0.
   */
  shared?: number;
  /** Of judged answers: whether answers should be like this one. */
  isDesirable?: boolean;
}

export interface EncodeOptions {
  /** Ids that open every row (`bos`), if the model wants one. */
  prefixIds?: readonly number[];
  /** Ends a supervised last segment, so that the model learns to stop. */
  eosId?: number;
  maxTokens: number;
}

/**
 * Encodes segments one by one and joins their ids, so that the border between prompt and answer is a border between tokens,
 * as it is when the model generates. Too long rows are cut at the end.
 *
 * @throws {ArgumentError} unless maxTokens is an integer from 2.
 */
export function encodeSegments(
  segments: readonly Segment[],
  encode: (text: string) => ArrayLike<number>,
  { prefixIds = [], eosId, maxTokens }: EncodeOptions,
): EncodedExample {
  if (!Number.isInteger(maxTokens) || maxTokens < 2)
    throw new ArgumentError("maxTokens", maxTokens, "an integer from 2");
  const ids: number[] = [...prefixIds];
  const labels: number[] = prefixIds.map(() => ignoreIndex);
  for (const [i, { text, supervised }] of segments.entries()) {
    const piece = Array.from(encode(text));
    if (eosId !== undefined && supervised && i === segments.length - 1 && piece.at(-1) !== eosId) piece.push(eosId);
    for (const id of piece) {
      ids.push(id);
      labels.push(supervised ? id : ignoreIndex);
    }
  }
  const truncated = Math.max(0, ids.length - maxTokens);
  return {
    ids: Int32Array.from(ids.slice(0, maxTokens)),
    labels: Int32Array.from(labels.slice(0, maxTokens)),
    truncated,
  };
}
