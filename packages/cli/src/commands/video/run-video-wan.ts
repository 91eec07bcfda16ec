import { freemem } from "node:os";
import { ArgumentError, ProgressMeter, UnavailableError } from "@loam/core";
import { openWanPipeline, readPicture, toFrames, writeClip, writePngs } from "@loam/video";
import type { Io } from "../../terminal/io.ts";
import { size as bytes, duration } from "../../terminal/units.ts";
import type { RunGenerateOptions } from "./run-video-generate.ts";

/**
 * Makes one clip with a published pipeline, telling first what it takes.
 *
 * @throws {ArgumentError} for several prompts or a size that is none.
 * @throws {UnavailableError} when the clip takes more memory than is free.
 */
export async function runWan(
  {
    prompt,
    prompts,
    out,
    size = "832x480",
    frames = 33,
    ...options
  }: RunGenerateOptions & { model: string; out: string },
  io: Io,
): Promise<void> {
  if (prompt === undefined || prompts !== undefined)
    throw new ArgumentError("prompts", prompts, "one prompt at a time with a published model");
  const sides = /^(\d+)[x×](\d+)$/.exec(size);
  if (!sides) throw new ArgumentError("size", size, "width x height, such as 832x480");
  const clip = { frames, width: Number(sides[1]), height: Number(sides[2]) };
  const adapters = options.adapter.map((given) => {
    const [, path, weight] = /^(.*?)(?:=([\d.]+))?$/.exec(given)!;
    return { path: path!, weight: weight === undefined ? 1 : Number(weight) };
  });
  const pipeline = await openWanPipeline(options.model, { adapters, quantize: options.quantize });
  const { steps = 50, guidance = 5 } = options;
  const forecast = pipeline.forecast({ ...clip, steps, guidance });
  io.note(
    `${forecast.tokens.toLocaleString("en")} tokens, ${(forecast.flops / 1e12).toFixed(1)} TFLOP, about ${bytes(forecast.memory.total)} of memory`,
  );
  if (forecast.memory.total > freemem())
    throw new UnavailableError(
      "memory",
      `the clip takes about ${bytes(forecast.memory.total)}, ${bytes(forecast.memory.weights)} of it weights; ${bytes(freemem())} are free.`,
      { hint: "ask for fewer frames or a smaller size, or give --quantize int8 or nf4" },
    );
  const started = performance.now();
  const begin = options.from ? await readPicture(options.from, { ...clip, channels: 3 }) : undefined;
  const meter = new ProgressMeter(io.progress, { task: "generate", unit: "step", total: steps });
  const made = await pipeline.generate({
    ...clip,
    ...{ begin, prompt, negative: options.negative, seed: options.seed, steps, guidance, signal: io.signal },
    onStep: () => meter.advance(),
  });
  await pipeline.close();
  await writeClip(out, toFrames(made, { scale: options.scale }), { framesPerSecond: pipeline.framesPerSecond });
  const folder = out.replace(/\.\w+$/, "");
  if (options.framesAs) await writePngs(folder, toFrames(made));
  const milliseconds = Math.round(performance.now() - started);
  const told = { prompt, seed: options.seed, path: out, ...(options.framesAs && { frames: folder }) };
  io.result(
    { clips: [told], model: options.model, size: clip, steps, guidance, forecast, milliseconds },
    () => `${out}: ${clip.width}×${clip.height}, ${frames} frames, in ${duration(milliseconds)}`,
  );
}
