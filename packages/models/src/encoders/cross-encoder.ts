import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError, throwIfCancelled } from "@loam/core";
import { compile, floats, type SessionOptions, slice, squeeze, type Tensor, tanh, value } from "@loam/graph";
import type { EncoderArchitecture, EncoderConfig } from "../architectures/architecture.ts";
import { readJson } from "../checkpoints/hugging-face.ts";
import type { OpenCheckpointOptions } from "../checkpoints/open.ts";
import { openModel } from "../model/model.ts";
import { Modules } from "../modules/modules.ts";
import type { Reranker } from "./reranker.ts";

/** Positions in one run, padding included. */
const positionsPerRun = 4096;

type CrossEncoderOptions = OpenCheckpointOptions & Pick<SessionOptions, "device" | "threads" | "memory" | "weights">;

/**
 * Opens a cross-encoder: BERT, RoBERTa or XLM-RoBERTa with one score on top (`…ForSequenceClassification`, as
 * cross-encoder/ms-marco-MiniLM-L6-v2 and BAAI/bge-reranker-base), by folder or hub id.
 *
 * @throws {InputError} `no_tokenizer`, `no_score` for an encoder without that head.
 */
export async function openCrossEncoder(
  name: string,
  { device, threads, memory, weights, ...checkpointOptions }: CrossEncoderOptions = {},
): Promise<Reranker & { close(): Promise<void> }> {
  const model = await openModel(name, checkpointOptions);
  const { tokenizer } = model;
  if (!tokenizer)
    throw new InputError("no_tokenizer", `${name} has no tokenizer.`, {
      hint: "add its tokenizer.json or vocab.txt to the folder",
    });
  const modules = new Modules(model.parameters);
  if (model.kind !== "encoder" || !hasScore(modules))
    throw new InputError("no_score", `${name} scores no pairs of texts: it has no head with one label.`, {
      hint: "name a cross-encoder such as cross-encoder/ms-marco-MiniLM-L6-v2",
    });
  const { architecture, config, padTokenId } = model;
  // RoBERTa has one type for both texts, whatever its tokenizer says.
  const lastType = BigInt(((config as { typeCount?: number }).typeCount ?? 2) - 1);
  const maxLength = await longestPair(model.checkpoint.path, config.maxPositions);
  const matrix = { dtype: "int64", shape: ["batch", "sequence"] } as const;
  const program = await compile(
    ({ ids, mask, typeIds }: { ids: Tensor; mask: Tensor; typeIds: Tensor }) => {
      const hidden = architecture.forward(modules, config, { ids, mask, typeIds }).at(-1)!;
      return { scores: score(architecture, { modules, config, hidden }) };
    },
    {
      ...{ device, threads, memory, weights, name: "cross-encoder" },
      inputs: { ids: matrix, mask: { dtype: "bool", shape: ["batch", "sequence"] }, typeIds: matrix },
    },
  );

  return {
    id: `local:${name}`,
    close: () => program.close(),
    async score(query, passages, { signal } = {}) {
      const rows = passages.map((pair, index) => ({ index, ...tokenizer.encode(query, { pair, maxLength }) }));
      rows.sort((a, b) => a.ids.length - b.ids.length);
      const scores = new Float32Array(passages.length);
      for (let start = 0; start < rows.length; ) {
        throwIfCancelled(signal, "Reranking");
        let end = start + 1;
        while (end < rows.length && (end + 1 - start) * rows[end]!.ids.length <= positionsPerRun) end++;
        const batch = rows.slice(start, end);
        const shape = [batch.length, batch.at(-1)!.ids.length];
        const ids = new BigInt64Array(shape[0]! * shape[1]!).fill(BigInt(padTokenId));
        const typeIds = new BigInt64Array(ids.length);
        const mask = new Uint8Array(ids.length);
        for (const [b, row] of batch.entries()) {
          ids.set(BigInt64Array.from(row.ids, BigInt), b * shape[1]!);
          typeIds.set(
            BigInt64Array.from(row.typeIds, (type) => (BigInt(type) > lastType ? lastType : BigInt(type))),
            b * shape[1]!,
          );
          mask.fill(1, b * shape[1]!, b * shape[1]! + row.ids.length);
        }
        const inputs = { ids: value(ids, shape), mask: value(mask, shape, "bool"), typeIds: value(typeIds, shape) };
        const found = floats((await program(inputs, { signal })).scores);
        for (const [b, { index }] of batch.entries()) scores[index] = found[b]!;
        start = end;
      }
      return scores;
    },
  };
}

/** One label: `classifier` on the pooler (BERT), or a head of its own on the first position (RoBERTa). */
function hasScore(modules: Modules): boolean {
  const head = ["classifier.weight", "classifier.out_proj.weight"].find((name) => modules.has(name));
  return head !== undefined && modules.get(head).shape[0] === 1;
}

/** The logit of each pair, [B, 1]; no sigmoid, which changes no order. */
function score(
  architecture: EncoderArchitecture,
  { modules, config, hidden }: { modules: Modules; config: EncoderConfig; hidden: Tensor },
): Tensor {
  if (modules.has("classifier.out_proj.weight")) {
    const first = squeeze(slice(hidden, { axes: [1], starts: [0], ends: [1] }), 1); // [B, C]
    return modules.linear("classifier.out_proj", tanh(modules.linear("classifier.dense", first)));
  }
  const pooled = architecture.pooled(modules, config, hidden);
  if (!pooled)
    throw new InputError("no_score", "The cross-encoder has a classifier and no pooler below it.", {
      hint: "get the folder again: `bert.pooler.dense.weight` is missing",
    });
  return modules.linear("classifier", pooled);
}

/** Tokens of a pair: the tokenizer's limit within the model's positions. */
async function longestPair(folder: string, maxPositions: number): Promise<number> {
  const path = join(folder, "tokenizer_config.json");
  const { model_max_length: limit } = existsSync(path) ? await readJson<{ model_max_length?: number }>(path) : {};
  return Math.min(...[limit, maxPositions].filter((one) => typeof one === "number"));
}
