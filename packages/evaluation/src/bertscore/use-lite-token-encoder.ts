import { openUseLiteTokens } from "@loam/models";
import { encodeByLength } from "./open-token-encoder.ts";
import type { TokenEncoder } from "./token-encoder.ts";

/** Positions in one run, padding included. */
const POSITIONS_PER_RUN = 2048;

/**
 * The encoder for BERTScore where no other model is at hand: the token states of the Universal Sentence Encoder Lite,
 * which is installed with Loam. English foremost; windows of 128 pieces. Its scores are its own: the hash says
 * `local:use-lite`, and they must not be set beside those of another model.
 */
export async function openUseLiteTokenEncoder({
  layer = 2,
  threads,
}: {
  layer?: number;
  threads?: number;
} = {}): Promise<TokenEncoder> {
  const model = await openUseLiteTokens({ layer, threads });
  return {
    id: `local:use-lite_L${layer}`,
    layer,
    dimensions: model.dimensions,
    maxTokens: model.maxTokens,
    marks: { before: [], after: [] },
    tokenize: (text) => model.tokenize(text),
    encode: (rows, { signal } = {}) =>
      encodeByLength(rows, model.dimensions, POSITIONS_PER_RUN, (batch) => model.run(batch, { signal }), signal),
    close: () => model.close(),
  };
}
