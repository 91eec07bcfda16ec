import { add, embedding, linear, matmul, mul, type Tensor, transpose } from "@loam/graph";
import type { EmbeddingMethodSpec } from "../../layers/layer-method.ts";
import type { TensorValue } from "../../layers/method.ts";
import { normal, zeros } from "../../numbers/initial.ts";
import { type LoraConfig, rankOf, scalingOf } from "./config.ts";
import { magnitudeScale } from "./magnitude.ts";

/**
 * LoRA on an embedding table E [V, C]: rows of E + s·(BA)ᵀ, with A [r, V] that starts as zeros and B [C, r] (`Embedding` of PEFT
 * 0.21's `tuners/lora/layer.py`); neither dropout nor `init_lora_weights` change it there. With `use_dora` every column is
 * rescaled to a learned magnitude [C].
 */
export const loraEmbedding: EmbeddingMethodSpec<LoraConfig> = {
  params: ({ path, rows: V, columns: C }, config) => {
    const r = rankOf(config, path);
    const start = config.init_lora_weights === false ? normal(1) : zeros;
    return {
      lora_embedding_A: { shape: [r, V], fill: start },
      lora_embedding_B: { shape: [C, r], fill: normal(1) },
      ...(config.use_dora && {
        lora_magnitude_vector: { shape: [C], fill: (_rng, _shape, { weight }) => columnNorms(weight) },
      }),
    };
  },
  forward: ({ path, table, embedded }, params, ids, config) => {
    const [A, B] = [params.lora_embedding_A!, params.lora_embedding_B!];
    const s = scalingOf(config, path);
    const low = mul(linear(embedding(transpose(A, [1, 0]), ids), B), s); // [..., C]
    if (!params.lora_magnitude_vector) return add(embedded, low);
    const scale = columnScale(table(), A, B, s, params.lora_magnitude_vector);
    return mul(add(embedded, low), scale);
  },
  merge: ({ path, table }, params, config) => {
    const [A, B] = [params.lora_embedding_A!, params.lora_embedding_B!];
    const s = scalingOf(config, path);
    const sum = add(table, mul(transpose(matmul(B, A), [1, 0]), s)); // [V, C]
    return params.lora_magnitude_vector ? mul(sum, columnScale(table, A, B, s, params.lora_magnitude_vector)) : sum;
  },
  tied: { "lora_A.weight": "lora_embedding_B", "lora_B.weight": "lora_embedding_A" },
};

/** m / ‖E + s·(BA)ᵀ‖ by columns, [C]. */
function columnScale(table: Tensor, A: Tensor, B: Tensor, s: number, magnitude: Tensor): Tensor {
  return magnitudeScale(transpose(table, [1, 0]), A, B, s, magnitude);
}

function columnNorms({ shape, data }: TensorValue): Float32Array {
  const [V, C] = shape as [number, number];
  const squares = new Float64Array(C);
  for (let at = 0; at < V * C; at++) squares[at % C]! += data[at]! ** 2;
  return Float32Array.from(squares, Math.sqrt);
}
