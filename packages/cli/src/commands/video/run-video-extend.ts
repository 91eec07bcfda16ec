import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { NotFoundError, ProgressMeter } from "@loam/core";
import { extendClip, openGenerator, readWholeClip, toFrames, type VideoModel, writeClip, writePngs } from "@loam/video";
import type { Io } from "../../terminal/io.ts";
import { count, duration } from "../../terminal/units.ts";
import { type RunGenerateOptions, sizeOf } from "./run-video-generate.ts";

/** Clips of a model that a prompt takes to give way to another. */
const legsBetween = 3;

/** Makes a clip that is longer than the model's own: one that goes on, or one that leads from a prompt to another. */
export async function runExtend(
  {
    prompt,
    out,
    extend,
    to,
    frames,
    ...options
  }: Pick<
    RunGenerateOptions,
    "size" | "seed" | "guidance" | "steps" | "sampler" | "scale" | "framesAs" | "extend" | "to" | "frames"
  > & {
    prompt: string;
    out: string;
  },
  model: VideoModel,
  io: Io,
): Promise<void> {
  const size = sizeOf({ size: options.size }, model.sizes[0]!);
  const clip = extend === undefined ? undefined : await clipIn(extend, { ...size, channels: model.channels });
  const each = model.channels * size.height * size.width;
  const known = clip ? clip.length / each : 0;
  const [patchFrames] = model.patch;
  const usual = clip ? known + size.frames - patchFrames : legsBetween * (size.frames - patchFrames) + patchFrames;
  const { seed, guidance, steps = model.config.sampling.steps, sampler } = options;
  const generator = openGenerator(model);
  const started = performance.now();
  try {
    let meter: ProgressMeter | undefined;
    const request = { prompt, seed, clip, frames: frames ?? usual, to };
    const made = await extendClip(generator, request, {
      ...{ size, guidance, steps, sampler, signal: io.signal },
      onStep: ({ steps: total }) => {
        meter ??= new ProgressMeter(io.progress, { task: "generate", unit: "step", total });
        meter.advance();
      },
    });
    const { framesPerSecond } = model.config;
    await writeClip(out, toFrames(made, { scale: options.scale }), { framesPerSecond });
    const folder = out.replace(/\.\w+$/, "");
    if (options.framesAs) await writePngs(folder, toFrames(made));
    const milliseconds = Math.round(performance.now() - started);
    const told = { prompt, seed, path: out, ...(options.framesAs && { frames: folder }) };
    const how = { model: model.name, size: { ...size, frames: made.frames }, steps, to, extended: known, milliseconds };
    io.result({ clips: [told], ...how }, () =>
      [
        `${out}: ${prompt}${to === undefined ? "" : ` → ${to}`}`,
        `${size.width}×${size.height}, ${count(made.frames, "frame")}, in ${duration(milliseconds)}`,
      ].join("\n"),
    );
  } finally {
    await generator.close();
  }
}

async function clipIn(path: string, size: { height: number; width: number; channels: number }): Promise<Float32Array> {
  if (!existsSync(path)) throw new NotFoundError("clip", path);
  return await readWholeClip(await readFile(path), size);
}
