import { ArgumentError } from "@loam/core";
import type { ChunkingStrategy } from "./types.ts";

/** @throws {ArgumentError} when the overlap is more than half of a chunk. */
export function checkChunking(chunking: ChunkingStrategy, name = "chunking_strategy"): ChunkingStrategy {
  if (chunking.type === "auto") return chunking;
  const { max_chunk_size_tokens: most, chunk_overlap_tokens: overlap } = chunking.static;
  if (overlap <= most / 2) return chunking;
  const expected = `at most half of max_chunk_size_tokens, ${Math.floor(most / 2)}`;
  throw new ArgumentError(`${name}.static.chunk_overlap_tokens`, overlap, expected);
}
