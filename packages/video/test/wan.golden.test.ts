import { existsSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "@loam/core";
import { gradients, mul, reduceSum, type Tensor, type Value, value } from "@loam/graph";
import { describe, expect, test } from "vitest";
import type { VelocityField } from "../src/diffusion/flow/samplers/sampler.ts";
import { flowSchedule } from "../src/wan/scheduler.ts";
import { WanTransformerConfig, wanTransformer } from "../src/wan/transformer.ts";
import { evaluate, expectClose, Golden, goldenFolder, modulesFrom, readGoldenJson } from "./golden.ts";

const module = { within: 1e-4, atLeast: 1 };
const folders = (...names: string[]) => names.filter((name) => existsSync(goldenFolder("wan", name)));
async function weightsIn(name: string): Promise<Record<string, Value>> {
  const { tensors } = await readSafetensors(join(goldenFolder("wan", name), "diffusion_pytorch_model.safetensors"));
  return Object.fromEntries(
    [...tensors].map(([key, { data, shape }]) => [`weights.${key}`, value(data as Float32Array, shape)]),
  );
}

describe.each(folders("transformer-a", "transformer-b"))("%s", (name) => {
  test("output, stages and gradients are those of diffusers", async () => {
    const golden = await Golden.read("wan", `${name}.safetensors`);
    const config = WanTransformerConfig.parse(readGoldenJson("wan", name, "config.json"));
    const { runs, gradients: wanted } = golden.config();
    const weights = await weightsIn(name);
    for (const run of (runs as unknown[]).keys()) {
      const get = (key: string) => golden.get(`run${run}.${key}`);
      const inputs = {
        ...weights,
        x: get("x"),
        t: value(golden.numbers(`run${run}.timestep`), golden.shape(`run${run}.timestep`)),
        words: get("words"),
        dy: get("grad_output"),
      };
      const results = await evaluate(inputs, (i) => {
        const stages: Record<string, Tensor> = {};
        const out = wanTransformer(modulesFrom(i), config, {
          ...{ x: i.x!, t: i.t!, words: i.words! },
          onStage: (stage, tensor) => void (stages[`stage.${stage}`] = tensor),
        });
        const wrt = Object.fromEntries((wanted as string[]).map((key) => [key, i[`weights.${key}`]!]));
        const found = gradients(reduceSum(mul(out, i.dy!)), { x: i.x!, words: i.words!, ...wrt });
        return { out, ...stages, ...Object.fromEntries(Object.entries(found).map(([key, g]) => [`grad.${key}`, g])) };
      });
      for (const [key, result] of Object.entries(results)) {
        if (!golden.has(`run${run}.${key}`)) continue;
        const expected = get(key);
        // The reference's patch embedding is a convolution: its channels come before its places.
        if (key === "stage.patch_embedding") continue;
        expectClose(result, expected, { what: `run ${run} ${key}`, ...module });
      }
    }
  });
});

describe("schedulers", async () => {
  const golden = await Golden.read("wan", "schedulers.safetensors");
  const { cases } = readGoldenJson<{
    cases: {
      name: string;
      kind: string;
      config: Record<string, unknown>;
      steps: number;
      timesteps: number[];
      sigmas: number[];
    }[];
  }>("wan", "schedulers.json");

  test.each(cases.map((one) => [`${one.name} in ${one.steps} steps`, one] as const))("%s", async (_, one) => {
    const { levels, timesteps, sampler } = flowSchedule({ ...one.config, _class_name: one.kind }, one.steps);
    expectClose(levels, one.sigmas, { what: "levels", within: 1e-6, atLeast: 1 });
    expectClose(timesteps, one.timesteps, { what: "timesteps", within: 1e-6 });
    const key = `${one.name}.${one.steps}`;
    const [outputs, samples] = [golden.floats(`${key}.model_output`), golden.floats(`${key}.sample`)];
    const start = golden.floats("x");
    // The recorded outputs of the model, one a step: what remains is the solver.
    let asked = 0;
    const field: VelocityField = () => outputs.slice(asked * start.length, ++asked * start.length);
    const states: number[] = [];
    await sampler(field, start, levels, { onStep: ({ x }) => void states.push(...x) });
    expect(asked).toBe(one.steps);
    expectClose(states, samples, { what: "samples", within: 2e-6, atLeast: 1 });
  });
});
