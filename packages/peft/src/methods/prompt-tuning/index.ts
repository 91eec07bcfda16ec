import { unsqueeze } from "@loam/graph";
import type { DecoderModel } from "@loam/models";
import { promptMethod } from "../../layers/prompt-method.ts";
import { normal } from "../../numbers/initial.ts";
import { PromptTuningConfig } from "./config.ts";
import { embeddingsOf, startTokens } from "./start-tokens.ts";

/** Prompt tuning (arXiv:2104.08691): learned embeddings in front of the text. */
export const promptTuning = promptMethod({
  type: "PROMPT_TUNING",
  summary: "learned embeddings in front of the text",
  config: PromptTuningConfig,
  params: ({ config: { hiddenSize: C } }, { num_virtual_tokens: P }) => ({
    "embedding.weight": { shape: [P, C], fill: normal(1) },
  }),
  async start(model, config, rng) {
    const ids = startTokens(model, config, rng);
    return ids ? { "embedding.weight": await embeddingsOf(model, ids) } : {};
  },
  encode: (params) => params["embedding.weight"]!,
  attach: (embeddings) => ({ prompt: unsqueeze(embeddings, 0) }),
  width: ({ config }) => config.hiddenSize,
  modelFields: (model, config) => ({
    ...promptFields(model),
    // PEFT refuses TEXT without it, though it does not open the tokenizer of a finished adapter.
    ...(config.prompt_tuning_init === "TEXT" && {
      tokenizer_name_or_path: config.tokenizer_name_or_path ?? config.base_model_name_or_path ?? model.name,
    }),
  }),
});

/** What PEFT writes about the base model of a prompt. */
export function promptFields({ config }: DecoderModel): Record<string, number> {
  return {
    num_layers: config.layers,
    num_attention_heads: config.heads,
    token_dim: config.hiddenSize,
    num_transformer_submodules: 1,
  };
}
