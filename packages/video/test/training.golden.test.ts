import { adamW, type Tensor, value } from "@loam/graph";
import { describe, test } from "vitest";
import { flowLoss } from "../src/diffusion/flow/loss.ts";
import { dropPrompts, videoDit } from "../src/dit/video-dit.ts";
import { modulesOf } from "../src/model/model-parameters.ts";
import { compileLearner } from "../src/training/learner.ts";
import { expectClose, Golden, goldenFiles } from "./golden.ts";
import { configOf } from "./video-dit-config.ts";

describe.each(goldenFiles("video", "video-training-"))("%s", (file) => {
  test("losses, norms, weights, moments and means after AdamW steps are those of the reference", async () => {
    const golden = await Golden.read("video", file);
    const json = golden.config();
    const config = configOf(json);
    const { steps, lr, betas, weight_decay, clip_norm, ema, keep } = json;
    const weights = golden.under("weights.");
    const clean = golden.get("clean");
    const [B] = clean.dims as [number];
    const learner = await compileLearner({
      shapes: Object.fromEntries(Object.entries(weights).map(([name, { dims }]) => [name, dims])),
      batch: {
        x: { dtype: "float32", shape: clean.dims },
        eps: { dtype: "float32", shape: clean.dims },
        t: { dtype: "float32", shape: [B] },
        text: { dtype: "float32", shape: golden.shape("text") },
        mask: { dtype: "bool", shape: golden.shape("mask") },
        drop: { dtype: "bool", shape: [B] },
      } as const,
      optimiser: adamW({ betas, weightDecay: weight_decay }),
      clipNorm: clip_norm,
      loss: (params, { x, eps, t, text, mask, drop }) => {
        const modules = modulesOf(params);
        const prompts = dropPrompts(modules, { text, mask }, drop);
        const predict = (xt: Tensor) => videoDit(modules, config, { x: xt, t, prompts });
        return flowLoss({ x, eps, t }, { prediction: "velocity", predict });
      },
    });
    const part = (name: string, n: number) => {
      const [count, ...rest] = golden.shape(`steps.${name}`) as [number, ...number[]];
      const all = golden.numbers(`steps.${name}`);
      const each = all.length / count;
      return { data: all.slice(n * each, (n + 1) * each), shape: rest };
    };
    let state = learner.start(weights);
    const losses: number[] = [];
    const norms: number[] = [];
    for (let n = 0; n < steps; n++) {
      const [t, noise, drop] = ["t", "noise", "drop"].map((name) => part(name, n));
      const batch = {
        x: clean,
        eps: value(noise!.data, noise!.shape),
        t: value(t!.data, [B]),
        text: golden.get("text"),
        mask: golden.mask("mask"),
        drop: value(drop!.data.map(Boolean), [B], "bool"),
      };
      const step = await learner.step(state, batch, { learningRate: lr, emaDecay: ema });
      state = step.state;
      losses.push(step.loss);
      norms.push(step.gradNorm);
    }
    await learner.close();
    expectClose(losses, golden.get("steps.loss"), { what: "losses", within: 2e-5 });
    expectClose(norms, golden.get("steps.grad_norm"), { what: "gradient norms", within: 2e-5 });
    // Adam divides by the root of the second moment: rounding of small gradients shows in the weights, and steps on in the moments.
    for (const name of keep as string[]) {
      expectClose(state.params[name]!, golden.get(`after.${name}`), { what: `after.${name}`, within: 1e-4 });
      expectClose(state.ema[name]!, golden.get(`ema.${name}`), { what: `ema.${name}`, within: 1e-4 });
      const { m, v } = state.optimiser.slots[name] as { m: typeof clean; v: typeof clean };
      expectClose(m, golden.get(`exp_avg.${name}`), { what: `exp_avg.${name}`, within: 1e-3, atLeast: 1e-8 });
      expectClose(v, golden.get(`exp_avg_sq.${name}`), { what: `exp_avg_sq.${name}`, within: 1e-3, atLeast: 1e-8 });
    }
  });
});
