import { dirname, resolve } from "node:path";
import { readTrainingRecipe, trainVideo, type VideoForecast, videoForecast } from "@loam/video";
import type { Io } from "../../terminal/io.ts";
import { sparkline } from "../../terminal/sparkline.ts";
import { count, duration, size } from "../../terminal/units.ts";
import { openRecorder } from "../tune/run-recorder.ts";

export interface RunVideoTrainOptions {
  recipe: string;
  set: readonly string[];
  dryRun: boolean;
  resume: "auto" | "never";
  home?: string;
}

/** Trains a video model, telling what it is going to take and how it goes. */
export async function runVideoRecipe({ recipe: path, set, dryRun, resume, home }: RunVideoTrainOptions, io: Io) {
  const recipe = await readTrainingRecipe(path, { set });
  const besides = dirname(resolve(path));
  if (dryRun) {
    const forecast = await videoForecast(recipe, { besides });
    io.result({ recipe, forecast }, () => forecastText(forecast));
    return;
  }
  await using record = await openRecorder(
    recipe.output,
    { kind: "video", experiment: "video", tag: "model" },
    { home, resume, io },
  );
  const started = performance.now();
  const losses: number[] = [];
  const isCodec = "kind" in recipe;
  const result = await trainVideo(recipe, {
    besides,
    resume,
    signal: io.signal,
    onPlan: (plan) => io.note(forecastText(plan)),
    onProgress: (event) => {
      if (event.etaMs === undefined && event.message) return io.note(event.message);
      record.onProgress(event);
      io.progress(event);
    },
    recorder: {
      ...record.recorder,
      metrics: (step, values) => {
        if (values["train/loss"] !== undefined) losses.push(values["train/loss"]);
        return record.recorder.metrics(step, values);
      },
    },
  });
  const milliseconds = Math.round(performance.now() - started);
  io.result({ ...result, milliseconds }, () =>
    [
      `${result.output}: ${result.parameters.toLocaleString("en")} parameters, ${count(result.steps, "step")} in ${duration(milliseconds)} (${duration((1000 * result.processorSeconds) / 2)} on two whole cores)`,
      `loss ${result.losses.first.toFixed(4)} ${sparkline(losses, 30)} ${result.losses.last.toFixed(4)}`,
      isCodec
        ? `${result.psnr!.toFixed(1)} dB on clips that it never saw. Next: a recipe with \`codec: ${result.output}\``
        : `Try it: loam video generate "${recipe.sample_prompts[0] ?? "…"}" --model ${result.output} --out clip.mp4`,
    ].join("\n"),
  );
}

function forecastText({
  data,
  parameters,
  tokensPerStep,
  steps,
  resumedFrom,
  memory,
  flopsPerStep,
  codec,
}: VideoForecast): string {
  return [
    data,
    `${parameters.toLocaleString("en")} parameters, ${tokensPerStep.toLocaleString("en")} tokens a step, ${(flopsPerStep / 1e9).toFixed(1)} GFLOP a step`,
    ...(codec
      ? [
          `in latents: ${count(codec.clips, "clip")} encoded once by ${codec.parameters.toLocaleString("en")} parameters, ${size(codec.latentBytes)}`,
        ]
      : []),
    `memory: about ${size(memory.total)}`,
    resumedFrom > 0 ? `Goes on after step ${resumedFrom} of ${steps}; --fresh begins anew.` : count(steps, "step"),
  ].join("\n");
}
