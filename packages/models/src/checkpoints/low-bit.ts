import { ArgumentError, throwIfCancelled } from "@loam/core";
import {
  dequantizeLowBit,
  fourBitWeight,
  groupedWeight,
  type LowBitTensors,
  linearLowBit,
  quantize4bit,
  quantizeGroups,
  quantizeRowwise,
  rowwiseWeight,
} from "@loam/graph";
import type { Architecture } from "../architectures/architecture.ts";
import type { Parameters } from "../modules/modules.ts";
import { type Checkpoint, readTensor, resolveTensorName } from "./checkpoint.ts";

export const lowBitFormats = ["int8", "nf4", "fp4", "int4"] as const;
export type LowBitFormat = (typeof lowBitFormats)[number];

export interface LowBitOptions {
  /** "nf4" and "fp4" as QLoRA trains them; "int4" in groups of 32 with 8-bit activations, the fastest to decode; "int8" by row. */
  format: LowBitFormat;
  /** Numbers that share a scale: 64 for nf4 and fp4, 32 for int4 unless said otherwise; a row for int8. */
  blockSize?: number;
  /** Quantises the scales too (nf4 and fp4). */
  doubleQuantization?: boolean;
  /** The output layer is quantised as well unless this is "keep". */
  outputLayer?: "quantize" | "keep";
  /** Told, once, which matrices are left in float because their shape has no such layout. */
  onKept?: (kept: readonly KeptFloat[]) => void;
  signal?: AbortSignal;
}

/** A matrix of a linear layer that is left as it is. */
export interface KeptFloat {
  name: string;
  shape: readonly [rows: number, columns: number];
  why: string;
}

/** The smallest group that ONNX Runtime multiplies with. */
const smallestGroup = 16;

/** The largest group up to the asked one that divides the columns, undefined where none does. */
function groupSizeFor(columns: number, asked: number): number | undefined {
  for (let size = asked; size >= smallestGroup; size /= 2) if (columns % size === 0) return size;
  return undefined;
}

/** Weights that are looked up or scale, not multiplied with. */
const notLinear =
  /(embed_tokens|shared|relative_attention_bias|wte|wpe|_embeddings|norm|LayerNorm|ln_\w+)\.(weight|bias)$|\.bias$/;

/** Whether a matrix of a checkpoint is multiplied with, by its name. */
export const isLinearWeight = (name: string, shape: readonly number[]): boolean =>
  shape.length === 2 && name.endsWith(".weight") && !notLinear.test(name);

/** Numbers that share a scale, unless an option says otherwise. */
const usualBlock = { nf4: 64, fp4: 64, int4: 32 };

/**
 * A matrix [O, I] in few bits, ready for graphs; undefined where no group of int4 divides its rows.
 *
 * @param name tells its tensors apart from those of other matrices
 */
export function packMatrix(
  name: string,
  values: Float32Array,
  shape: readonly [number, number],
  { format, blockSize, doubleQuantization = false }: Pick<LowBitOptions, "format" | "blockSize" | "doubleQuantization">,
): LowBitTensors | undefined {
  if (format === "int8") return rowwiseWeight(`${name}.int8`, quantizeRowwise(values, shape[0]));
  const block = blockSize ?? usualBlock[format];
  if (format === "int4") {
    const groupSize = groupSizeFor(shape[1], block);
    if (groupSize === undefined) return undefined;
    return groupedWeight(`${name}.int4`, quantizeGroups(values, shape, { groupSize }));
  }
  const packed = quantize4bit(values, shape, { type: format, blockSize: block, doubleQuantization });
  return fourBitWeight(`${name}.${format}`, packed);
}

/** Bytes of a matrix in few bits, codes and scales; undefined where {@link packMatrix} leaves it as it is. */
export function packedSizeBytes(
  [rows, columns]: readonly [number, number],
  format: LowBitFormat,
  blockSize?: number,
): number | undefined {
  const numbers = rows * columns;
  if (format === "int8") return numbers + 4 * rows;
  const block = blockSize ?? usualBlock[format];
  const group = format === "int4" ? groupSizeFor(columns, block) : block;
  return group && Math.ceil(numbers / 2) + 4 * Math.ceil(numbers / group);
}

/**
 * A model's parameters with its linear layers packed into few bits; embeddings, norms and biases stay as they are. "nf4" and
 * "fp4" take any shape, odd columns too: their blocks run on from row to row, as bitsandbytes lays them out. "int8" has a
 * scale for each row. "int4" groups lie within a row: where the asked size does not divide the columns, the next smaller power
 * of two that does is taken, down to 16. What is left in float (columns that 16 does not divide; GPT-2's matrices, stored
 * [in, out]) is told to `onKept`.
 *
 * @param parameters what the packed ones stand in for.
 * @throws {ArgumentError} for an unknown format.
 */
export async function quantizeParameters(
  {
    checkpoint,
    architecture,
    parameters,
    config,
  }: { checkpoint: Checkpoint; architecture: Architecture; parameters: Parameters; config: unknown },
  { format, blockSize, doubleQuantization = false, outputLayer = "quantize", onKept, signal }: LowBitOptions,
): Promise<Parameters> {
  if (!lowBitFormats.includes(format)) throw new ArgumentError("format", format, "int8, nf4, fp4 or int4");
  const shapes = architecture.parameters(config);
  const linear = Object.keys(shapes).filter((name) => isLinearWeight(name, shapes[name]!));
  const shapeOf = (name: string) => shapes[name] as readonly [number, number];
  const isTransposed = (name: string) => /\.c_\w+\.weight$/.test(name);
  const kept: KeptFloat[] = linear
    .filter(isTransposed)
    .map((name) => ({ name, shape: shapeOf(name), why: "it is stored [in, out]" }));
  const names = linear.filter((name) => !isTransposed(name));
  if (outputLayer === "quantize" && architecture.kind === "decoder" && !names.includes("lm_head.weight")) {
    // The tied table stays float for look-ups; its packed twin multiplies.
    names.push(...["model.embed_tokens.weight", "transformer.wte.weight"].filter((name) => name in shapes));
  } else if (outputLayer === "keep")
    names.splice(0, names.length, ...names.filter((name) => name !== "lm_head.weight"));
  const packed = new Map<string, LowBitTensors>();
  for (const name of names) {
    throwIfCancelled(signal, "Quantising");
    const shape = shapeOf(name);
    if (packedSizeBytes(shape, format, blockSize) === undefined) {
      kept.push({ name, shape, why: `groups of ${smallestGroup} do not divide its ${shape[1]} columns` });
      continue;
    }
    const values = await readTensor(checkpoint, resolveTensorName(checkpoint, architecture, name)!);
    packed.set(name, packMatrix(name, values, shape, { format, blockSize, doubleQuantization })!);
  }
  if (kept.length > 0) onKept?.(kept);
  return withPacked(parameters, packed);
}

/** Parameters whose packed matrices are multiplied with as they are, and unpacked where a float tensor is asked for. */
export function withPacked(parameters: Parameters, packed: ReadonlyMap<string, LowBitTensors>): Parameters {
  return {
    rearrange: true,
    has: (name) => packed.has(name) || parameters.has(name),
    get(name) {
      const matrix = packed.get(name);
      return matrix && !parameters.has(name) ? dequantizeLowBit(matrix) : parameters.get(name);
    },
    packedMatmul(name, x) {
      const matrix = packed.get(name);
      return matrix ? linearLowBit(x, matrix) : parameters.packedMatmul?.(name, x);
    },
  };
}
