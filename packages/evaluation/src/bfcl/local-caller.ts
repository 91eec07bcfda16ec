import { callMany, type TextGenerator } from "@loam/models";
import type { FunctionCaller } from "./run-benchmark.ts";

/** A model of this machine, asked several questions at once. */
export const localCaller = (
  generator: TextGenerator,
  { batchSize = 8, maxNewTokens = 110 }: { batchSize?: number; maxNewTokens?: number } = {},
): FunctionCaller => ({
  name: generator.model.name,
  batchSize,
  async call(rows, { decoding, signal }) {
    // How much a model wants to call is known with its first token.
    const tokens = decoding === "constrained" && rows.every((row) => row.decisionOnly) ? 1 : maxNewTokens;
    return await callMany(generator, rows, { decoding, maxNewTokens: tokens, signal });
  },
});
