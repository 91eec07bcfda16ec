import {
  abs,
  add,
  attention,
  cast,
  div,
  embedding,
  gelu,
  greater,
  less,
  log,
  maximum,
  minimum,
  mul,
  range,
  relu,
  sub,
  type Tensor,
  transpose,
  unsqueeze,
  where,
} from "@loam/graph";
import type { Modules } from "../modules/modules.ts";
import type { ConfigJson, EncoderArchitecture, EncoderConfig, EncoderInputs } from "./architecture.ts";
import { mergeHeads, splitHeads } from "./cached-attention.ts";
import { optionalNumber, requiredNumber, requireOneOf } from "./config-fields.ts";

interface T5Config extends EncoderConfig {
  headDim: number;
  feedForwardSize: number;
  normEps: number;
  /** Two projections, one of which gates the other, or one. */
  gated: boolean;
  activation: "gelu_new" | "relu";
  /** How offsets between words are told apart: this many classes, the last from this distance on. */
  buckets: number;
  farthest: number;
  /** T5 has one table of biases, in its first layer; UMT5 has one in each. */
  biasTables: "first" | "every";
}

function readConfig(json: ConfigJson, biasTables: T5Config["biasTables"]): T5Config {
  const kind = requireOneOf(json, "feed_forward_proj", ["relu", "gated-gelu"], "relu");
  return {
    vocabSize: requiredNumber(json, "vocab_size"),
    hiddenSize: requiredNumber(json, "d_model"),
    layers: requiredNumber(json, "num_layers"),
    heads: requiredNumber(json, "num_heads"),
    // Offsets beyond the farthest share a class, so that no length is too long.
    maxPositions: Number.MAX_SAFE_INTEGER,
    padTokenId: optionalNumber(json, "pad_token_id") ?? 0,
    headDim: requiredNumber(json, "d_kv"),
    feedForwardSize: requiredNumber(json, "d_ff"),
    normEps: optionalNumber(json, "layer_norm_epsilon") ?? 1e-6,
    gated: kind === "gated-gelu",
    activation: kind === "gated-gelu" ? "gelu_new" : "relu",
    buckets: optionalNumber(json, "relative_attention_num_buckets") ?? 32,
    farthest: optionalNumber(json, "relative_attention_max_distance") ?? 128,
    biasTables,
  };
}

/**
 * The class of each offset (key - query): half of the classes for keys ahead; of each half, the first half counts exactly, the rest
 * grows with the logarithm up to the farthest (arXiv:1910.10683 §2.1). Rounded to float32 at every step, as the reference does.
 *
 * @returns int64 of the offset's shape
 */
export function relativeBuckets(offset: Tensor, { buckets, farthest }: { buckets: number; farthest: number }): Tensor {
  const half = Math.floor(buckets / 2);
  const exact = Math.floor(half / 2);
  const distance = abs(offset);
  const far = div(log(div(cast(maximum(distance, 1), "float32"), exact)), Math.fround(Math.log(farthest / exact)));
  const grown = minimum(add(exact, cast(mul(far, half - exact), "int64")), half - 1);
  return add(mul(cast(greater(offset, 0), "int64"), half), where(less(distance, exact), distance, grown));
}

/** [1, H, Tq, Tk]: what a layer adds to its scores. */
function positionBias(modules: Modules, path: string, length: Tensor["shape"][number], config: T5Config): Tensor {
  const places = range({ length });
  const bucket = relativeBuckets(sub(unsqueeze(places, 0), unsqueeze(places, 1)), config); // [T, T], key - query
  const table = modules.get(`${path}.SelfAttention.relative_attention_bias.weight`); // [buckets, H]
  return unsqueeze(transpose(embedding(table, bucket), [2, 0, 1]), 0);
}

/**
 * The encoder of T5 (arXiv:1910.10683) and UMT5 (arXiv:2304.09151): pre-norm, no biases, scores neither scaled nor rotated but
 * biased by offset.
 */
function forward(modules: Modules, config: T5Config, { ids, mask }: EncoderInputs): Tensor[] {
  const { heads, headDim, normEps, gated, activation, biasTables } = config;
  const visible = unsqueeze(unsqueeze(mask, 1), 1); // [B, 1, 1, T]
  const act = activation === "relu" ? relu : (x: Tensor) => gelu(x, { approximate: "tanh" });
  let x = modules.embedding("shared", ids);
  const hiddenStates = [x];
  let bias: Tensor | undefined;
  for (let i = 0; i < config.layers; i++) {
    const path = `encoder.block.${i}.layer`;
    if (!bias || biasTables === "every") bias = positionBias(modules, `${path}.0`, ids.shape[1]!, config);
    const normed = modules.rmsNorm(`${path}.0.layer_norm`, x, normEps);
    const [q, k, v] = ["q", "k", "v"].map((name) =>
      splitHeads(modules.linear(`${path}.0.SelfAttention.${name}`, normed), heads, headDim),
    );
    const mixed = mergeHeads(attention(q!, k!, v!, { mask: visible, bias, scale: 1 }));
    x = modules.residual({
      path: `${path}.0.SelfAttention`,
      stream: x,
      output: modules.linear(`${path}.0.SelfAttention.o`, mixed),
    });
    const dense = `${path}.1.DenseReluDense`;
    const inner = modules.rmsNorm(`${path}.1.layer_norm`, x, normEps);
    const wide = gated
      ? mul(act(modules.linear(`${dense}.wi_0`, inner)), modules.linear(`${dense}.wi_1`, inner))
      : act(modules.linear(`${dense}.wi`, inner));
    x = modules.residual({ path: dense, stream: x, output: modules.linear(`${dense}.wo`, wide) });
    hiddenStates.push(x);
  }
  // As in transformers, the last hidden state is the one after the final norm.
  hiddenStates[config.layers] = modules.rmsNorm("encoder.final_layer_norm", x, normEps);
  return hiddenStates;
}

function parameters(config: T5Config): Record<string, readonly number[]> {
  const { hiddenSize: C, heads, headDim, feedForwardSize: F, buckets, biasTables, vocabSize, gated } = config;
  const shapes: Record<string, readonly number[]> = {
    "shared.weight": [vocabSize, C],
    "encoder.final_layer_norm.weight": [C],
  };
  for (let i = 0; i < config.layers; i++) {
    const path = `encoder.block.${i}.layer`;
    const self = `${path}.0.SelfAttention`;
    for (const name of ["q", "k", "v"]) shapes[`${self}.${name}.weight`] = [heads * headDim, C];
    shapes[`${self}.o.weight`] = [C, heads * headDim];
    if (i === 0 || biasTables === "every") shapes[`${self}.relative_attention_bias.weight`] = [buckets, heads];
    for (const name of gated ? ["wi_0", "wi_1"] : ["wi"]) shapes[`${path}.1.DenseReluDense.${name}.weight`] = [F, C];
    shapes[`${path}.1.DenseReluDense.wo.weight`] = [C, F];
    for (const at of [0, 1]) shapes[`${path}.${at}.layer_norm.weight`] = [C];
  }
  return shapes;
}

const t5Like = (modelType: string, biasTables: T5Config["biasTables"]): EncoderArchitecture<T5Config> => ({
  kind: "encoder",
  modelTypes: [modelType],
  readConfig: (json) => readConfig(json, biasTables),
  forward,
  pooled: () => undefined,
  logits: () => undefined,
  aliases: (name) => (name === "shared.weight" ? ["encoder.embed_tokens.weight"] : []),
  parameters,
});

export const t5 = t5Like("t5", "first");
export const umt5 = t5Like("umt5", "every");
