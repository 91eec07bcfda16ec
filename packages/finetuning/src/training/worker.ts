/** Trains in a process of its own and reports to the one that started it. Where that one dies, it saves and ends too. */
import { tune } from "@loam/peft";
import { trainVideo, type VideoRecipe } from "@loam/video";
import { toSent } from "../child/child.ts";
import { makeSmallBase } from "../small-base/small-base.ts";
import { answerScorers } from "./answer-scorers.ts";
import type { TrainingOrder, TrainingReport } from "./messages.ts";

const stopped = new AbortController();
const started = performance.now();
/** The most seen after any step. (`maxRSS` of a forked process begins with that of the one it was forked from.) */
let peakMemoryBytes = 0;

process.on("message", (order: TrainingOrder) => {
  if (order.type === "stop") stopped.abort();
  else void run(order);
});
process.on("disconnect", () => stopped.abort());

function report(message: TrainingReport): void {
  // Nobody may be there any more; then the work is what matters.
  if (process.connected) process.send!(message, () => {});
}

async function run(order: Exclude<TrainingOrder, { type: "stop" }>): Promise<void> {
  try {
    const results = await resultsOf(order);
    report({ type: "summary", values: { ...results, ...cost() } });
    end({ type: "end", status: "finished" });
  } catch (error) {
    report({ type: "summary", values: cost() });
    end({ type: "end", status: stopped.signal.aborted ? "stopped" : "failed", error: toSent(error) });
  }
}

async function resultsOf(order: Exclude<TrainingOrder, { type: "stop" }>): Promise<Record<string, unknown>> {
  switch (order.type) {
    case "tune":
      return await fineTune(order);
    case "pretrain":
      return await pretrain(order);
    case "video":
      return await trainClips(order.recipe);
  }
}

/** What a run tells while it goes on. */
const recorder = {
  metrics: (step: number, values: Readonly<Record<string, number>>) => {
    noteMemory();
    report({ type: "metrics", step, values });
  },
  text: (step: number, tag: string, text: string) => report({ type: "text", step, tag, text }),
  artifact: (path: string) => report({ type: "artifact", path }),
};

async function trainClips(recipe: VideoRecipe): Promise<Record<string, unknown>> {
  const { steps, losses, parameters, resumedFrom } = await trainVideo(recipe, {
    signal: stopped.signal,
    onProgress: (event) => report({ type: "progress", event }),
    recorder,
  });
  return { steps, losses, trainableParameters: parameters, resumedFrom };
}

async function fineTune({
  recipe,
  places,
}: Extract<TrainingOrder, { type: "tune" }>): Promise<Record<string, unknown>> {
  const { steps, losses, scores, trainableParameters, data, resumedFrom } = await tune(recipe, {
    places,
    scorers: await answerScorers(recipe),
    signal: stopped.signal,
    onProgress: (event) => report({ type: "progress", event }),
    recorder,
  });
  const { skippedRows: _, ...counts } = data;
  return { steps, losses, scores, trainableParameters, data: counts, resumedFrom };
}

async function pretrain({ folder, steps }: { folder: string; steps: number }): Promise<Record<string, unknown>> {
  let last = { step: 0, lossNats: Number.NaN };
  await makeSmallBase(folder, {
    steps,
    signal: stopped.signal,
    onProgress: (event) => report({ type: "progress", event }),
    onStep: (step, lossNats) => {
      last = { step, lossNats };
      noteMemory();
      report({ type: "metrics", step, values: { "train/loss": lossNats } });
    },
  });
  report({ type: "artifact", path: folder });
  return { steps: last.step, losses: { last: last.lossNats } };
}

function noteMemory(): void {
  peakMemoryBytes = Math.max(peakMemoryBytes, process.memoryUsage.rss());
}

function cost(): Record<string, unknown> {
  noteMemory();
  return { seconds: (performance.now() - started) / 1000, peakMemoryBytes };
}

/** The process ends once its last word has been heard. */
function end(message: Extract<TrainingReport, { type: "end" }>): void {
  if (!process.connected) process.exit();
  process.send!(message, () => process.exit());
}
