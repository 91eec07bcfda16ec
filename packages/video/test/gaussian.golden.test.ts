import {
  add,
  concat,
  cos,
  expand,
  gradients,
  matmul,
  mul,
  reduceMean,
  reshape,
  slice,
  type Tensor,
  tanh,
  transpose,
  type Value,
  value,
  zerosLike,
} from "@loam/graph";
import { describe, expect, test } from "vitest";
import {
  discretizedLogLikelihood,
  type GaussianLossType,
  gaussianLoss,
  normalCdf,
  normalKl,
  priorBits,
} from "../src/diffusion/gaussian/loss.ts";
import {
  ddimReverseStep,
  ddimStep,
  ddpmStep,
  forwardNormal,
  gaussianProcess,
  type MeanType,
  noised,
  posterior,
  reverse,
  type VarianceType,
} from "../src/diffusion/gaussian/process.ts";
import { spaceTimesteps } from "../src/diffusion/gaussian/respacing.ts";
import { type BetaSchedule, gaussianSchedule, namedBetas } from "../src/diffusion/gaussian/schedule.ts";
import { evaluate, expectClose, Golden, goldenFiles, readGoldenJson } from "./golden.ts";

const meanTypes: Record<string, MeanType> = { EPSILON: "eps", START_X: "x" };
const varianceTypes: Record<string, VarianceType> = {
  LEARNED_RANGE: "learned-range",
  FIXED_LARGE: "fixed-large",
  FIXED_SMALL: "fixed-small",
};
const lossTypes: Record<string, GaussianLossType> = {
  MSE: "mse",
  RESCALED_MSE: "rescaled-mse",
  KL: "kl",
  RESCALED_KL: "rescaled-kl",
};
const full = (x: Tensor, like: Tensor) => add(x, zerosLike(like));
const sliceChannels = (x: Value, channels: number): Value => {
  const [B, C, ...rest] = x.dims as [number, number, ...number[]];
  const each = rest.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: B * channels * each }, (_, i) => {
    const row = Math.floor(i / (channels * each));
    return (x.data as Float32Array)[row * C * each + (i % (channels * each))]!;
  });
  return value(data, [B, channels, ...rest]);
};

test("diffusion-schedules: every array of every schedule, respaced ones too", async () => {
  const golden = await Golden.read("video", "diffusion-schedules.safetensors");
  for (const name of golden.tensors.keys()) {
    const [, betas, steps, , spacing, array] = /^(\w+)\.(\d+)(\.respaced-([\w,]+))?\.(\w+)$/.exec(name)!;
    const process = gaussianProcess({ betas: betas as BetaSchedule, steps: Number(steps), spacing });
    if (array === "timestep_map") expect(process.timesteps, name).toEqual(golden.numbers(name));
    else expectClose(process.schedule[array as "betas"], golden.get(name), { what: name });
  }
});

test("diffusion-exact: float64 to twelve digits, and which steps are walked", () => {
  const { float64, space_timesteps } = readGoldenJson<{
    float64: Record<string, { index: number[] } & Record<string, number[]>>;
    space_timesteps: {
      num_timesteps: number;
      section_counts: string | number[];
      timesteps?: number[];
      error?: string;
    }[];
  }>("video", "diffusion-exact.json");
  for (const [key, { index, ...arrays }] of Object.entries(float64)) {
    const [name, steps] = key.split(".") as [BetaSchedule, string];
    const schedule = gaussianSchedule(namedBetas(name, Number(steps)));
    for (const [array, expected] of Object.entries(arrays))
      for (const [i, at] of index.entries()) {
        const found = schedule[array as "betas"][at]!;
        expect(Math.abs(found - expected[i]!), `${key} ${array}[${at}]`).toBeLessThanOrEqual(
          1e-12 * Math.max(1, Math.abs(expected[i]!)),
        );
      }
  }
  for (const { num_timesteps, section_counts, timesteps, error } of space_timesteps)
    if (error) expect(() => spaceTimesteps(num_timesteps, section_counts)).toThrow("`spacing` is");
    else expect(spaceTimesteps(num_timesteps, section_counts)).toEqual(timesteps);
});

describe.each(goldenFiles("video", "diffusion-losses-"))("%s", (file) => {
  test("forward process, losses and their gradients are those of the reference", async () => {
    const golden = await Golden.read("video", file);
    const { schedule, steps, kinds, shape } = golden.config();
    const base = { betas: schedule, steps };
    const channels = shape[1] as number;
    const output = golden.get("model_output");
    const inputs = {
      x0: golden.get("x_start"),
      eps: golden.get("noise"),
      t: golden.indices("t"),
      last: value(
        golden.numbers("t").map(() => steps - 1),
        golden.shape("t"),
        "int64",
      ),
      output,
      mean: sliceChannels(output, channels),
      "kl.mean1": golden.get("kl.mean1"),
      "kl.logvar1": golden.get("kl.logvar1"),
      "likelihood.x": golden.get("likelihood.x"),
      "cdf.in": golden.get("cdf.in"),
    };
    const results = await evaluate(inputs, (i) => {
      const process = gaussianProcess(base);
      const [x0, eps, t] = [i.x0!, i.eps!, i.t!];
      const xt = noised(process, x0, eps, t);
      const forward = forwardNormal(process, x0, t);
      const back = posterior(process, x0, xt, t);
      const outputs: Record<string, Tensor> = {
        q_sample: xt,
        q_mean: forward.mean,
        q_variance: full(forward.variance, x0),
        q_log_variance: full(forward.logVariance, x0),
        posterior_mean: back.mean,
        posterior_variance: full(back.variance, x0),
        posterior_log_variance: full(back.logVariance, x0),
        prior_bpd: priorBits(process, x0, i.last!),
        "kl.out": normalKl(
          { mean: i["kl.mean1"]!, logVariance: i["kl.logvar1"]! },
          { mean: x0, logVariance: mul(i["kl.logvar1"]!, 0.5) },
        ),
        "likelihood.out": discretizedLogLikelihood(i["likelihood.x"]!, i["kl.mean1"]!, mul(0.5, i["kl.logvar1"]!)),
        "cdf.out": normalCdf(i["cdf.in"]!),
      };
      for (const [mean, variance, loss] of kinds as [string, string, string][]) {
        const kind = gaussianProcess({ ...base, mean: meanTypes[mean], variance: varianceTypes[variance] });
        const given = variance.startsWith("LEARNED") ? i.output! : i.mean!;
        const terms = gaussianLoss(kind, lossTypes[loss]!, { x0, eps, t, predict: () => given });
        for (const [name, term] of Object.entries(terms))
          if (term) outputs[`${mean}.${variance}.${loss}.${name}`] = term;
        outputs[`${mean}.${variance}.${loss}.grad_model_output`] = gradients(reduceMean(terms.loss), { given }).given;
      }
      return outputs;
    });
    for (const [name, result] of Object.entries(results)) expectClose(result, golden.get(name), { what: name });
  });
});

describe.each(goldenFiles("video", "diffusion-steps-"))("%s", (file) => {
  test("single reverse steps are those of the reference", async () => {
    const golden = await Golden.read("video", file);
    const { schedule, steps, kinds, etas, shape } = golden.config();
    const output = golden.get("model_output");
    const inputs = {
      xt: golden.get("x_t"),
      t: golden.indices("t"),
      noise: golden.get("noise"),
      output,
      half: sliceChannels(output, shape[1]),
    };
    const results = await evaluate(inputs, (i) => {
      const outputs: Record<string, Tensor> = {};
      const [xt, t, noise] = [i.xt!, i.t!, i.noise!];
      for (const [mean, variance] of kinds as [string, string][])
        for (const clipped of [true, false]) {
          const process = gaussianProcess({
            betas: schedule,
            steps,
            mean: meanTypes[mean],
            variance: varianceTypes[variance],
          });
          const step = { output: variance.startsWith("LEARNED") ? i.output! : i.half!, xt, t, noise };
          const key = `${mean}.${variance}.${clipped ? "clip" : "raw"}`;
          const p = reverse(process, step.output, xt, t, { clipped });
          outputs[`${key}.mean`] = p.mean;
          outputs[`${key}.variance`] = full(p.variance, xt);
          outputs[`${key}.log_variance`] = full(p.logVariance, xt);
          outputs[`${key}.pred_xstart`] = p.x0;
          outputs[`${key}.p_sample`] = ddpmStep(process, step, { clipped }).sample;
          for (const eta of etas as number[])
            outputs[`${key}.ddim.eta${Number.isInteger(eta) ? eta.toFixed(1) : eta}`] = ddimStep(process, step, {
              eta,
              clipped,
            }).sample;
          outputs[`${key}.ddim_reverse`] = ddimReverseStep(process, step, { clipped }).sample;
        }
      return outputs;
    });
    for (const [name, result] of Object.entries(results)) expectClose(result, golden.get(name), { what: name });
  });

  test("whole respaced chains are those of the reference", async () => {
    const golden = await Golden.read("video", file);
    const { schedule, steps, chains } = golden.config();
    for (const [kind, spacing] of chains as ["ddpm" | "ddim", string][]) {
      const key = `chain.${kind}-${spacing}`;
      const process = gaussianProcess({ betas: schedule, steps, spacing });
      const count = process.timesteps.length;
      expect(golden.numbers(`${key}.model_t`)).toEqual(process.timesteps.toReversed());
      const inputs = {
        x: golden.get(`${key}.x_T`),
        noise: golden.get(`${key}.noise`),
        w1: golden.get(`${key}.W1`),
        w2: golden.get(`${key}.W2`),
        steps: value(process.timesteps.toReversed(), [count]),
        index: value(
          process.timesteps.map((_, i) => count - 1 - i),
          [count],
          "int64",
        ),
      };
      const results = await evaluate(inputs, (i) => {
        let x = i.x!;
        const B = x.shape[0] as number;
        const outputs: Record<string, Tensor> = {};
        const mixed = (w: Tensor, of: Tensor) =>
          transpose(matmul(transpose(of, [0, 2, 3, 1]), w, { transposeB: true }), [0, 3, 1, 2]);
        for (let n = 0; n < count; n++) {
          const one = (of: Tensor) => reshape(slice(of, { axes: [0], starts: [n], ends: [n + 1] }), of.shape.slice(1));
          const wave = cos(mul(one(i.steps!), 0.01));
          const output = concat([add(mul(mixed(i.w1!, x), wave), mul(0.5, x)), tanh(mixed(i.w2!, x))], { axis: 1 });
          const t = expand(slice(i.index!, { axes: [0], starts: [n], ends: [n + 1] }), [B]);
          const step = { output, xt: x, t, noise: one(i.noise!) };
          const { sample, x0 } = kind === "ddpm" ? ddpmStep(process, step) : ddimStep(process, step);
          outputs[`model_output.${n}`] = output;
          outputs[`sample.${n}`] = x = sample;
          outputs[`pred_xstart.${n}`] = x0;
        }
        return outputs;
      });
      for (const [name, result] of Object.entries(results)) {
        const [what, n] = name.split(".") as [string, string];
        const whole = golden.floats(`${key}.${what}`);
        const each = result.size;
        expectClose(result, whole.subarray(Number(n) * each, (Number(n) + 1) * each), { what: `${key} ${name}` });
      }
    }
  });
});
