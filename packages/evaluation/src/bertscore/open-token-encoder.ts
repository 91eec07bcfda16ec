import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, InputError, throwIfCancelled } from "@loam/core";
import { compile, floats, normalize, type SessionOptions, type Tensor, value } from "@loam/graph";
import { type EncoderModel, Modules, type OpenCheckpointOptions, openModel } from "@loam/models";
import type { TokenEncoder } from "./token-encoder.ts";

/** Positions in one run, padding included: few, so that what lies between two layers stays in the processor's cache. */
const POSITIONS_PER_RUN = 1024;

/** The layers with the best correlation to human ratings, from `bert_score`'s `model2layers`. */
export const bertScoreLayers: Readonly<Record<string, number>> = {
  "bert-base-uncased": 9,
  "bert-large-uncased": 18,
  "bert-base-cased-finetuned-mrpc": 9,
  "bert-base-multilingual-cased": 9,
  "bert-base-chinese": 8,
  "roberta-base": 10,
  "roberta-large": 17,
  "roberta-large-mnli": 19,
  "xlm-roberta-base": 9,
  "xlm-roberta-large": 17,
  "camembert-base": 9,
};

/** The model `bert_score` takes for a language. */
export function bertScoreModelFor(language: string): string {
  const models: Record<string, string> = { en: "roberta-large", zh: "bert-base-chinese" };
  return models[language.toLowerCase().split(/[-_]/)[0]!] ?? "bert-base-multilingual-cased";
}

export interface TokenEncoderOptions
  extends OpenCheckpointOptions,
    Pick<SessionOptions, "device" | "threads" | "memory"> {
  /** 0 is the embeddings; left out, `bert_score`'s choice for models it knows, else the last layer. */
  layer?: number;
}

/**
 * Opens an encoder (BERT, RoBERTa and their kin: a folder or hub id) for BERTScore. Only the layers up to the one asked
 * for are run.
 *
 * @throws {InputError} `not_an_encoder`, `no_tokenizer`.
 * @throws {ArgumentError} for a layer that the model has not.
 */
export async function openTokenEncoder(name: string, options: TokenEncoderOptions = {}): Promise<TokenEncoder> {
  const { layer: asked, device, threads, memory, ...checkpointOptions } = options;
  const model = await openModel(name, checkpointOptions);
  if (model.kind !== "encoder") {
    throw new InputError("not_an_encoder", `${name} is a decoder (${model.checkpoint.config.model_type}).`, {
      hint: "take an encoder such as roberta-large or bert-base-chinese",
    });
  }
  const { tokenizer } = model;
  if (!tokenizer) {
    throw new InputError("no_tokenizer", `${name} has no tokenizer.`, {
      hint: "add its tokenizer.json or vocab.txt to the folder",
    });
  }
  const known = bertScoreLayers[name.split("/").at(-1)!];
  const layer = asked ?? known ?? model.config.layers;
  if (!Number.isInteger(layer) || layer < 0 || layer > model.config.layers) {
    throw new ArgumentError("layer", layer, `an integer from 0 (embeddings) to ${model.config.layers}`);
  }
  const modules = new Modules(model.parameters);
  const matrix = { dtype: "int64", shape: ["batch", "sequence"] } as const;
  const program = await compile(
    ({ ids, mask, typeIds }: { ids: Tensor; mask: Tensor; typeIds: Tensor }) => ({
      vectors: normalize(model.architecture.forward(modules, model.config, { ids, mask, typeIds })[layer]!),
    }),
    {
      device,
      threads,
      memory,
      name: "token-encoder",
      inputs: { ids: matrix, mask: { dtype: "bool", shape: ["batch", "sequence"] }, typeIds: matrix },
    },
  );
  const dimensions = model.config.hiddenSize;

  async function run(rows: readonly (readonly number[])[], signal: AbortSignal | undefined): Promise<Float32Array> {
    const length = Math.max(...rows.map((row) => row.length));
    const ids = new BigInt64Array(rows.length * length).fill(BigInt(model.padTokenId));
    const mask = new Uint8Array(ids.length);
    for (const [b, row] of rows.entries()) {
      ids.set(BigInt64Array.from(row, BigInt), b * length);
      mask.fill(1, b * length, b * length + row.length);
    }
    const shape = [rows.length, length];
    const feeds = {
      ids: value(ids, shape),
      mask: value(mask, shape, "bool"),
      typeIds: value(new BigInt64Array(ids.length), shape),
    };
    return floats((await program(feeds, { signal })).vectors);
  }

  return {
    id: `${name}_L${layer}`,
    layer,
    dimensions,
    maxTokens: await readMaxTokens(model),
    marks: marksOf(tokenizer.encode("a").ids, tokenizer.encode("a", { addSpecialTokens: false }).ids),
    tokenize(text) {
      const { ids } = tokenizer.encode(text);
      return { ids, tokens: ids.map((id) => tokenizer.token(id) ?? `<${id}>`) };
    },
    encode: (rows, { signal } = {}) =>
      encodeByLength(rows, dimensions, POSITIONS_PER_RUN, (batch) => run(batch, signal), signal),
    close: () => program.close(),
  };
}

/** Runs rows in batches of like length and gives each its own vectors, without those of the padding. */
export async function encodeByLength(
  rows: readonly (readonly number[])[],
  dimensions: number,
  positionsPerRun: number,
  run: (batch: readonly (readonly number[])[]) => Promise<Float32Array>,
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const order = rows.map((_, i) => i).sort((a, b) => rows[a]!.length - rows[b]!.length);
  const vectors = new Array<Float32Array>(rows.length);
  for (let start = 0; start < order.length; ) {
    throwIfCancelled(signal, "Encoding");
    let end = start + 1;
    while (end < order.length && (end + 1 - start) * rows[order[end]!]!.length <= positionsPerRun) end++;
    const batch = order.slice(start, end).map((i) => rows[i]!);
    const length = batch.at(-1)!.length;
    const flat = length === 0 ? new Float32Array() : await run(batch);
    for (const [b, row] of batch.entries()) {
      const from = b * length * dimensions;
      vectors[order[start + b]!] = flat.slice(from, from + row.length * dimensions);
    }
    start = end;
  }
  return vectors;
}

/** The special tokens around a text, told by what encoding with and without them gives. */
function marksOf(whole: readonly number[], inner: readonly number[]): TokenEncoder["marks"] {
  const before = whole.findIndex((_, i) => inner.every((id, j) => whole[i + j] === id));
  return { before: whole.slice(0, before), after: whole.slice(before + inner.length) };
}

/** What the tokenizer's config says, and never more than there are positions: RoBERTa leaves out those up to its padding id. */
async function readMaxTokens(model: EncoderModel): Promise<number> {
  const path = join(model.checkpoint.path, "tokenizer_config.json");
  const { model_max_length: limit } = existsSync(path)
    ? (JSON.parse(await readFile(path, "utf8")) as { model_max_length?: unknown })
    : {};
  const isRoberta = /roberta|camembert/.test(String(model.checkpoint.config.model_type));
  const positions = model.config.maxPositions - (isRoberta ? model.config.padTokenId + 1 : 0);
  return typeof limit === "number" ? Math.min(limit, positions) : positions;
}
