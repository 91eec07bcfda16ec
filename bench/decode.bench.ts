/**
 * How much faster do 4-bit weights decode than float32 ones, how fast is a prompt read, and how much memory does it take?
 * The model has the shape of Qwen2.5-0.5B and random weights; `--layers 6` makes it smaller.
 */
import { type DecoderModel, openDecoderSession, openModel, quantizeParameters } from "@loam/models";
import { measure, report } from "./measure.ts";
import { randomQwen2, resident } from "./random-qwen2.ts";

const flag = process.argv.indexOf("--layers");
const layers = flag < 0 ? 24 : Number(process.argv[flag + 1]);
const { folder, weightBytes } = randomQwen2({ layers });
const model = (await openModel(folder)) as DecoderModel;

const baseline = resident();
const PROMPT = 256;
const prompt = Array.from({ length: PROMPT }, (_, i) => (i * 7919) % 150_000);
const columns = (ids: number[]) => [[ids], [ids.map(() => true)]] as const;

const float = await openDecoderSession(model, { threads: 2 });
await float.start(1).read(...columns(prompt));
const afterFloat = resident();
const parameters = await quantizeParameters(model, { format: "int4" });
const packed = await openDecoderSession(model, { threads: 2, parameters });
const states = { float: float.start(1), packed: packed.start(1) };
await states.float.read(...columns(prompt));
await states.packed.read(...columns(prompt));

const timings = await measure({
  "float32: one token": () => states.float.read(...columns([42])),
  "int4: one token": () => states.packed.read(...columns([42])),
});
const reading = await measure(
  { [`float32: a prompt of ${PROMPT}`]: () => float.start(1).read(...columns(prompt)) },
  { rounds: 3 },
);
const matrixWeights = layers * (896 * (896 + 128 + 128 + 896) + 3 * 896 * 4864);
const prefill = reading[`float32: a prompt of ${PROMPT}`]!;
const seconds = (ms: number) => ms / 1000;
report(
  `Decoding a model of Qwen2.5-0.5B's shape, ${layers} layers, 2 threads`,
  [
    { name: "float32 tokens a second", value: 1 / seconds(timings["float32: one token"].medianMs), unit: "1/s" },
    { name: "int4 tokens a second", value: 1 / seconds(timings["int4: one token"].medianMs), unit: "1/s" },
    {
      name: "int4 over float32",
      value: timings["float32: one token"].medianMs / timings["int4: one token"].medianMs,
      unit: "×",
      atLeast: 3,
    },
    {
      name: "prompt",
      value: (2 * matrixWeights * PROMPT) / seconds(prefill.medianMs) / 1e9,
      unit: "GFLOP/s",
      atLeast: 70,
    },
    {
      name: "memory over the weights' size, float32",
      value: (afterFloat.anonymous - baseline.anonymous + afterFloat.file - baseline.file) / weightBytes,
      unit: "×",
      atMost: 1.25,
    },
  ],
  { ...timings, ...reading },
);
await float.close();
await packed.close();
