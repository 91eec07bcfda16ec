/** How many tokens a second does a LoRA training step take (30 layers × 576, r = 16 on all linear layers), and QLoRA's? */
import { readFileSync } from "node:fs";
import { Rng } from "../packages/core/src/index.ts";
import { adamW } from "../packages/graph/src/index.ts";
import { openModel } from "../packages/models/src/index.ts";
import {
  adapterMethod,
  type Batch,
  baseModelOf,
  compileTrainStep,
  quantizedModel,
} from "../packages/peft/src/index.ts";
import { mapTensors, toValue, typesOf } from "../packages/peft/src/tensor-value.ts";
import { smallDecoder } from "./decoder.ts";
import { report, timingOf } from "./measure.ts";
import { randomModel } from "./random-model.ts";

const quantize = process.argv.includes("--nf4");
const checkpointing = process.argv.includes("--checkpoint") ? "layers" : "none";
const rounds = Number(process.argv.find((x) => x.startsWith("--rounds="))?.slice(9) ?? 5);
const T = 512;

const opened = await openModel(await randomModel());
const model = quantize ? await quantizedModel(opened, { type: "nf4" }) : opened;
const base = baseModelOf(model);
const method = adapterMethod("LORA");
const config = method.readConfig({ r: 16, lora_alpha: 32, target_modules: "all-linear" });
const initial = await method.init(base, config, new Rng(1));
const optimiser = adamW({ weightDecay: 0 });
const step = await compileTrainStep(base, method, config, initial, {
  optimiser,
  maxGradNorm: 1,
  memory: "low",
  checkpointing,
});

const ids = Int32Array.from({ length: T }, (_, i) => (i * 7919) % smallDecoder.vocabulary);
const batch: Batch = {
  B: 1,
  T,
  ids,
  labels: ids,
  positions: Int32Array.from({ length: T }, (_, i) => i),
  segments: new Int32Array(T),
  supervised: T - 1,
};
let params: Awaited<ReturnType<typeof step.run>>["params"] = mapTensors(initial, toValue);
let state = optimiser.initialState(typesOf(initial));
const samples: number[] = [];
for (let round = -1; round < rounds; round++) {
  const start = performance.now();
  ({ params, state } = await step.run({ params, state, batches: [batch], learningRate: 1e-4 }));
  if (round >= 0) samples.push(performance.now() - start);
}
await step.close();
const timing = timingOf(samples);
const status = readFileSync("/proc/self/status", "utf8");
const linearWeights = [...(model.checkpoint.packed?.values() ?? [])];
const packedShare =
  linearWeights.reduce(
    (sum, { packed, nested }) => sum + packed.length + nested!.codes.length + 4 * nested!.absmax.length,
    0,
  ) / linearWeights.reduce((sum, { shape }) => sum + 4 * shape[0]! * shape[1]!, 1);
report(
  `${quantize ? "QLoRA (NF4)" : "LoRA"} step, r = 16 on all linear layers of 30 × 576, ${T} tokens${checkpointing === "layers" ? ", checkpointed" : ""}`,
  [
    { name: "tokens per second", value: (1000 * T) / timing.medianMs, unit: "tokens/s" },
    { name: "peak memory", value: (Number(/VmHWM:\s+(\d+)/.exec(status)![1]) * 1024) / 1e9, unit: "GB" },
    ...(quantize ? [{ name: "linear weights against float32", value: packedShare, unit: "×", atMost: 0.14 }] : []),
  ],
  { step: timing },
);
