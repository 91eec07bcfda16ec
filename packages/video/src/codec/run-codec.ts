import { compile, floats, type Program, type Tensor, type Value, value, weight } from "@loam/graph";
import { Modules } from "@loam/models";
import type { ClipSize } from "../patches/patchify.ts";
import { decode, encode } from "./autoencoder.ts";
import { codecScale } from "./config.ts";
import { tiled, type Volume } from "./tiles.ts";
import type { VideoCodec } from "./video-codec.ts";

/** A codec that is open: clips to latents and back, one at a time. Graphs are compiled when a size is first asked for. */
export interface CodecRunner {
  /** A clip [F, C, H, W] → the means of its latents [f, c, h, w]. */
  encode(clip: Float32Array, size: ClipSize): Promise<Float32Array>;
  /** Latents [f, c, h, w] of this size → a clip [F, C, H, W]; large ones tile by tile, so that memory is that of a tile. */
  decode(latents: Float32Array, size: ClipSize): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Side of a tile of latents, and from one tile to the next: 128 pixels that overlap by 32, more where latents stand for more. */
const tile = { size: 32, stride: 24 } as const;

type Step = Program<{ x: Value }, Value>;

/** Opens a codec. */
export function openCodecRunner({ codec, weights }: VideoCodec, { threads }: { threads?: number } = {}): CodecRunner {
  const programs = new Map<string, Promise<Step>>();

  function programFor(way: "encode" | "decode", shape: readonly number[]): Promise<Step> {
    const key = `${way} ${shape}`;
    let program = programs.get(key);
    if (!program) {
      program = compile(
        ({ x }: { x: Tensor }) => {
          const modules = new Modules({
            has: (name) => name in weights,
            get: (name) => weight({ name, dtype: "float32", shape: weights[name]!.shape, source: weights[name]! }),
          });
          return way === "encode" ? encode(modules, codec, x).mean : decode(modules, codec, x);
        },
        { name: `codec-${way}`, threads, inputs: { x: { dtype: "float32", shape } } as never },
      ) as unknown as Promise<Step>;
      programs.set(key, program);
    }
    return program;
  }

  async function run(way: "encode" | "decode", { shape, data }: Volume): Promise<Volume> {
    const result = await (await programFor(way, shape))({ x: value(data, shape) });
    return { shape: result.dims as unknown as Volume["shape"], data: floats(result) };
  }

  return {
    async encode(clip, { frames, height, width }) {
      const whole = swapped(clip, [frames, codec.channels, height, width]);
      const { shape, data } = await run("encode", { shape: [1, codec.channels, frames, height, width], data: whole });
      return swapped(data, [shape[1], shape[2], shape[3], shape[4]]);
    },
    async decode(latents, { frames, height, width }) {
      const data = swapped(latents, [frames, codec.latent, height, width]);
      const input: Volume = { shape: [1, codec.latent, frames, height, width], data };
      const small = height <= tile.size && width <= tile.size;
      const out = small
        ? await run("decode", input)
        : await tiled(input, (part) => run("decode", part), { ...tile, scale: codecScale(codec) });
      return swapped(out.data, [out.shape[1], out.shape[2], out.shape[3], out.shape[4]]);
    },
    async close() {
      for (const program of programs.values()) await (await program).close();
      programs.clear();
    },
  };
}

/** The first two axes of [A, B, H, W] change places, as clips have frames first and convolutions channels. */
function swapped(data: Float32Array, [A, B, H, W]: readonly [number, number, number, number]): Float32Array {
  const plane = H * W;
  const out = new Float32Array(data.length);
  for (let a = 0; a < A; a++)
    for (let b = 0; b < B; b++)
      out.set(data.subarray((a * B + b) * plane, (a * B + b + 1) * plane), (b * A + a) * plane);
  return out;
}
