import { compile, floats, type Tensor, transpose, value } from "@loam/graph";
import { Modules } from "@loam/models";
import {
  denormaliseLatents,
  normaliseLatents,
  type WanAutoencoderConfig,
  wanDecode,
  wanEncode,
} from "./autoencoder.ts";
import type { Component } from "./component.ts";

/** Normalised latents as frames [F, C, H, W] in −1..1. */
export async function decodeLatents(
  { config, parameters }: Component<WanAutoencoderConfig>,
  latents: Float32Array,
  shape: readonly number[],
  threads?: number,
): Promise<Float32Array> {
  const program = await compile(
    ({ z }: { z: Tensor }) =>
      transpose(wanDecode(new Modules(parameters), config, denormaliseLatents(config, z)), [0, 2, 1, 3, 4]),
    { name: "decode", threads, inputs: { z: { dtype: "float32", shape: [1, ...shape] } } },
  );
  try {
    return floats(await program({ z: value(latents, [1, ...shape]) })).slice();
  } finally {
    await program.close();
  }
}

/**
 * A picture as the normalised latents of the one frame that it is.
 *
 * @param picture [C, H, W] in −1..1
 * @returns [z, 1, H/space, W/space]
 */
export async function encodePicture(
  { config, parameters }: Component<WanAutoencoderConfig>,
  picture: Float32Array,
  { height, width }: { height: number; width: number },
  threads?: number,
): Promise<Float32Array> {
  const shape = [1, picture.length / (height * width), 1, height, width];
  const program = await compile(
    ({ x }: { x: Tensor }) => normaliseLatents(config, wanEncode(new Modules(parameters), config, x).mean),
    { name: "encode", threads, inputs: { x: { dtype: "float32", shape } } },
  );
  try {
    return floats(await program({ x: value(picture, shape) })).slice();
  } finally {
    await program.close();
  }
}
