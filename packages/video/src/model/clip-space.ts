import { scaleLatents, workingSize } from "../codec/latent-space.ts";
import { type CodecRunner, openCodecRunner } from "../codec/run-codec.ts";
import type { ClipSize } from "../patches/patchify.ts";
import type { VideoModel } from "./video-model.ts";

/** The space that a model's transformer works in, and the way there and back: pixels as they are, or a codec's latents. */
export interface ClipSpace {
  /** @throws {ArgumentError} naming the nearest sizes, when patches do not divide this one. */
  size(clip: ClipSize): ClipSize;
  /** A clip, or the first frames of one, [F, C, H, W]. A last frame that fills no latent is left out. */
  enter(clip: Float32Array, size: ClipSize): Promise<Float32Array>;
  /** And back, to a clip of this size. */
  leave(x: Float32Array, size: ClipSize): Promise<Float32Array>;
  close(): Promise<void>;
}

/** The space of a model. */
export function openClipSpace({ dit, codec, channels }: VideoModel, { threads }: { threads?: number } = {}): ClipSpace {
  const size = (clip: ClipSize) => workingSize({ patch: dit.patch, codec: codec?.codec }, clip);
  if (!codec) return { size, enter: async (clip) => clip, leave: async (x) => x, close: async () => {} };
  let runner: CodecRunner | undefined;
  const open = () => {
    runner ??= openCodecRunner(codec, { threads });
    return runner;
  };
  const planeOf = (clip: ClipSize) => {
    const { height, width } = size(clip);
    return height * width;
  };
  return {
    size,
    async enter(clip, whole) {
      const { height, width } = whole;
      const given = clip.length / (channels * height * width);
      // Latents of a causal codec depend on no later frame: those of a beginning are the beginning of those of a clip.
      const frames = codec.codec.causal ? given - ((given + 1) % 2) : given - (given % 2);
      if (frames < 1) return new Float32Array(0);
      const part = clip.subarray(0, frames * channels * height * width);
      const latents = await open().encode(part, { frames, height, width });
      return scaleLatents(latents, codec.scale, { plane: planeOf(whole) });
    },
    async leave(x, clip) {
      const latents = scaleLatents(x, codec.scale, { back: true, plane: planeOf(clip) });
      return await open().decode(latents, size(clip));
    },
    close: async () => {
      await runner?.close();
      runner = undefined;
    },
  };
}
