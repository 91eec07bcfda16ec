/** How much faster are training steps in two processes with half the threads each, and what does the second process take? */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Rng } from "../packages/core/src/index.ts";
import { adamW } from "../packages/graph/src/index.ts";
import { openModel } from "../packages/models/src/index.ts";
import { adapterMethod, type Batch, baseModelOf, compileTrainStep, parseRecipe } from "../packages/peft/src/index.ts";
import { mapTensors, toValue, typesOf } from "../packages/peft/src/numbers/tensor-value.ts";
import { WorkerPool } from "../packages/peft/src/trainer/parallel/worker-pool.ts";
import { smallDecoder } from "./decoder.ts";
import { measure, report } from "./measure.ts";
import { randomModel } from "./random-model.ts";

const flag = (name: string, otherwise: number) =>
  Number(process.argv.find((x) => x.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise);
const [T, micro, workers, rounds] = [flag("tokens", 128), flag("micro", 4), flag("workers", 2), flag("rounds", 3)];

const folder = await randomModel();
const method = adapterMethod("LORA");
const options = { peft_type: "LORA", r: 16, lora_alpha: 32, target_modules: "all-linear" };
const recipe = parseRecipe({
  model: folder,
  method: options,
  data: { path: "none" },
  gradient_accumulation: micro,
  workers,
  output: "none",
});
const base = baseModelOf(await openModel(folder));
const config = method.readConfig(options);
const initial = await method.init(base, config, new Rng(1));
const optimiser = adamW({ weightDecay: 0 });
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
const inputs = {
  params: mapTensors(initial, toValue),
  state: optimiser.initialState(typesOf(initial)),
  batches: Array.from({ length: micro }, () => batch),
  learningRate: 1e-4,
};
const shared = { optimiser, maxGradNorm: 1, batches: "accumulated" } as const;
const one = await compileTrainStep(base, method, config, initial, shared);
const pool = await WorkerPool.open(recipe);
const gradients = await pool.compile(
  config,
  mapTensors(initial, ({ shape }) => ({ shape })),
  () => false,
);
const many = await compileTrainStep(base, method, config, initial, { ...shared, gradients });

let difference = 0;
const timings = await measure(
  {
    "one process": async () => {
      difference = (await one.run(inputs)).gradNorm;
    },
    [`${workers} processes`]: async () => {
      difference = Math.abs(difference - (await many.run(inputs)).gradNorm);
    },
  },
  { rounds },
);
/** Kilobytes of a field of a process's memory, in GB. */
const field = (pid: number, file: string, name: string) =>
  (Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/${file}`, "utf8"))![1]) * 1024) / 1e9;
const memory = pool.pids.map((pid) => ({
  anonymous: field(pid, "status", "RssAnon"),
  file: field(pid, "status", "RssFile"),
  own: field(pid, "smaps_rollup", "Pss"),
}));
const exchangedBytes = 4 * Object.values(initial).reduce((sum, { data }) => sum + data.length, 0);
const { file, anonymous, own } = memory[0]!;
await one.close();
await many.close();
await pool.close();
report(
  `data-parallel LoRA step, ${micro} micro-batches of ${T} tokens, 30 × 576, ${availableParallelism()} processors`,
  [
    {
      name: "speed against one process",
      value: timings["one process"]!.medianMs / timings[`${workers} processes`]!.medianMs,
      unit: "×",
    },
    { name: "difference of the gradient norms", value: difference, unit: "", atMost: 1e-3 },
    { name: "adapter, crosses both ways", value: exchangedBytes / 1e6, unit: "MB" },
    { name: "a worker's mapped files", value: file, unit: "GB" },
    { name: "a worker's own memory", value: anonymous, unit: "GB" },
    { name: "a worker's share of all memory", value: own, unit: "GB" },
  ],
  timings,
);
