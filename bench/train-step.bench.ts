/** How fast, and in how much memory, does one LoRA-style training step of a small language model run? */
import { readFileSync } from "node:fs";
import * as g from "../packages/graph/src/index.ts";
import { adapterSpec, decoderLoss, smallDecoder, usefulFlops } from "./decoder.ts";
import { report, timingOf } from "./measure.ts";

const checkpointed = process.argv.includes("--checkpoint");
const rounds = Number(process.argv.find((x) => x.startsWith("--rounds="))?.slice(9) ?? 5);
const tokens = 512;

const params = adapterSpec(smallDecoder, 8);
const optimiser = g.adamW();
const ids = { dtype: "int64", shape: [1, tokens] } as const;
const loss = decoderLoss(smallDecoder, { checkpoint: checkpointed });

const memory = "low" as const;
const step = await g.compile(
  ({ params, state, ids, targets }) => {
    const { value, grads } = g.valueAndGrad(loss)(params, ids, targets);
    return { loss: value, ...optimiser.update({ params, grads, state, learningRate: 1e-3 }) };
  },
  { inputs: { params, state: optimiser.stateSpec(params), ids, targets: ids }, name: "train step", memory },
);

const random = (size: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(i * 7.1) / 24);
let current = {
  params: Object.fromEntries(
    Object.entries(params).map(([name, { a, b }]) => [
      name,
      {
        a: g.value(random(8 * (a.shape[1] as number)), a.shape as number[]),
        b: g.zeroValue("float32", b.shape as number[]),
      },
    ]),
  ),
  state: optimiser.initialState(params),
};
const text = Array.from({ length: tokens }, (_, i) => (i * 7919) % smallDecoder.vocabulary);
const batch = {
  ids: g.value(text, [1, tokens], "int64"),
  targets: g.value([...text.slice(1), -100], [1, tokens], "int64"),
};

const samples: number[] = [];
const processorStart = process.cpuUsage();
for (let round = -1; round < rounds; round++) {
  const start = performance.now();
  const { loss, ...next } = await step({ ...current, ...batch });
  current = next;
  if (round >= 0) samples.push(performance.now() - start);
  if (round === 0) g.checkFinite({ loss }, "the first step");
}
const processorSeconds = process.cpuUsage(processorStart).user / 1e6 / (rounds + 1);
const timing = timingOf(samples);
const status = readFileSync("/proc/self/status", "utf8");
const peakGB = (Number(/VmHWM:\s+(\d+)/.exec(status)![1]) * 1024) / 1e9;

report(
  `LoRA training step, 30 layers × 576, 49k vocabulary, ${tokens} tokens${checkpointed ? ", checkpointed" : ""}`,
  [
    {
      name: "useful arithmetic",
      value: usefulFlops(smallDecoder, tokens) / timing.medianMs / 1e6,
      unit: "GFLOP/s",
      ...(checkpointed ? {} : { atLeast: 90 }),
    },
    { name: "processor time of a step", value: processorSeconds, unit: "s" },
    { name: "peak memory", value: peakGB, unit: "GB", atMost: checkpointed ? 1.2 : 1.8 },
  ],
  { step: timing },
);
