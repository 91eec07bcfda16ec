import { existsSync } from "node:fs";
import { join } from "node:path";
import { ArgumentError, InputError, ProgressMeter, readJsonLines } from "@loam/core";
import {
  type ClipSize,
  clipFormatOf,
  findVideoModel,
  openGenerator,
  readPicture,
  toFrames,
  writeClip,
  writePngs,
} from "@loam/video";
import { z } from "zod";
import type { Io } from "../../terminal/io.ts";
import { count, duration } from "../../terminal/units.ts";

export interface RunGenerateOptions {
  prompt?: string;
  prompts?: string;
  model?: string;
  out?: string;
  size?: string;
  frames?: number;
  seed: number;
  guidance?: number;
  steps?: number;
  sampler?: string;
  from?: string;
  extend?: string;
  to?: string;
  loop: boolean;
  scale: number;
  framesAs?: "png";
  adapter: readonly string[];
  negative?: string;
  quantize?: "int8" | "nf4" | "int4";
}

const PromptLine = z.object({ prompt: z.string(), seed: z.number().int().nonnegative().optional() });

/** Clips that are made together. */
const together = 8;

/**
 * Makes one clip, or one for each line of a file.
 *
 * @throws {ArgumentError} unless exactly one of a prompt and a file of prompts is given.
 */
export async function runGenerate(options: RunGenerateOptions, io: Io): Promise<void> {
  const { prompt, prompts, out = prompts ? "clips" : "clip.mp4", seed, scale, framesAs } = options;
  if ((prompt === undefined) === (prompts === undefined))
    throw new ArgumentError("prompt", prompt, "either a prompt or --prompts with a file of them");
  if (prompt !== undefined) clipFormatOf(out);
  if (options.model !== undefined && existsSync(join(options.model, "model_index.json"))) {
    for (const name of ["extend", "to", "loop"] as const)
      if (options[name])
        throw new ArgumentError(name, options[name], "a model that Loam trained; a published one makes whole clips");
    const { runWan } = await import("./run-video-wan.ts");
    return await runWan({ ...options, prompt, out, model: options.model }, io);
  }
  const requests = prompts ? await readPrompts(prompts, seed) : [{ prompt: prompt!, seed }];
  const model = await findVideoModel(options.model, { prompts: requests.map(({ prompt }) => prompt) });
  if (options.extend !== undefined || options.to !== undefined) {
    if (prompt === undefined || options.from !== undefined || options.loop)
      throw new ArgumentError("extend", options.extend, "one prompt, and neither --from nor --loop");
    const { runExtend } = await import("./run-video-extend.ts");
    return await runExtend({ ...options, prompt, out }, model, io);
  }
  const size = sizeOf(options, model.sizes[0]!);
  const generator = openGenerator(model);
  const started = performance.now();
  const written: { prompt: string; seed: number; path: string; frames?: string }[] = [];
  try {
    const { sampling, framesPerSecond } = model.config;
    const steps = options.steps ?? sampling.steps;
    const begin = options.from ? await readPicture(options.from, { ...size, channels: model.channels }) : undefined;
    const batches = Math.ceil(requests.length / together);
    const meter = new ProgressMeter(io.progress, { task: "generate", unit: "step", total: steps * batches });
    for (let at = 0; at < requests.length; at += together) {
      const some = requests.slice(at, at + together).map((request) => ({ ...request, begin }));
      const clips = await generator.generate(some, {
        size,
        guidance: options.guidance,
        steps,
        sampler: options.sampler,
        loop: options.loop,
        signal: io.signal,
        onStep: () => meter.advance(),
      });
      for (const [i, clip] of clips.entries()) {
        const name = String(at + i + 1).padStart(4, "0");
        const path = prompts ? join(out, `${name}.mp4`) : out;
        const folder = prompts ? join(out, name) : out.replace(/\.\w+$/, "");
        const frames = toFrames(clip, { scale });
        await writeClip(path, frames, { framesPerSecond });
        if (framesAs) await writePngs(folder, toFrames(clip));
        written.push({ ...pick(some[i]!), path, ...(framesAs && { frames: folder }) });
      }
    }
    const milliseconds = Math.round(performance.now() - started);
    const how = { model: model.name, size, steps, guidance: options.guidance ?? sampling.guidance, milliseconds };
    io.result({ clips: written, ...how }, () =>
      [
        ...written.slice(0, 20).map(({ path, prompt }) => `${path}: ${prompt}`),
        ...(written.length > 20 ? [`… ${count(written.length, "clip")} in all`] : []),
        `${size.width}×${size.height}, ${count(size.frames, "frame")}, in ${duration(milliseconds)}`,
      ].join("\n"),
    );
  } finally {
    await generator.close();
  }
}

const pick = ({ prompt, seed }: { prompt: string; seed: number }) => ({ prompt, seed });

/** The size that was asked for, of the model's usual one where nothing was. @throws {ArgumentError} when it is no width x height. */
export function sizeOf({ size, frames }: Pick<RunGenerateOptions, "size" | "frames">, usual: ClipSize): ClipSize {
  const sides =
    size === undefined ? [`${usual.width}x${usual.height}`, usual.width, usual.height] : /^(\d+)[x×](\d+)$/.exec(size);
  if (!sides) throw new ArgumentError("size", size, "width x height, such as 64x36");
  return { frames: frames ?? usual.frames, width: Number(sides[1]), height: Number(sides[2]) };
}

async function readPrompts(path: string, seed: number): Promise<{ prompt: string; seed: number }[]> {
  const requests: { prompt: string; seed: number }[] = [];
  for await (const { value, line } of readJsonLines(path)) {
    const row = PromptLine.safeParse(value);
    if (!row.success)
      throw new InputError("bad_prompts", `${path} line ${line}: expected {"prompt": "…", "seed": 7}.`, {
        details: { path, line },
      });
    requests.push({ prompt: row.data.prompt, seed: row.data.seed ?? seed + requests.length });
  }
  if (requests.length === 0)
    throw new InputError("bad_prompts", `${path} holds no prompt.`, {
      hint: 'write JSON lines such as {"prompt": "a 3 moving left"}, or one prompt a line',
    });
  return requests;
}
