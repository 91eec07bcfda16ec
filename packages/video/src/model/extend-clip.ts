import { ArgumentError } from "@loam/core";
import type { ClipSize } from "../patches/patchify.ts";
import type { ClipRequest, GeneratedClip, GenerateOptions, VideoGenerator } from "./generator.ts";

export interface ExtendRequest extends Omit<ClipRequest, "begin" | "change"> {
  /** What there is [f, C, H, W]; left out, the clip is begun too. */
  clip?: Float32Array;
  /** Frames of the result, with those that there are. */
  frames: number;
  /** Another prompt that takes over little by little. */
  to?: string;
}

export interface ExtendOptions extends Omit<GenerateOptions, "size" | "onStep" | "loop"> {
  /** Sizes of the model's own clips, which the legs have. */
  size?: ClipSize;
  /** Hears of all legs as of one run of steps. */
  onStep?: (event: Parameters<NonNullable<GenerateOptions["onStep"]>>[0]) => void | Promise<void>;
}

/**
 * A clip that goes on for longer than the model's own: leg after leg, each begins with the last frames of the one before, as many as a
 * patch spans in time, with the next seed.
 *
 * @throws {ArgumentError} for a clip of broken frames, and for no more frames than there are.
 */
export async function extendClip(
  generator: VideoGenerator,
  { prompt, seed, clip, frames, to, blend }: ExtendRequest,
  { onStep, ...options }: ExtendOptions = {},
): Promise<GeneratedClip> {
  const { model } = generator;
  const size = options.size ?? model.sizes[0]!;
  const frame = model.channels * size.height * size.width;
  // The first patch of a causal codec spans a frame less.
  const overlap = Math.min(size.frames - 1, model.patch[0] - (model.codec?.codec.causal ? 1 : 0));
  const known = clip ? clip.length / frame : 0;
  if (!Number.isInteger(known)) throw new ArgumentError("clip", clip?.length, `whole frames of ${frame} values`);
  if (!Number.isInteger(frames) || frames <= known)
    throw new ArgumentError("frames", frames, `a whole number above the ${known} frames that there are`);
  const missing = frames - Math.max(known, size.frames);
  const legs = (clip ? 0 : 1) + Math.max(clip ? 1 : 0, Math.ceil(missing / (size.frames - overlap)));
  let data = clip ?? new Float32Array(0);
  for (let leg = 0; leg < legs; leg++) {
    const begin = data.length > 0 ? data.slice(Math.max(0, data.length - overlap * frame)) : undefined;
    const share = legs === 1 ? 0.5 : leg / (legs - 1);
    const request = { prompt, seed: seed + leg, begin, blend: to === undefined ? blend : { prompt: to, share } };
    const [next] = await generator.generate([request], {
      ...{ ...options, size },
      onStep:
        onStep && ((event) => onStep({ ...event, step: leg * event.steps + event.step, steps: legs * event.steps })),
    });
    const added = next!.data.subarray(begin?.length ?? 0);
    const longer = new Float32Array(data.length + added.length);
    longer.set(data);
    longer.set(added, data.length);
    data = longer;
  }
  return { ...size, channels: model.channels, frames, data: data.slice(0, frames * frame) };
}
