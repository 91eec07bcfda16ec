import { InputError } from "@loam/core";
import { GgufFile, type GgufTensor, type GgufValue } from "@loam/formats";
import type { ConfigJson } from "../architectures/architecture.ts";
import { architectures } from "../architectures/table.ts";
import type { CheckpointTensor } from "./checkpoint.ts";
import { ggufConfig } from "./gguf-config.ts";
import { convertedFile } from "./gguf-convert.ts";
import { transposed } from "./gguf-layout.ts";
import { fromGgufName } from "./gguf-names.ts";
import type { OpenedCheckpoint } from "./open.ts";

/**
 * A GGUF file of an architecture Loam knows. Float tensors are mapped where they are; quantised ones are written once
 * as float32 to the cache folder and mapped from there.
 *
 * @throws {InputError} for a broken file or an architecture that is not known.
 */
export async function openGgufCheckpoint(path: string): Promise<OpenedCheckpoint> {
  const file = await GgufFile.open(path);
  try {
    const name = file.metadata.get("general.architecture");
    const architecture = architectures.find((a) => a.kind === "decoder" && a.ggufName === name);
    if (!architecture) {
      const known = architectures.flatMap((a) => (a.kind === "decoder" && a.ggufName ? [a.ggufName] : []));
      throw new InputError(
        "unknown_architecture",
        `${path} is a ${JSON.stringify(name)} model; Loam reads ${known.join(", ")} from GGUF.`,
      );
    }
    const config = ggufConfig(file);
    // Llama 3 stores by how much each frequency is divided instead of the rule behind it.
    if (file.tensors.has("rope_freqs.weight")) {
      config.rope_scaling = { rope_type: "factors", factors: [...(await file.readFloat32("rope_freqs.weight"))] };
    }
    const tensors = new Map<string, CheckpointTensor>();
    const packed = new Map<string, GgufTensor>();
    for (const tensor of file.tensors.values()) {
      const target = fromGgufName(tensor.name, config.model_type);
      if (!target) continue; // rope tables and the like are recomputed
      const dtype = ({ F32: "float32", F16: "float16", BF16: "bfloat16" } as const)[tensor.type as "F32"];
      const needsWork = !dtype || mustChange(target, config);
      if (needsWork) packed.set(target, tensor);
      else {
        tensors.set(target, {
          dtype,
          shape: tensor.shape,
          source: { file: path, offsetBytes: tensor.offset, lengthBytes: tensor.sizeBytes },
        });
      }
    }
    for (const [target, tensor] of await convertedFile(file, packed, (name, values, shape) =>
      adapt(name, values, shape, config),
    )) {
      tensors.set(target, tensor);
    }
    return { path, format: "gguf", config, tensors, ggufMetadata: file.metadata as Map<string, GgufValue> };
  } finally {
    await file.close();
  }
}

const isGemmaNorm = (name: string, config: ConfigJson) =>
  config.model_type === "gemma3_text" && /norm\.weight$/.test(name);
const isConv1d = (name: string, config: ConfigJson) =>
  config.model_type === "gpt2" && /\.(attn|mlp)\.c_\w+\.weight$/.test(name);

/** True where GGUF stores something else than Hugging Face does. */
const mustChange = (name: string, config: ConfigJson): boolean => isGemmaNorm(name, config) || isConv1d(name, config);

/** GGUF adds the 1 to Gemma's norms and keeps all matrices as [out, in]. */
function adapt(
  name: string,
  values: Float32Array,
  shape: readonly number[],
  config: ConfigJson,
): { values: Float32Array; shape: readonly number[] } {
  if (isGemmaNorm(name, config)) return { values: values.map((x) => x - 1), shape };
  if (!isConv1d(name, config)) return { values, shape };
  const [rows, columns] = shape as [number, number];
  return { values: transposed(values, [rows, columns]), shape: [columns, rows] };
}
