import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError, throwIfCancelled } from "@loam/core";
import { add, compile, floats, normalize, range, type SessionOptions, type Tensor, value } from "@loam/graph";
import { readJson } from "../checkpoints/hugging-face.ts";
import type { OpenCheckpointOptions } from "../checkpoints/open.ts";
import { type Model, openModel } from "../model/model.ts";
import { Modules } from "../modules/modules.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { Embedder } from "./embedder.ts";
import { type PoolingMode, pool, readPoolingMode } from "./pooling.ts";

/** Positions in one run, padding included. */
const POSITIONS_PER_RUN = 4096;

export interface SentenceEmbedderOptions
  extends OpenCheckpointOptions,
    Pick<SessionOptions, "device" | "threads" | "memory" | "weights"> {
  /** Text in front of every input, or the name of one of the checkpoint's prompts (`query`, `document`). */
  prompt?: string;
}

/**
 * Opens a sentence-transformers folder or hub id, or any encoder, as an embedder. Without a pooling config the mean over
 * tokens is taken. Vectors have unit length, whether or not the checkpoint normalises them. Texts longer than the model
 * reads are cut, as sentence-transformers does.
 *
 * @throws {InputError} `no_tokenizer`.
 */
export async function openSentenceEmbedder(
  name: string,
  options: SentenceEmbedderOptions = {},
): Promise<Embedder & { dimensions: number; close(): Promise<void> }> {
  const { prompt, device, threads, memory, weights, ...checkpointOptions } = options;
  const model = await openModel(name, checkpointOptions);
  const { tokenizer } = model;
  if (!tokenizer)
    throw new InputError("no_tokenizer", `${name} has no tokenizer.`, {
      hint: "add its tokenizer.json or vocab.txt to the folder",
    });
  const settings = await readSentenceSettings(model);
  const prefix = prompt === undefined ? "" : (settings.prompts[prompt] ?? prompt);
  const modules = new Modules(model.parameters);
  const matrix = { dtype: "int64", shape: ["batch", "sequence"] } as const;
  const program = await compile(
    ({ ids, mask, typeIds }: { ids: Tensor; mask: Tensor; typeIds: Tensor }) => {
      const hidden = lastHidden(model, modules, { ids, mask, typeIds });
      return { vectors: normalize(pool(hidden, mask, settings.pooling)) };
    },
    {
      device,
      threads,
      memory,
      weights,
      name: "sentence-embedder",
      inputs: { ids: matrix, mask: { dtype: "bool", shape: ["batch", "sequence"] }, typeIds: matrix },
    },
  );
  const dimensions = model.config.hiddenSize;

  async function embed(texts: readonly string[], { signal }: { signal?: AbortSignal } = {}): Promise<Float32Array[]> {
    const rows = texts.map((text, index) => ({ index, ids: encode(tokenizer!, prefix + text, settings) }));
    rows.sort((a, b) => a.ids.length - b.ids.length);
    const vectors = new Array<Float32Array>(texts.length);
    for (let start = 0; start < rows.length; ) {
      throwIfCancelled(signal, "Embedding");
      let end = start + 1;
      while (end < rows.length && (end + 1 - start) * rows[end]!.ids.length <= POSITIONS_PER_RUN) end++;
      const batch = rows.slice(start, end);
      const length = Math.max(batch.at(-1)!.ids.length, 1);
      const ids = new BigInt64Array(batch.length * length).fill(BigInt(model.padTokenId));
      const mask = new Uint8Array(batch.length * length);
      for (const [b, row] of batch.entries()) {
        ids.set(BigInt64Array.from(row.ids, BigInt), b * length);
        mask.fill(1, b * length, b * length + row.ids.length);
      }
      const shape = [batch.length, length];
      const output = await program(
        {
          ids: value(ids, shape),
          mask: value(mask, shape, "bool"),
          typeIds: value(new BigInt64Array(ids.length), shape),
        },
        { signal },
      );
      const flat = floats(output.vectors);
      for (const [b, { index }] of batch.entries()) vectors[index] = flat.slice(b * dimensions, (b + 1) * dimensions);
      start = end;
    }
    return vectors;
  }

  return {
    id: `local:${name}${prefix && `#${prompt}`}`,
    dimensions,
    embed,
    countTokens: (text) => tokenizer.count(text),
    close: () => program.close(),
  };
}

function lastHidden(
  model: Model,
  modules: Modules,
  { ids, mask, typeIds }: { ids: Tensor; mask: Tensor; typeIds: Tensor },
): Tensor {
  if (model.kind === "encoder")
    return model.architecture.forward(modules, model.config, { ids, mask, typeIds }).at(-1)!;
  // Texts are padded on the right, so positions are columns; `typeIds` holds zeros and lends its shape.
  const positions = add(typeIds, range({ length: ids.shape[1]! })); // [B, T]
  const embeddings = model.architecture.embed(modules, model.config, ids, positions);
  return model.architecture.forward(modules, model.config, { embeddings, positions, mask }).hiddenStates.at(-1)!;
}

interface SentenceSettings {
  pooling: PoolingMode;
  maxLength: number;
  lowercase: boolean;
  prompts: Record<string, string>;
}

async function readSentenceSettings(model: Model): Promise<SentenceSettings> {
  const folder = model.checkpoint.path;
  const read = async (name: string): Promise<Record<string, unknown>> =>
    existsSync(join(folder, name)) ? readJson(join(folder, name)) : {};
  const modules = existsSync(join(folder, "modules.json"))
    ? await readJson<{ path: string; type: string }[]>(join(folder, "modules.json"))
    : [];
  const kinds = modules.map(({ type }) => type.split(".").at(-1)!);
  const unknown = kinds.find((kind) => !["Transformer", "Pooling", "Normalize"].includes(kind));
  if (unknown)
    throw new InputError(
      "unknown_module",
      `${folder}: module ${unknown} is not known; Loam runs Transformer, Pooling and Normalize.`,
    );
  const poolingPath = modules[kinds.indexOf("Pooling")]?.path;
  const sentence = await read("sentence_bert_config.json");
  const { model_max_length } = await read("tokenizer_config.json");
  const { prompts } = await read("config_sentence_transformers.json");
  const limits = [sentence.max_seq_length, model_max_length, model.config.maxPositions].filter(
    (x) => typeof x === "number",
  );
  return {
    pooling: poolingPath === undefined ? "mean" : readPoolingMode(await read(join(poolingPath, "config.json"))),
    maxLength: Math.min(...limits),
    lowercase: sentence.do_lower_case === true,
    prompts: (prompts as Record<string, string> | undefined) ?? {},
  };
}

const encode = (tokenizer: Tokenizer, text: string, { maxLength, lowercase }: SentenceSettings): number[] =>
  tokenizer.encode(lowercase ? text.toLowerCase() : text, { maxLength }).ids;
