/**
 * Training steps of video transformers beside PyTorch's, and a guided clip of the model that comes with Loam. `PYTHON` names a Python
 * with torch where the system's has none; `--shape=recipe` or `dit-s4` measures one of the two.
 */
import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { findVideoModel, openGenerator } from "../packages/video/src/index.ts";
import { type Figure, report, type Timing, timingOf } from "./measure.ts";
import { pythonWithTorch, Side } from "./side.ts";
import { tokensOf, type VideoShape, videoShapes, videoWords } from "./video-shapes.ts";

const option = (name: string) => process.argv.find((x) => x.startsWith(`--${name}=`))?.slice(name.length + 3);
const rounds = Number(option("rounds") ?? 7);
const names = (option("shape") ? [option("shape")] : Object.keys(videoShapes)) as VideoShape[];
const python = process.env.PYTHON ?? pythonWithTorch;
const goals: Record<VideoShape, number> = { recipe: 1, "dit-s4": 1.3 };

interface Sample {
  ms: number;
  cpuMs: number;
  peakBytes: number;
}
const figures: Figure[] = [];
const timings: Record<string, Timing> = {};
for (const name of names) {
  const { grid, patch, channels, ...rest } = videoShapes[name];
  const tokens = tokensOf({ grid });
  const loam = new Side<Sample>(process.execPath, [join(import.meta.dirname, "video-step-side.ts"), name]);
  const { parameters } = (await loam.line()) as unknown as { parameters: number };
  const shape = { ...rest, tokens, values: patch[0] * patch[1] * patch[2] * channels, words: videoWords };
  const torch = python
    ? new Side<Sample>(python, [
        join(import.meta.dirname, "video-step.py"),
        JSON.stringify(shape),
        String(availableParallelism()),
      ])
    : undefined;
  if (torch) console.error(`  PyTorch ${(await torch.line<{ torch: string }>()).torch}`);
  for (let round = -1; round < rounds; round++) for (const side of [loam, torch]) await side?.step();
  const after = (side: Side<Sample>, of: keyof Sample) => timingOf(side.samples.slice(1).map((sample) => sample[of]));
  const peak = (side: Side<Sample>) => Math.max(...side.samples.map(({ peakBytes }) => peakBytes));
  timings[`${name}, Loam`] = after(loam, "ms");
  const perSecond = (side: Side<Sample>) => (1000 * rest.batch * tokens) / after(side, "ms").medianMs;
  figures.push(
    { name: `${name}: parameters`, value: parameters / 1e6, unit: "M" },
    { name: `${name}: Loam`, value: perSecond(loam), unit: "tokens/s" },
    { name: `${name}: peak memory`, value: peak(loam) / 1e9, unit: "GB" },
  );
  if (torch) {
    timings[`${name}, PyTorch`] = after(torch, "ms");
    figures.push(
      { name: `${name}: PyTorch`, value: perSecond(torch), unit: "tokens/s" },
      { name: `${name}: against PyTorch`, value: perSecond(loam) / perSecond(torch), unit: "×", atLeast: goals[name] },
      {
        name: `${name}: processor time`,
        value: after(loam, "cpuMs").medianMs / after(torch, "cpuMs").medianMs,
        unit: "× PyTorch's",
      },
      {
        name: `${name}: peak against PyTorch`,
        value: peak(loam) / peak(torch),
        unit: "×",
        ...(name === "dit-s4" && { atMost: 0.6 }),
      },
    );
  }
  loam.end();
  torch?.end();
}

const opened = performance.now();
const generator = openGenerator(await findVideoModel());
let firstPreviewMs = Number.NaN;
const clip = (onStep?: () => void) => generator.generate([{ prompt: "a 3 moving left", seed: 7 }], { onStep });
await clip(() => {
  if (Number.isNaN(firstPreviewMs)) firstPreviewMs = performance.now() - opened;
});
const clips: number[] = [];
for (let round = 0; round < 5; round++) {
  const start = performance.now();
  await clip();
  clips.push(performance.now() - start);
}
await generator.close();
timings["guided clip of 16 steps"] = timingOf(clips);
const peakBytes = 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]);
figures.push(
  { name: "guided clip, 16 frames of 32 × 32", value: timingOf(clips).medianMs / 1000, unit: "s", atMost: 1.5 },
  { name: "first preview after the start", value: firstPreviewMs / 1000, unit: "s", atMost: 1 },
  { name: "memory of the process that makes it", value: peakBytes / 1e6, unit: "MB", atMost: 600 },
);
report(`Video transformers, load ${loadavg()[0]!.toFixed(1)} on ${availableParallelism()} cores`, figures, timings);
