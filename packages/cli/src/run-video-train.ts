import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { LoamError, loadConfig, type OnProgress } from "@loam/core";
import { listRuns, storeRecorder } from "@loam/observe";
import type { RunRecorder } from "@loam/peft";
import { openStore } from "@loam/store";
import { readVideoRecipe, trainVideo, type VideoForecast, videoForecast } from "@loam/video";
import type { Io } from "./io.ts";
import { sparkline } from "./sparkline.ts";
import { count, duration, size } from "./units.ts";

export interface RunVideoTrainOptions {
  recipe: string;
  set: readonly string[];
  dryRun: boolean;
  resume: "auto" | "never";
  home?: string;
}

/** Trains a video model, telling what it is going to take and how it goes. */
export async function runVideoRecipe({ recipe: path, set, dryRun, resume, home }: RunVideoTrainOptions, io: Io) {
  const recipe = await readVideoRecipe(path, { set });
  const besides = dirname(resolve(path));
  if (dryRun) {
    const forecast = await videoForecast(recipe, { besides });
    io.result({ recipe, forecast }, () => forecastText(forecast));
    return;
  }
  await using record = await openVideoRecorder(recipe.output, { home, resume, io });
  const started = performance.now();
  const losses: number[] = [];
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
        losses.push(values["train/loss"]!);
        return record.recorder.metrics(step, values);
      },
    },
  });
  const milliseconds = Math.round(performance.now() - started);
  io.result({ ...result, milliseconds }, () =>
    [
      `${result.output}: ${result.parameters.toLocaleString("en")} parameters, ${count(result.steps, "step")} in ${duration(milliseconds)} (${duration((1000 * result.processorSeconds) / 2)} on two whole cores)`,
      `loss ${result.losses.first.toFixed(4)} ${sparkline(losses, 30)} ${result.losses.last.toFixed(4)}`,
      `Try it: loam video generate "${recipe.sample_prompts[0] ?? "…"}" --model ${result.output} --out clip.mp4`,
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
}: VideoForecast): string {
  return [
    data,
    `${parameters.toLocaleString("en")} parameters, ${tokensPerStep.toLocaleString("en")} tokens a step, ${(flopsPerStep / 1e9).toFixed(1)} GFLOP a step`,
    `memory: about ${size(memory.total)}`,
    resumedFrom > 0 ? `Goes on after step ${resumedFrom} of ${steps}; --fresh begins anew.` : count(steps, "step"),
  ].join("\n");
}

/** The run's record in the store: that of its output folder where it goes on, else a new one. Without a store it runs unrecorded. */
async function openVideoRecorder(
  output: string,
  { home, resume, io }: { home?: string; resume: "auto" | "never"; io: Io },
): Promise<{ recorder: RunRecorder; onProgress: OnProgress } & AsyncDisposable> {
  const { config } = await loadConfig({ flags: home ? { home } : {} });
  const { databaseUrl, blobUrl } = config;
  const store = await openStore({ home: config.home, databaseUrl, blobUrl }).catch((error) => {
    if (!(error instanceof LoamError)) throw error;
    io.note(`The run is not recorded: ${error.message}`);
  });
  if (!store) return { recorder: { metrics: () => {} }, onProgress: () => {}, [Symbol.asyncDispose]: async () => {} };
  const tags = { model: basename(resolve(output)), output: resolve(output) };
  const goesOn = resume === "auto" && existsSync(join(output, "checkpoints"));
  const [last] = goesOn ? await listRuns(store, { kind: "video", tags: { output: tags.output } }) : [];
  const recorder = storeRecorder(store, { run: last?.id, kind: "video", experiment: "video", tags });
  return {
    recorder: { ...recorder, start: ({ params }) => recorder.start({ name: tags.model, params }) },
    onProgress: recorder.progress,
    [Symbol.asyncDispose]: () => store.close(),
  };
}
