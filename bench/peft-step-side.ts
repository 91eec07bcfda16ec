/** One side of peft-step.bench.ts in a process of its own: runs a training step for each line on stdin and answers with a line. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
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
import { mapTensors, toValue, typesOf } from "../packages/peft/src/numbers/tensor-value.ts";
import { randomModel } from "./random-model.ts";

const checkpointings = { lora: "selective", "keep-all": "none", nf4: "selective", checkpoint: "layers" } as const;
const [side, shape] = process.argv.slice(2) as [keyof typeof checkpointings, Parameters<typeof randomModel>[0]];
const T = 512;
const opened = await openModel(await randomModel(shape));
const model = side === "nf4" ? await quantizedModel(opened, { type: "nf4" }) : opened;
const base = baseModelOf(model);
const method = adapterMethod("LORA");
const config = method.readConfig({ r: 16, lora_alpha: 32, target_modules: "all-linear" });
const initial = await method.init(base, config, new Rng(1));
const optimiser = adamW({ weightDecay: 0 });
const checkpointing = checkpointings[side];
const step = await compileTrainStep(base, method, config, initial, { optimiser, maxGradNorm: 1, checkpointing });
const ids = Int32Array.from({ length: T }, (_, i) => (i * 7919) % 49152);
const positions = Int32Array.from({ length: T }, (_, i) => i);
const batch: Batch = { B: 1, T, ids, labels: ids, positions, segments: new Int32Array(T), supervised: T - 1 };
let params: Awaited<ReturnType<typeof step.run>>["params"] = mapTensors(initial, toValue);
let state = optimiser.initialState(typesOf(initial));

const memory = (name: string) =>
  1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))![1]);
const linear = [...(model.checkpoint.packed?.values() ?? [])];
const bytesOf = (matrix: (typeof linear)[number]) =>
  matrix.type === "int8"
    ? matrix.quantized.length + 4 * matrix.absmax.length
    : matrix.packed.length + matrix.nested!.codes.length + 4 * matrix.nested!.absmax.length;
const packedShare =
  linear.reduce((sum, x) => sum + bytesOf(x), 0) / linear.reduce((sum, { shape: [o, i] }) => sum + 4 * o! * i!, 0);
const answer = (x: unknown) => process.stdout.write(`${JSON.stringify(x)}\n`);
const startBytes = memory("RssAnon");
answer({ packedShare });
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const processor = process.cpuUsage();
  ({ params, state } = await step.run({ params, state, batches: [batch], learningRate: 1e-4 }));
  const { user, system } = process.cpuUsage(processor);
  const peakBytes = memory("VmHWM");
  // What a step adds to the process itself, mapped weights left out.
  const activationBytes = peakBytes - memory("RssFile") - startBytes;
  answer({ ms: performance.now() - start, cpuMs: (user + system) / 1000, peakBytes, activationBytes });
}
