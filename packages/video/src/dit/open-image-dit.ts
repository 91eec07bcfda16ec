import { InputError } from "@loam/core";
import { SafetensorsFile } from "@loam/formats";
import type { ImageDitConfig } from "./image-dit.ts";
import { ditPresets } from "./presets.ts";

/** An image transformer's configuration and weights. */
export interface ImageDitCheckpoint {
  config: ImageDitConfig;
  weights: Record<string, { shape: readonly number[]; data: Float32Array }>;
}

/**
 * Reads an official image-DiT checkpoint that was saved as safetensors; its sizes follow from its tensors.
 *
 * @param heads left out, those of the published size with this width
 * @throws {InputError} `bad_image_dit` naming what does not fit; `pickled_checkpoint` for PyTorch's own files.
 */
export async function openImageDit(path: string, { heads }: { heads?: number } = {}): Promise<ImageDitCheckpoint> {
  if (/\.(pt|pth|ckpt|bin)$/.test(path))
    throw new InputError(
      "pickled_checkpoint",
      `${path} is a pickled checkpoint: opening it may run any code. Only safetensors is opened.`,
      { hint: "convert it where you trust it, with safetensors.torch.save_file" },
    );
  const file = await SafetensorsFile.open(path);
  try {
    const weights: ImageDitCheckpoint["weights"] = {};
    for (const { name, shape } of file.tensors.values()) weights[name] = { shape, data: await file.readFloat32(name) };
    return { config: configOf(path, weights, heads), weights };
  } finally {
    await file.close();
  }
}

function configOf(path: string, weights: ImageDitCheckpoint["weights"], given?: number): ImageDitConfig {
  const bad = (problem: string, hint?: string) => new InputError("bad_image_dit", `${path}: ${problem}`, { hint });
  const shapeOf = (name: string): readonly number[] => {
    const tensor = weights[name];
    if (!tensor) throw bad(`there is no tensor "${name}"; this is no image DiT.`);
    return tensor.shape;
  };
  const [hidden, channels, patchSize] = shapeOf("x_embedder.proj.weight") as [number, number, number];
  const tokens = shapeOf("pos_embed")[1]!;
  const side = Math.sqrt(tokens);
  if (!Number.isInteger(side)) throw bad(`pos_embed has ${tokens} places, which make no square.`);
  const outputs = shapeOf("final_layer.linear.bias")[0]! / patchSize ** 2;
  if (outputs !== channels && outputs !== 2 * channels)
    throw bad(`the last layer gives ${outputs} channels; expected ${channels} or ${2 * channels}.`);
  const depth = Object.keys(weights).filter((name) => /^blocks\.\d+\.attn\.qkv\.weight$/.test(name)).length;
  const known = Object.values(ditPresets).find((preset) => preset.hidden === hidden)?.heads;
  const heads = given ?? known;
  if (heads === undefined)
    throw bad(`no published size is ${hidden} wide, so its number of heads is not known.`, "give `heads`");
  return {
    inputSize: side * patchSize,
    patchSize,
    channels,
    hidden,
    depth,
    heads,
    classes: shapeOf("y_embedder.embedding_table.weight")[0]! - 1,
    learnSigma: outputs === 2 * channels,
  };
}
