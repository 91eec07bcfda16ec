/** How long does it take to compile a 24-layer training graph, the first time and again? */
import * as g from "../packages/graph/src/index.ts";
import { adapterSpec, decoderLoss, smallDecoder } from "./decoder.ts";
import { report, timingOf } from "./measure.ts";

const shape = { ...smallDecoder, layers: 24 };
const params = adapterSpec(shape, 8);
const optimiser = g.adamW();
const ids = { dtype: "int64", shape: [1, 512] } as const;

async function compile(): Promise<number> {
  const start = performance.now();
  const loss = decoderLoss(shape, { checkpoint: false });
  const step = await g.compile(
    ({ params, state, ids, targets }) => {
      const { value, grads } = g.valueAndGrad(loss)(params, ids, targets);
      return { loss: value, ...optimiser.update({ params, grads, state, learningRate: 1e-3 }) };
    },
    { inputs: { params, state: optimiser.stateSpec(params), ids, targets: ids }, memory: "low", name: "train step" },
  );
  const elapsed = performance.now() - start;
  await step.close();
  return elapsed;
}

process.env.LOAM_CACHE = `${process.env.TMPDIR ?? "/tmp"}/loam-bench/cache-${process.pid}`;
const first = timingOf([await compile()]);
const again: number[] = [];
for (let i = 0; i < 5; i++) again.push(await compile());
const cached = timingOf(again);
report(
  "Compiling a training step of 24 layers × 576",
  [
    { name: "first time", value: first.medianMs / 1000, unit: "s", atMost: 5 },
    { name: "from the cache", value: cached.medianMs / 1000, unit: "s", atMost: 1 },
  ],
  { first, cached },
);
