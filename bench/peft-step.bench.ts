/** LoRA, QLoRA and checkpointed steps of a small language model beside PyTorch's: time, memory, and what they cost each other. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Figure, report, timingOf } from "./measure.ts";
import { type RandomModel, randomModels } from "./random-model.ts";
import { pythonWithTorch, Side } from "./side.ts";

const option = (name: string) => process.argv.find((x) => x.startsWith(`--${name}=`))?.slice(name.length + 3);
const shapeName = (option("shape") ?? "llama-135m") as RandomModel;
const rounds = Number(option("rounds") ?? 5);
const shape = randomModels[shapeName];
if (!shape) throw new Error(`--shape is ${shapeName}; there are ${Object.keys(randomModels).join(", ")}`);
const tokens = 512;

interface Sample {
  ms: number;
  cpuMs: number;
  peakBytes: number;
  activationBytes?: number;
}

const here = import.meta.dirname;
const side = (name: string) => new Side<Sample>(process.execPath, [join(here, "peft-step-side.ts"), name, shapeName]);
const sides: Record<string, Side<Sample>> = {};
const about: Record<string, { packedShare?: number; torch?: string; blas?: string[] }> = {};
// Opened one after the other: preparing is no part of the question.
for (const name of ["lora", "keep-all", "nf4", "checkpoint"]) {
  sides[name] = side(name);
  about[name] = await sides[name].line();
}
if (pythonWithTorch) {
  sides.torch = new Side(pythonWithTorch, [
    join(here, "peft-step.py"),
    JSON.stringify(shape),
    String(availableParallelism()),
  ]);
  about.torch = await sides.torch.line();
  console.error(`  PyTorch ${about.torch!.torch} with ${about.torch!.blas!.join(", ") || "its own BLAS"}`);
}
for (let round = -1; round < rounds; round++) for (const one of Object.values(sides)) await one.step();

const timings = Object.fromEntries(
  Object.entries(sides).map(([name, { samples }]) => [name, timingOf(samples.slice(1).map(({ ms }) => ms))]),
);
const middle = (name: string, of: (sample: Sample) => number) =>
  timingOf(sides[name]!.samples.slice(1).map(of)).medianMs;
const peak = (name: string) => Math.max(...sides[name]!.samples.map(({ peakBytes }) => peakBytes));
const activations = (name: string) => Math.max(...sides[name]!.samples.map((x) => x.activationBytes!));
const cpu = (name: string) => middle(name, ({ cpuMs }) => cpuMs);
const ms = (name: string) => middle(name, (x) => x.ms);
const figures: Figure[] = [
  { name: "LoRA", value: (1000 * tokens) / ms("lora"), unit: "tokens/s" },
  { name: "LoRA, peak memory", value: peak("lora") / 1e9, unit: "GB" },
  { name: "NF4 step against LoRA's", value: ms("nf4") / ms("lora"), unit: "×", atMost: 1.25 },
  { name: "the same in processor time", value: cpu("nf4") / cpu("lora"), unit: "×" },
  { name: "NF4, peak memory", value: peak("nf4") / 1e9, unit: "GB" },
  { name: "NF4 linear weights over float32", value: about.nf4!.packedShare!, unit: "×", atMost: 0.14 },
  { name: "step that keeps everything", value: ms("keep-all") / ms("lora"), unit: "× LoRA's" },
  { name: "its activations", value: activations("keep-all") / activations("lora"), unit: "× LoRA's" },
  { name: "checkpointed step against LoRA's", value: ms("checkpoint") / ms("lora"), unit: "×", atMost: 1.35 },
  { name: "the same in processor time ", value: cpu("checkpoint") / cpu("lora"), unit: "×" },
  { name: "checkpointed activations", value: activations("checkpoint") / activations("lora"), unit: "×", atMost: 0.6 },
];
if (pythonWithTorch) {
  figures.push(
    { name: "PyTorch", value: (1000 * tokens) / ms("torch"), unit: "tokens/s" },
    { name: "PyTorch, peak memory", value: peak("torch") / 1e9, unit: "GB" },
    { name: "tokens/s against PyTorch", value: ms("torch") / ms("lora"), unit: "×", atLeast: 1.3 },
    { name: "processor time against PyTorch", value: cpu("lora") / cpu("torch"), unit: "×" },
    { name: "peak against PyTorch", value: peak("lora") / peak("torch"), unit: "×", atMost: 0.6 },
  );
}
for (const one of Object.values(sides)) one.end();
report(`LoRA r = 16 on all linear layers, ${shapeName}, ${tokens} tokens`, figures, timings);
