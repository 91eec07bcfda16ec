import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, throwIfCancelled } from "@loam/core";
import { addDims, cast, save } from "@loam/graph";
import { type KeptFloat, quantizeParameters } from "../checkpoints/low-bit.ts";
import { writeModelTexts } from "../checkpoints/model-texts.ts";
import type { DecoderModel } from "../model/model.ts";
import { type ModuleHooks, Modules, type Parameters } from "../modules/modules.ts";
import type { ChatTemplate } from "../tokenizers/chat-template.ts";

/** Names of transformers.js for how weights are stored, and the files it looks for. */
const files = { fp32: "model", q4: "model_q4" } as const;

export type OnnxDtype = keyof typeof files;
export const onnxDtypes = Object.keys(files) as OnnxDtype[];

export interface ExportOnnxOptions {
  /** Written anew. */
  outDir: string;
  /** "fp32" computes in 32 bits, with weights as the checkpoint stores them; "q4" keeps linear layers in 4-bit groups of 32. */
  dtypes?: readonly OnnxDtype[];
  /** Other weights than the model's own, and what adapters put into its layers. */
  parameters?: Parameters;
  hooks?: ModuleHooks;
  /** In place of the model's own. */
  chatTemplate?: ChatTemplate;
  /** The weights are spread over files of at most this size, which a browser can hold. */
  chunkBytes?: number;
  signal?: AbortSignal;
}

/**
 * Writes a decoder as a folder that transformers.js loads for text generation (and ONNX Runtime, and Optimum): `onnx/model.onnx`
 * with its weights in `onnx/model.onnx_data`, config, tokenizer and generation settings. Inputs are `input_ids`,
 * `attention_mask`, `position_ids` and `past_key_values.N.key|value`, outputs `logits` [B, T, V] and `present.N.key|value`.
 *
 * @returns also which matrices "q4" had to leave in float.
 * @throws {ArgumentError} for an unknown dtype.
 */
export async function exportOnnx(
  model: DecoderModel,
  {
    outDir,
    dtypes = ["fp32"],
    parameters = model.parameters,
    hooks,
    chatTemplate,
    chunkBytes = 1.9e9,
    signal,
  }: ExportOnnxOptions,
): Promise<{ path: string; files: string[]; keptFloat: readonly KeptFloat[] }> {
  let keptFloat: readonly KeptFloat[] = [];
  for (const dtype of dtypes)
    if (!(dtype in files)) throw new ArgumentError("dtypes", dtype, `some of ${onnxDtypes.join(", ")}`);
  const part = `${outDir}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(join(part, "onnx"), { recursive: true });
  const chunks: Record<string, number> = {};
  for (const dtype of dtypes) {
    throwIfCancelled(signal, "Writing ONNX");
    const weights =
      dtype === "q4"
        ? await quantizeParameters(
            { ...model, parameters },
            {
              format: "int4",
              signal,
              onKept: (kept) => {
                keptFloat = kept;
              },
            },
          )
        : parameters;
    const name = `${files[dtype]}.onnx`;
    chunks[name] = writeGraph(model, new Modules(weights, hooks), join(part, "onnx", name), chunkBytes);
  }
  const { quantization_config: _, ...config } = model.checkpoint.config;
  const own = { use_external_data_format: chunks };
  await writeModelTexts(model, part, { config: { ...config, "transformers.js_config": own }, chatTemplate });
  await rm(outDir, { recursive: true, force: true });
  await rename(part, outDir);
  return { path: outDir, files: Object.keys(chunks).map((name) => join(outDir, "onnx", name)), keptFloat };
}

/** @returns the number of files that hold its weights. */
function writeGraph(
  { architecture, config }: DecoderModel,
  modules: Modules,
  path: string,
  chunkBytes: number,
): number {
  const ids = { dtype: "int64", shape: ["batch_size", "sequence_length"] } as const;
  const cache = {
    dtype: "float32",
    shape: ["batch_size", config.keyValueHeads, "past_sequence_length", config.headDim],
  } as const;
  return save(
    (x) => {
      const embeddings = architecture.embed(modules, config, x.input_ids, x.position_ids);
      const { hiddenStates, present } = architecture.forward(modules, config, {
        embeddings,
        positions: x.position_ids,
        mask: cast(x.attention_mask, "bool"),
        past: x.past_key_values,
      });
      return { logits: architecture.logits(modules, config, hiddenStates.at(-1)!), present };
    },
    {
      path,
      name: "decoder",
      inputs: {
        input_ids: ids,
        attention_mask: { dtype: "int64", shape: ["batch_size", addDims("past_sequence_length", "sequence_length")] },
        position_ids: ids,
        past_key_values: Array.from({ length: config.layers }, () => ({ key: cache, value: cache })),
      },
      dataPath: (chunk) => `${path}_data${chunk === 0 ? "" : `_${chunk}`}`,
      chunkBytes,
    },
  );
}
