import { linear, reshape, slice, squeeze, type Tensor, tanh, transpose, unsqueeze } from "@loam/graph";
import type { DecoderModel, KeyValues } from "@loam/models";
import { type PromptParameters, promptMethod } from "../../layers/prompt-method.ts";
import { kaimingUniform, normal } from "../../numbers/initial.ts";
import { PrefixTuningConfig } from "./config.ts";

/**
 * Prefix tuning (arXiv:2101.00190), which is P-tuning v2 (arXiv:2110.07602): learned keys and values in front of every
 * layer's own. They are not rotated. With `prefix_projection` they are E·W₁ᵀ → tanh → ·W₂ᵀ of a smaller table E while training.
 */
export const prefixTuning = promptMethod({
  type: "PREFIX_TUNING",
  summary: "learned keys and values in every layer (P-tuning v2)",
  config: PrefixTuningConfig,
  params: (model, { num_virtual_tokens: P, prefix_projection, encoder_hidden_size }): PromptParameters => {
    const width = tokenWidth(model);
    const all = 2 * model.config.layers * width;
    if (!prefix_projection) return { "embedding.weight": { shape: [P, all], fill: normal(1) } };
    const hidden = encoder_hidden_size ?? width;
    return {
      "embedding.weight": { shape: [P, width], fill: normal(1) },
      "transform.0.weight": { shape: [hidden, width], fill: kaimingUniform },
      "transform.0.bias": { shape: [hidden], fill: kaimingUniform },
      "transform.2.weight": { shape: [all, hidden], fill: kaimingUniform },
      "transform.2.bias": { shape: [all], fill: kaimingUniform },
    };
  },
  encode: (params) => {
    const table = params["embedding.weight"]!;
    if (!params["transform.0.weight"]) return table;
    const hidden = tanh(linear(table, params["transform.0.weight"], params["transform.0.bias"]));
    return linear(hidden, params["transform.2.weight"]!, params["transform.2.bias"]);
  },
  attach: (embeddings, model) => ({ past: toPast(embeddings, model) }),
  width: (model) => 2 * model.config.layers * tokenWidth(model),
  modelFields: (model) => ({
    num_layers: model.config.layers,
    num_attention_heads: model.config.keyValueHeads,
    token_dim: tokenWidth(model),
    num_transformer_submodules: 1,
  }),
});

const tokenWidth = ({ config }: DecoderModel): number => config.keyValueHeads * config.headDim;

/** [P, L·2·Hkv·D], for each layer keys and then values → L times two [1, Hkv, P, D]. */
function toPast(embeddings: Tensor, { config }: DecoderModel): KeyValues[] {
  const { layers, keyValueHeads: heads, headDim } = config;
  const P = embeddings.shape[0] as number;
  const split = transpose(reshape(embeddings, [P, 2 * layers, heads, headDim]), [1, 2, 0, 3]); // [2L, Hkv, P, D]
  const part = (i: number) => unsqueeze(squeeze(slice(split, { axes: [0], starts: [i], ends: [i + 1] }), 0), 0);
  return Array.from({ length: layers }, (_, layer) => ({ key: part(2 * layer), value: part(2 * layer + 1) }));
}
