import { ArgumentError, throwIfCancelled } from "@loam/core";
import {
  dequantizeLowBit,
  fourBitWeight,
  groupedWeight,
  type LowBitTensors,
  linearLowBit,
  quantize4bit,
  quantizeGroups,
} from "@loam/graph";
import type { Architecture } from "../architectures/architecture.ts";
import type { Parameters } from "../modules/modules.ts";
import { type Checkpoint, readTensor, resolveTensorName } from "./checkpoint.ts";

export type LowBitFormat = "nf4" | "fp4" | "int4";

export interface LowBitOptions {
  /** "nf4" and "fp4" as QLoRA trains them; "int4" in groups of 32 with 8-bit activations, the fastest to decode. */
  format: LowBitFormat;
  /** Numbers that share a scale: 64 for nf4 and fp4, 32 for int4 unless said otherwise. */
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
const notLinear = /(embed_tokens|wte|wpe|_embeddings|norm|LayerNorm|ln_\w+)\.(weight|bias)$|\.bias$/;

/**
 * A model's parameters with its linear layers packed into 4 bits; embeddings, norms and biases stay as they are. "nf4" and
 * "fp4" take any shape, odd columns too: their blocks run on from row to row, as bitsandbytes lays them out. "int4" groups lie
 * within a row: where the asked size does not divide the columns, the next smaller power of two that does is taken, down to 16.
 * What is left in float (columns that 16 does not divide; GPT-2's matrices, stored [in, out]) is told to `onKept`.
 *
 * @param parameters what the packed ones stand in for.
 */
export async function quantizeParameters(
  {
    checkpoint,
    architecture,
    parameters,
    config,
  }: { checkpoint: Checkpoint; architecture: Architecture; parameters: Parameters; config: unknown },
  {
    format,
    blockSize = format === "int4" ? 32 : 64,
    doubleQuantization = false,
    outputLayer = "quantize",
    onKept,
    signal,
  }: LowBitOptions,
): Promise<Parameters> {
  if (!["nf4", "fp4", "int4"].includes(format)) throw new ArgumentError("format", format, "nf4, fp4 or int4");
  const shapes = architecture.parameters(config as never);
  const linear = Object.keys(shapes).filter((name) => shapes[name]!.length === 2 && !notLinear.test(name));
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
    const groupSize = groupSizeFor(shape[1], blockSize);
    if (format === "int4" && groupSize === undefined) {
      kept.push({ name, shape, why: `groups of ${smallestGroup} do not divide its ${shape[1]} columns` });
      continue;
    }
    const values = await readTensor(checkpoint, resolveTensorName(checkpoint, architecture, name)!);
    packed.set(
      name,
      format === "int4"
        ? groupedWeight(`${name}.int4`, quantizeGroups(values, shape, { groupSize }))
        : fourBitWeight(
            `${name}.${format}`,
            quantize4bit(values, shape, { type: format, blockSize, doubleQuantization }),
          ),
    );
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
