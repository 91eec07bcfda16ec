/** Trains in a process of its own and reports to the one that started it. Where that one dies, it saves and ends too. */
import { CancelledError } from "@loam/core";
import { type Reward, tune } from "@loam/peft";
import { trainVideo, type VideoRecipe } from "@loam/video";
import { fromSent, toSent } from "../child/child.ts";
import { makeSmallBase } from "../small-base/small-base.ts";
import { answerScorers } from "./answer-scorers.ts";
import type { TrainingOrder, TrainingReport, WorkOrder } from "./messages.ts";

const stopped = new AbortController();
const started = performance.now();
/** The most seen after any step. (`maxRSS` of a forked process begins with that of the one it was forked from.) */
let peakMemoryBytes = 0;

/** Answers that are being judged, by the number that they were sent under. */
const judging = new Map<number, { resolve(rewards: readonly number[]): void; reject(error: Error): void }>();
let asked = 0;

process.on("message", (order: TrainingOrder) => {
  if (order.type === "stop") stop();
  else if (order.type === "judged") {
    const waiting = judging.get(order.id);
    judging.delete(order.id);
    if (order.rewards) waiting?.resolve(order.rewards);
    else waiting?.reject(fromSent(order.error!));
  } else void run(order);
});
process.on("disconnect", stop);

function stop(): void {
  stopped.abort();
  // Nobody will say any more what these are worth.
  for (const { reject } of judging.values()) reject(new CancelledError("Judging answers"));
  judging.clear();
}

/** Has answers judged by the process that started this one. */
const askParent: Reward = async (answers) => {
  const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>();
  const id = ++asked;
  judging.set(id, { resolve, reject });
  report({ type: "judge", id, answers });
  if (stopped.signal.aborted) stop();
  return await promise;
};

function report(message: TrainingReport): void {
  // Nobody may be there any more; then the work is what matters.
  if (process.connected) process.send!(message, () => {});
}

async function run(order: WorkOrder): Promise<void> {
  try {
    const results = await resultsOf(order);
    report({ type: "summary", values: { ...results, ...cost() } });
    end({ type: "end", status: "finished" });
  } catch (error) {
    report({ type: "summary", values: cost() });
    end({ type: "end", status: stopped.signal.aborted ? "stopped" : "failed", error: toSent(error) });
  }
}

async function resultsOf(order: WorkOrder): Promise<Record<string, unknown>> {
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
  asks,
}: Extract<TrainingOrder, { type: "tune" }>): Promise<Record<string, unknown>> {
  const { steps, losses, scores, trainableParameters, data, resumedFrom } = await tune(recipe, {
    places,
    scorers: await answerScorers(recipe),
    ...(asks && { reward: askParent }),
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
