import {
  add,
  attention,
  cast,
  cumsum,
  equal,
  gelu,
  mul,
  not,
  range,
  relu,
  silu,
  slice,
  squeeze,
  type Tensor,
  tanh,
  unsqueeze,
  zerosLike,
} from "@loam/graph";
import type { Modules } from "../modules/modules.ts";
import type { ConfigJson, EncoderArchitecture, EncoderConfig, EncoderInputs } from "./architecture.ts";
import { mergeHeads, splitHeads } from "./cached-attention.ts";
import { optionalNumber, requiredNumber, requireOneOf } from "./config-fields.ts";

const activations = {
  gelu: (x: Tensor) => gelu(x, { approximate: "none" }),
  gelu_new: (x: Tensor) => gelu(x, { approximate: "tanh" }),
  gelu_pytorch_tanh: (x: Tensor) => gelu(x, { approximate: "tanh" }),
  relu,
  silu,
};

interface BertConfig extends EncoderConfig {
  feedForwardSize: number;
  normEps: number;
  activation: keyof typeof activations;
  typeCount: number;
  /** RoBERTa numbers real tokens from `padTokenId + 1`; BERT numbers columns from 0. */
  positions: "columns" | "after-padding";
  /** `bert`, `roberta`: the name of the encoder inside models with heads. */
  prefix: string;
}

function readConfig(json: ConfigJson, positions: BertConfig["positions"], prefix: string): BertConfig {
  requireOneOf(json, "position_embedding_type", ["absolute"], "absolute");
  return {
    vocabSize: requiredNumber(json, "vocab_size"),
    hiddenSize: requiredNumber(json, "hidden_size"),
    layers: requiredNumber(json, "num_hidden_layers"),
    heads: requiredNumber(json, "num_attention_heads"),
    maxPositions: requiredNumber(json, "max_position_embeddings"),
    padTokenId: optionalNumber(json, "pad_token_id") ?? 0,
    feedForwardSize: requiredNumber(json, "intermediate_size"),
    normEps: optionalNumber(json, "layer_norm_eps") ?? 1e-12,
    activation: requireOneOf(json, "hidden_act", Object.keys(activations) as (keyof typeof activations)[], "gelu"),
    typeCount: optionalNumber(json, "type_vocab_size") ?? 2,
    positions,
    prefix,
  };
}

/** Where the encoder's modules are: below `bert.` in models with heads, at the top in bare ones. */
function encoderPath(modules: Modules, config: BertConfig): string {
  return modules.has(`${config.prefix}.embeddings.word_embeddings.weight`) ? `${config.prefix}.` : "";
}

/** BERT (arXiv:1810.04805) and RoBERTa (arXiv:1907.11692): post-norm blocks with bidirectional attention. */
function forward(modules: Modules, config: BertConfig, { ids, typeIds, mask }: EncoderInputs): Tensor[] {
  const root = encoderPath(modules, config);
  const { heads, normEps } = config;
  const headDim = config.hiddenSize / heads;
  const visible = unsqueeze(unsqueeze(mask, 1), 1); // [B, 1, 1, T]
  const word = modules.embedding(`${root}embeddings.word_embeddings`, ids); // [B, T, C]
  const type = modules.embedding(`${root}embeddings.token_type_embeddings`, typeIds ?? zerosLike(ids));
  const position = modules.embedding(`${root}embeddings.position_embeddings`, positionIds(ids, config));
  let x = modules.layerNorm(`${root}embeddings.LayerNorm`, add(add(word, type), position), normEps); // [B, T, C]
  const hiddenStates: Tensor[] = [x];
  for (let i = 0; i < config.layers; i++) {
    const path = `${root}encoder.layer.${i}`;
    const [q, k, v] = ["query", "key", "value"].map(
      (name) => splitHeads(modules.linear(`${path}.attention.self.${name}`, x), heads, headDim), // [B, H, T, D]
    );
    const mixed = mergeHeads(attention(q!, k!, v!, { mask: visible })); // [B, T, C]
    x = modules.residual({
      path: `${path}.attention.output`,
      stream: x,
      output: modules.linear(`${path}.attention.output.dense`, mixed),
      norm: (sum) => modules.layerNorm(`${path}.attention.output.LayerNorm`, sum, normEps),
    });
    const inner = activations[config.activation](modules.linear(`${path}.intermediate.dense`, x)); // [B, T, F]
    x = modules.residual({
      path: `${path}.output`,
      stream: x,
      output: modules.linear(`${path}.output.dense`, inner),
      norm: (sum) => modules.layerNorm(`${path}.output.LayerNorm`, sum, normEps),
    });
    hiddenStates.push(x);
  }
  return hiddenStates;
}

/** int64 [T] (BERT) or [B, T] (RoBERTa: padding keeps its own id, the others count on from there). */
function positionIds(ids: Tensor, config: BertConfig): Tensor {
  if (config.positions === "columns") return range({ length: ids.shape[1]! });
  const real = cast(not(equal(ids, config.padTokenId)), "int64");
  return add(mul(cumsum(real, { axis: 1 }), real), config.padTokenId);
}

function pooled(modules: Modules, config: BertConfig, hidden: Tensor): Tensor | undefined {
  const path = `${encoderPath(modules, config)}pooler.dense`;
  if (!modules.has(`${path}.weight`)) return undefined;
  return tanh(modules.linear(path, squeeze(slice(hidden, { axes: [1], starts: [0], ends: [1] }), 1))); // [B, C]
}

/** The masked-language-model head of BertForPreTraining and BertForMaskedLM, or RoBERTa's. */
function logits(modules: Modules, config: BertConfig, hidden: Tensor): Tensor | undefined {
  const table = `${encoderPath(modules, config)}embeddings.word_embeddings.weight`;
  const act = activations[config.activation];
  if (modules.has("cls.predictions.transform.dense.weight")) {
    const inner = act(modules.linear("cls.predictions.transform.dense", hidden));
    const normed = modules.layerNorm("cls.predictions.transform.LayerNorm", inner, config.normEps);
    const own = "cls.predictions.decoder.weight";
    const scores = modules.linear("cls.predictions.decoder", normed, { weight: modules.has(own) ? own : table });
    return modules.has("cls.predictions.decoder.bias") ? scores : add(scores, modules.get("cls.predictions.bias"));
  }
  if (modules.has("lm_head.dense.weight")) {
    const normed = modules.layerNorm(
      "lm_head.layer_norm",
      activations.gelu(modules.linear("lm_head.dense", hidden)),
      config.normEps,
    );
    const own = "lm_head.decoder.weight";
    const scores = modules.linear("lm_head.decoder", normed, { weight: modules.has(own) ? own : table });
    return modules.has("lm_head.decoder.bias") ? scores : add(scores, modules.get("lm_head.bias"));
  }
  return undefined;
}

function parameters(config: BertConfig): Record<string, readonly number[]> {
  const { hiddenSize: C, feedForwardSize: F } = config;
  const shapes: Record<string, readonly number[]> = {
    "embeddings.word_embeddings.weight": [config.vocabSize, C],
    "embeddings.position_embeddings.weight": [config.maxPositions, C],
    "embeddings.token_type_embeddings.weight": [config.typeCount, C],
    "embeddings.LayerNorm.weight": [C],
    "embeddings.LayerNorm.bias": [C],
  };
  for (let i = 0; i < config.layers; i++) {
    const path = `encoder.layer.${i}`;
    for (const [name, to, from] of [
      ["attention.self.query", C, C],
      ["attention.self.key", C, C],
      ["attention.self.value", C, C],
      ["attention.output.dense", C, C],
      ["intermediate.dense", F, C],
      ["output.dense", C, F],
    ] as const) {
      shapes[`${path}.${name}.weight`] = [to, from];
      shapes[`${path}.${name}.bias`] = [to];
    }
    for (const name of ["attention.output.LayerNorm", "output.LayerNorm"]) {
      shapes[`${path}.${name}.weight`] = [C];
      shapes[`${path}.${name}.bias`] = [C];
    }
  }
  return shapes;
}

const family = { kind: "encoder", forward, pooled, logits, parameters } as const;

/** Old checkpoints spell the norms' tensors gamma and beta. */
const bertAliases = (prefix: string) => (name: string) => {
  const old = name.replace(/LayerNorm\.weight$/, "LayerNorm.gamma").replace(/LayerNorm\.bias$/, "LayerNorm.beta");
  return [`${prefix}.${name}`, ...(old === name ? [] : [old, `${prefix}.${old}`])];
};

export const bert: EncoderArchitecture<BertConfig> = {
  ...family,
  modelTypes: ["bert"],
  readConfig: (json) => readConfig(json, "columns", "bert"),
  aliases: bertAliases("bert"),
};

export const roberta: EncoderArchitecture<BertConfig> = {
  ...family,
  modelTypes: ["roberta", "xlm-roberta", "camembert"],
  readConfig: (json) => readConfig(json, "after-padding", "roberta"),
  aliases: bertAliases("roberta"),
};
