import { linear, relu, unsqueeze } from "@loam/graph";
import { refuseUnsupported } from "../../layers/config.ts";
import { promptMethod } from "../../layers/prompt-method.ts";
import { kaimingUniform, normal } from "../../numbers/initial.ts";
import { promptFields } from "../prompt-tuning/index.ts";
import { PTuningConfig } from "./config.ts";

/**
 * P-tuning (arXiv:2103.10385): embeddings in front of the text, made by a three-layer network with ReLU from a table, which
 * both are left behind after training.
 */
export const pTuning = promptMethod({
  type: "P_TUNING",
  summary: "learned prompt embeddings, made by a small network",
  config: PTuningConfig,
  params: ({ config: { hiddenSize: C } }, config) => {
    const { num_virtual_tokens: P, encoder_hidden_size } = config;
    refuseUnsupported("P_TUNING", config, { encoder_reparameterization_type: (type) => type === "MLP" });
    const hidden = encoder_hidden_size ?? C;
    return {
      "embedding.weight": { shape: [P, C], fill: normal(1) },
      "mlp_head.0.weight": { shape: [hidden, C], fill: kaimingUniform },
      "mlp_head.0.bias": { shape: [hidden], fill: kaimingUniform },
      "mlp_head.2.weight": { shape: [hidden, hidden], fill: kaimingUniform },
      "mlp_head.2.bias": { shape: [hidden], fill: kaimingUniform },
      "mlp_head.4.weight": { shape: [C, hidden], fill: kaimingUniform },
      "mlp_head.4.bias": { shape: [C], fill: kaimingUniform },
    };
  },
  encode: (params) => {
    const layer = (i: number, x: Parameters<typeof linear>[0]) =>
      linear(x, params[`mlp_head.${i}.weight`]!, params[`mlp_head.${i}.bias`]);
    return layer(4, relu(layer(2, relu(layer(0, params["embedding.weight"]!)))));
  },
  attach: (embeddings) => ({ prompt: unsqueeze(embeddings, 0) }),
  width: ({ config }) => config.hiddenSize,
  modelFields: promptFields,
});
