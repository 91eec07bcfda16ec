/**
 * What does one more adapter of a base cost that is open already: memory beyond its own numbers, time to load it, time a token?
 * The base has the shape of Qwen2.5-0.5B and random weights (8 layers, `--layers 24` for all); LoRA of rank 16 on all its
 * linear layers.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { type DecoderModel, openModel, TextGenerator } from "@loam/models";
import { type Adapter, adapterMethod, baseModelOf, openAdapter, openAdapterHost, writeAdapter } from "@loam/peft";
import { measure, report } from "./measure.ts";
import { randomQwen2, resident } from "./random-qwen2.ts";

const flag = process.argv.indexOf("--layers");
const layers = flag < 0 ? 8 : Number(process.argv[flag + 1]);
const count = 8;
const { folder, weightBytes } = randomQwen2({ layers });
const model = (await openModel(folder)) as DecoderModel;
const base = baseModelOf(model);
const method = adapterMethod("LORA");
const config = method.readConfig({ target_modules: "all-linear", r: 16 });
const fresh = await method.init(base, config, new Rng(1));
const adapterBytes = 4 * Object.values(fresh).reduce((sum, { data }) => sum + data.length, 0);
/** The same shapes with other numbers. */
const another = (seed: number): Adapter => ({
  method,
  config,
  tensors: Object.fromEntries(
    Object.entries(fresh).map(([key, { shape, data }]) => [key, { shape, data: data.map((x) => x * (1 + seed / 10)) }]),
  ),
});

const prompt = Array.from({ length: 32 }, (_, i) => (i * 7919) % 150_000);
const options = { maxNewTokens: 16, temperature: 0, eosTokenIds: [] };
const host = await openAdapterHost(model, { threads: 2 });
await host.generate([prompt], options);
await host.load("0", another(0));
await host.generate([prompt], { ...options, adapter: "0" });
globalThis.gc?.();
const before = resident();
let loadMs = 0;
for (let i = 1; i <= count; i++) {
  const adapter = another(i);
  const start = performance.now();
  await host.load(String(i), adapter);
  loadMs += performance.now() - start;
  await host.generate([prompt], { ...options, adapter: String(i) });
}
globalThis.gc?.();
const after = resident();

const own = mkdtempSync(join(tmpdir(), "loam-bench-"));
await writeAdapter(own, method, another(0));
const alone = await TextGenerator.open(model, { threads: 2, ...(await openAdapter(own, model)) });
let turn = 0;
const timings = await measure({
  base: () => host.generate([prompt], options),
  "adapters in turn": () => host.generate([prompt], { ...options, adapter: String(++turn % count) }),
  "an adapter compiled in": () => alone.generate([prompt], options),
});
report(
  `Adapters of ${(adapterBytes / 1e6).toFixed(1)} MB on a base of ${(weightBytes / 1e6).toFixed(0)} MB, ${layers} layers, 2 threads`,
  [
    { name: "sessions for the base and all adapters", value: host.sessionCount, unit: "", atMost: 2 },
    {
      name: "memory of one more adapter over its own size",
      value: (after.anonymous - before.anonymous) / count / adapterBytes,
      unit: "×",
      atMost: 1.5,
    },
    { name: "one more adapter loads in", value: loadMs / count, unit: "ms" },
    {
      name: "16 tokens with an adapter over those of the base",
      value: timings["adapters in turn"].medianMs / timings.base.medianMs,
      unit: "×",
    },
    {
      name: "the same over an adapter compiled in",
      value: timings["adapters in turn"].medianMs / timings["an adapter compiled in"].medianMs,
      unit: "×",
      atMost: 1.3,
    },
  ],
  timings,
);
await alone.close();
await host.close();
rmSync(own, { recursive: true });
