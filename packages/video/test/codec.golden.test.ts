import { adamW, clip, conv3d, gradients, groupNorm, mul, reduceSum, type Tensor, value } from "@loam/graph";
import { describe, expect, test } from "vitest";
import { codecLoss, codecShapes, latentKl, sampleLatents } from "../src/codec/autoencoder.ts";
import type { CodecConfig } from "../src/codec/config.ts";
import { enlarge } from "../src/codec/layers.ts";
import { modulesOf } from "../src/model/model-parameters.ts";
import { compileLearner } from "../src/training/learner.ts";
import { evaluate, expectClose, Golden, goldenFiles, modulesFrom, weightsOf } from "./golden.ts";

describe("autoencoder-operators", async () => {
  const golden = await Golden.read("video", "autoencoder-operators.safetensors");
  const { conv3d: convolutions, group_norm: norms, upsample } = golden.config();

  /** Values and gradients of one operator, as recorded under a key. */
  async function check(key: string, names: string[], fn: (...x: Tensor[]) => Tensor): Promise<void> {
    const inputs = Object.fromEntries([...names, "grad_output"].map((name) => [name, golden.get(`${key}.${name}`)]));
    const results = await evaluate(inputs, ({ grad_output, ...x }) => {
      const out = fn(...names.map((name) => x[name]!));
      const grads = gradients(reduceSum(mul(out, grad_output!)), x);
      return { out, ...Object.fromEntries(names.map((name) => [`grad.${name}`, grads[name]!])) };
    });
    for (const [name, result] of Object.entries(results))
      expectClose(result, golden.get(`${key}.${name}`), { what: `${key}.${name}` });
  }

  test.each((convolutions as unknown[][]).map((row, i) => [i, row] as const))("conv3d %i", async (i, row) => {
    const [, , stride, padding, dilation, groups] = row as [unknown, unknown, number[], number[], number[], number];
    await check(`conv3d.${i}`, ["x", "weight", "bias"], (x, w, b) =>
      conv3d(x!, w!, b, { stride, padding, dilation, groups }),
    );
  });

  test.each((norms as unknown[][]).map((row, i) => [i, row] as const))("group norm %i", async (i, row) => {
    const [, groups, eps] = row as [unknown, number, number];
    await check(`group_norm.${i}`, ["x", "weight", "bias"], (x, w, b) => groupNorm(x!, w!, b!, { groups, eps }));
  });

  test.each((upsample as unknown[][]).map((row, i) => [i, row] as const))("upsampling %i", async (i, row) => {
    const [, time, causal] = row as [unknown, boolean, boolean];
    await check(`upsample.${i}`, ["x"], (x) => enlarge(x!, { time, causal }));
  });

  test("the KL, its clamp and a sample", async () => {
    const inputs = Object.fromEntries(["mean", "logvar", "eps"].map((name) => [name, golden.get(`kl.${name}`)]));
    const results = await evaluate(inputs, ({ mean, logvar, eps }) => {
      const latents = { mean: mean!, logVariance: clip(logvar!, { min: -30, max: 20 }) };
      const out = latentKl(latents);
      const grads = gradients(reduceSum(out), { mean: mean!, logvar: logvar! });
      return { out, sample: sampleLatents(latents, eps!), "grad.mean": grads.mean, "grad.logvar": grads.logvar };
    });
    for (const [name, result] of Object.entries(results)) expectClose(result, golden.get(`kl.${name}`), { what: name });
  });
});

const models = goldenFiles("video", "autoencoder-").filter((name) => !name.includes("operators"));

describe.each(models)("%s", (file) => {
  test("latents, clips, losses, every gradient and the steps that follow are those of the reference", async () => {
    const golden = await Golden.read("video", file);
    const json = golden.config();
    const { channels, width, latent, groups, causal, kl_weight: klWeight, lr, steps } = json;
    const config: CodecConfig = { channels, width, latent, groups, causal };
    const results = await evaluate({ ...weightsOf(golden), x: golden.get("x"), eps: golden.get("eps") }, (i) => {
      const { latents, z, out, loss, reconstruction, kl } = codecLoss(modulesFrom(i), config, {
        x: i.x!,
        eps: i.eps!,
        klWeight,
      });
      const wrt = Object.fromEntries(Object.keys(codecShapes(config)).map((name) => [name, i[`weights.${name}`]!]));
      return {
        mean: latents.mean,
        logvar: latents.logVariance,
        z,
        out,
        loss,
        "loss.reconstruction": reconstruction,
        "loss.kl": kl,
        ...Object.fromEntries(Object.entries(gradients(loss, wrt)).map(([name, g]) => [`grad.${name}`, g])),
      };
    });
    for (const [name, result] of Object.entries(results)) expectClose(result, golden.get(name), { what: name });

    const eps = golden.get("eps");
    const learner = await compileLearner({
      shapes: codecShapes(config),
      batch: {
        x: { dtype: "float32", shape: golden.shape("x") },
        eps: { dtype: "float32", shape: eps.dims },
      } as const,
      optimiser: adamW({ weightDecay: 0.01 }),
      loss: (params, batch) => codecLoss(modulesOf(params), config, { ...batch, klWeight }).loss,
    });
    let state = learner.start(golden.under("weights."));
    const losses: number[] = [];
    for (let n = 0; n < steps; n++) {
      const noise = golden.floats("steps.eps").slice(n * eps.size, (n + 1) * eps.size);
      const step = await learner.step(
        state,
        { x: golden.get("x"), eps: value(noise, eps.dims) },
        { learningRate: lr, emaDecay: 0.9 },
      );
      state = step.state;
      losses.push(step.loss);
    }
    await learner.close();
    expectClose(losses, golden.get("steps.loss"), { what: "losses of the steps", within: 2e-5 });
    for (const name of ["conv_in.weight", "conv_out.bias"])
      expectClose(state.params[name]!, golden.get(`after.${name}`), {
        what: `${name} after ${steps} steps`,
        within: 2e-5,
      });
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });
});
