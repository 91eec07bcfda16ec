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
  signal?: AbortSignal;
}

/** Weights that are looked up or scale, not multiplied with. */
const notLinear =
  /(embed_tokens|shared|relative_attention_bias|wte|wpe|_embeddings|norm|LayerNorm|ln_\w+)\.(weight|bias)$|\.bias$/;

/** Whether a matrix of a checkpoint is multiplied with, by its name. */
export const isLinearWeight = (name: string, shape: readonly number[]): boolean =>
  shape.length === 2 && name.endsWith(".weight") && !notLinear.test(name);

/** Numbers that share a scale, unless an option says otherwise. */
const usualBlock: Record<LowBitFormat, number | undefined> = { int8: undefined, nf4: 64, fp4: 64, int4: 32 };

/**
 * A matrix [O, I] in few bits, ready for graphs; undefined where its rows do not divide into blocks.
 *
 * @param name tells its tensors apart from those of other matrices
 */
export function packMatrix(
  name: string,
  values: Float32Array,
  shape: readonly [number, number],
  {
    format,
    blockSize = usualBlock[format] ?? shape[1],
    doubleQuantization = false,
  }: Pick<LowBitOptions, "format" | "blockSize" | "doubleQuantization">,
): LowBitTensors | undefined {
  if (shape[1] % blockSize !== 0) return undefined;
  if (format === "int8") return rowwiseWeight(`${name}.int8`, quantizeRowwise(values, shape[0]));
  if (format === "int4") return groupedWeight(`${name}.int4`, quantizeGroups(values, shape, { groupSize: blockSize }));
  const packed = quantize4bit(values, shape, { type: format, blockSize, doubleQuantization });
  return fourBitWeight(`${name}.${format}`, packed);
}

/** Bytes of a matrix in few bits, codes and scales; undefined where {@link packMatrix} leaves it as it is. */
export function packedSizeBytes(
  [rows, columns]: readonly [number, number],
  format: LowBitFormat,
  blockSize = usualBlock[format] ?? columns,
): number | undefined {
  if (columns % blockSize !== 0) return undefined;
  const numbers = rows * columns;
  return (format === "int8" ? numbers : numbers / 2) + (4 * numbers) / blockSize;
}

/**
 * A model's parameters with its linear layers packed into few bits; embeddings, norms and biases stay as they are. Matrices
 * whose rows do not divide into blocks, and GPT-2's (stored [in, out]), stay float.
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
  { format, blockSize, doubleQuantization = false, outputLayer = "quantize", signal }: LowBitOptions,
): Promise<Parameters> {
  if (!lowBitFormats.includes(format)) throw new ArgumentError("format", format, "int8, nf4, fp4 or int4");
  const shapes = architecture.parameters(config as never);
  const names = Object.keys(shapes).filter(
    (name) => isLinearWeight(name, shapes[name]!) && !/\.c_\w+\.weight$/.test(name),
  );
  if (outputLayer === "quantize" && architecture.kind === "decoder" && !names.includes("lm_head.weight")) {
    // The tied table stays float for look-ups; its packed twin multiplies.
    names.push(...["model.embed_tokens.weight", "transformer.wte.weight"].filter((name) => name in shapes));
  } else if (outputLayer === "keep")
    names.splice(0, names.length, ...names.filter((name) => name !== "lm_head.weight"));
  const packed = new Map<string, LowBitTensors>();
  for (const name of names) {
    throwIfCancelled(signal, "Quantising");
    const shape = shapes[name] as readonly [number, number];
    const divides = shape[1] % (blockSize ?? usualBlock[format] ?? shape[1]) === 0;
    if (!divides) continue;
    const values = await readTensor(checkpoint, resolveTensorName(checkpoint, architecture, name)!);
    const matrix = packMatrix(name, values, shape, { format, blockSize, doubleQuantization });
    if (matrix) packed.set(name, matrix);
  }
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
