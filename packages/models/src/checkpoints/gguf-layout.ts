import type { DecoderConfig } from "../architectures/architecture.ts";
import { toGgufName } from "./gguf-names.ts";

/** What of a model decides how its tensors lie in a GGUF file. */
export interface GgufLayoutOptions {
  /** `general.architecture`. */
  architecture: string;
  config: Pick<DecoderConfig, "heads" | "keyValueHeads">;
  /** How the checkpoint at hand has rotated pairs: those read from GGUF are "adjacent" already. */
  ropePairing: "halves" | "adjacent";
}

/**
 * The heads whose rows llama.cpp wants in another order, undefined for tensors that stay: it turns neighbouring pairs in
 * Llama models, Hugging Face turns the two halves of a head. Biases follow their weights.
 */
export function permutedHeads(
  name: string,
  { architecture, config, ropePairing }: GgufLayoutOptions,
): number | undefined {
  if (architecture !== "llama" || ropePairing === "adjacent") return undefined;
  const part = /^blk\.\d+\.attn_([qk])\./.exec(toGgufName(name, architecture) ?? "")?.[1];
  return part === "q" ? config.heads : part === "k" ? config.keyValueHeads : undefined;
}

/** Rows of each head from halves to neighbouring pairs: row 2j + half comes from half·D/2 + j. values [rows, columns]. */
export function permuteRows(values: Float32Array, rows: number, heads: number): Float32Array {
  const columns = values.length / rows;
  const headDim = rows / heads;
  const result = new Float32Array(values.length);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < headDim; row++) {
      const from = head * headDim + (row % 2) * (headDim / 2) + (row >> 1);
      result.set(values.subarray(from * columns, (from + 1) * columns), (head * headDim + row) * columns);
    }
  }
  return result;
}

/** The other way round: rows of neighbouring pairs as the halves of each head. */
export function unpermuteRows(values: Float32Array, rows: number, heads: number): Float32Array {
  const columns = values.length / rows;
  const headDim = rows / heads;
  const result = new Float32Array(values.length);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < headDim; row++) {
      const to = head * headDim + (row % 2) * (headDim / 2) + (row >> 1);
      const from = head * headDim + row;
      result.set(values.subarray(from * columns, (from + 1) * columns), to * columns);
    }
  }
  return result;
}

/** [rows, columns] → [columns, rows]. */
export function transposed(values: Float32Array, [rows, columns]: readonly [number, number]): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column]!;
  return result;
}
