import { gradients, type Tensor, value } from "@loam/graph";
import { describe, expect, test } from "vitest";
import { flowLoss } from "../src/diffusion/flow/loss.ts";
import { fromVelocity, straightPath, toVelocity, trigonometricPath } from "../src/diffusion/flow/path.ts";
import { euler } from "../src/diffusion/flow/samplers/euler.ts";
import { heun } from "../src/diffusion/flow/samplers/heun.ts";
import type { Sampler, VelocityField } from "../src/diffusion/flow/samplers/sampler.ts";
import {
  diffusersEulerTimes,
  logitNormal,
  logitNormalDensity,
  modeTime,
  shiftTime,
  shiftTimeExponential,
  stratifiedTimes,
  timeGrid,
} from "../src/diffusion/flow/times.ts";
import { guide } from "../src/diffusion/guidance.ts";
import { evaluate, expectClose, Golden, goldenFiles, readGoldenJson } from "./golden.ts";

/** Rows in the other order. */
function flipRows(data: Float32Array, rows: number): Float32Array {
  const each = data.length / rows;
  return data.map((_, i) => data[(rows - 1 - Math.floor(i / each)) * each + (i % each)]!);
}

/** 4 as Python prints it: 4.0. */
const py = (x: number) => (Number.isInteger(x) ? x.toFixed(1) : `${x}`);

describe.each(goldenFiles("video", "flow-training-"))("%s", (file) => {
  test("paths, conversions, losses and guidance", async () => {
    const golden = await Golden.read("video", file);
    const shape = golden.shape("x");
    const scales: number[] = golden.config().cfg_scales;
    const inputs = {
      x: golden.get("x"),
      eps: golden.get("eps"),
      t: golden.get("t"),
      prediction: golden.get("prediction"),
      other: value(flipRows(golden.floats("prediction"), shape[0]!), shape),
    };
    const results = await evaluate(inputs, (i) => {
      const [x, eps, t, prediction] = [i.x!, i.eps!, i.t!, i.prediction!];
      const { xt, velocity } = straightPath(x, eps, t);
      const gvp = trigonometricPath(x, eps, t);
      const from = fromVelocity(prediction, { xt, t });
      const loss = flowLoss({ x, eps, t }, { prediction: "velocity", predict: () => prediction });
      const xLoss = flowLoss({ x, eps, t }, { prediction: "x", predict: () => prediction });
      return {
        x_t: xt,
        velocity,
        "gvp.x_t": gvp.xt,
        "gvp.velocity": gvp.velocity,
        "from_velocity.x": from.x,
        "from_velocity.eps": from.eps,
        "from_velocity.score": from.score,
        "from_x.velocity": toVelocity(prediction, { prediction: "x", xt, t }),
        "from_x.velocity.clip0.1": toVelocity(prediction, { prediction: "x", xt, t, floor: 0.1 }),
        "from_eps.velocity": toVelocity(prediction, { prediction: "eps", xt, t }),
        loss,
        "loss.grad": gradients(loss, { prediction }).prediction,
        x_loss: xLoss,
        "x_loss.grad": gradients(xLoss, { prediction }).prediction,
        ...Object.fromEntries(scales.map((scale) => [`cfg.${py(scale)}`, guide(prediction, i.other!, scale)])),
      } as Record<string, Tensor>;
    });
    for (const [name, result] of Object.entries(results)) expectClose(result, golden.get(name), { what: name });
  });

  test("times of training and of sampling", async () => {
    const golden = await Golden.read("video", file);
    const { logit_normal, mode, shifts, exp_shifts, grid_steps } = golden.config();
    const [normals, uniforms] = [golden.numbers("normals"), golden.numbers("uniforms")];
    const even = Array.from({ length: 19 }, (_, i) => Math.fround(0.05 + (0.9 * i) / 18));
    const check = (name: string, found: number[]) => expectClose(found, golden.get(`time.${name}`), { what: name });
    for (const [mean, std] of logit_normal as [number, number][]) {
      const key = `${py(mean)}.${py(std)}`;
      check(
        `logit_normal.${key}`,
        normals.map((n) => logitNormal(n, mean, std)),
      );
      check(
        `logit_normal_density.${key}`,
        even.map((t) => logitNormalDensity(t, mean, std)),
      );
      check(`stratified.${key}`, stratifiedTimes(uniforms, mean, std));
    }
    for (const scale of mode as number[])
      check(
        `mode.${py(scale)}`,
        uniforms.map((u) => modeTime(u, scale)),
      );
    for (const shift of shifts as number[]) {
      check(
        `shift.${py(shift)}`,
        uniforms.map((u) => shiftTime(u, shift)),
      );
      check(`grid.${py(shift)}`, timeGrid(grid_steps, shift));
    }
    for (const [mu, sigma] of exp_shifts as [number, number][])
      check(
        `shift_exponential.${py(mu)}.${py(sigma)}`,
        uniforms.map((u) => shiftTimeExponential(u, mu, sigma)),
      );
  });
});

describe.each(goldenFiles("video", "flow-sampling-"))("%s", (file) => {
  test("Euler and Heun walk known fields as recorded, state by state", async () => {
    const golden = await Golden.read("video", file);
    const { std, grids, dim, components } = golden.config();
    const mu = golden.numbers("gaussian.mu");
    /** E[ε - x | x_t] for data N(μ, s²). */
    const gaussian: VelocityField = (x, t) => {
      const variance = (1 - t) ** 2 * std ** 2 + t ** 2;
      return x.map((at, i) => -mu[i % dim]! + ((t - (1 - t) * std ** 2) / variance) * (at - (1 - t) * mu[i % dim]!));
    };
    const [mus, stds, weights] = ["mu", "std", "weight"].map((name) => golden.numbers(`mixture.${name}`)) as [
      number[],
      number[],
      number[],
    ];
    /** The same for a mixture of spherical normals. */
    const mixture: VelocityField = (x, t) => {
      const out = new Float32Array(x.length);
      for (let row = 0; row < x.length; row += dim) {
        const terms = Array.from({ length: components as number }, (_, k) => {
          const variance = (1 - t) ** 2 * stds[k]! ** 2 + t ** 2;
          const away = Array.from({ length: dim as number }, (_, j) => x[row + j]! - (1 - t) * mus[k * dim + j]!);
          const square = away.reduce((sum, d) => sum + d * d, 0);
          return {
            log: Math.log(weights[k]!) - (0.5 * square) / variance - 0.5 * dim * Math.log(variance),
            v: away.map((d, j) => -mus[k * dim + j]! + ((t - (1 - t) * stds[k]! ** 2) / variance) * d),
          };
        });
        const top = Math.max(...terms.map(({ log }) => log));
        const total = terms.reduce((sum, { log }) => sum + Math.exp(log - top), 0);
        for (const { log, v } of terms)
          for (let j = 0; j < dim; j++) out[row + j]! += (Math.exp(log - top) / total) * v[j]!;
      }
      return out;
    };
    const samplers: Record<string, Sampler> = {
      euler,
      heun: heun({ lastStep: "heun" }),
      heun_last_euler: heun({ lastStep: "euler" }),
    };
    const noise = golden.floats("z");
    for (const [field, v] of Object.entries({ gaussian, mixture }))
      for (const [steps, shift] of grids as [number, number][]) {
        const times = timeGrid(steps, shift);
        expectClose(times, golden.get(`${field}.times.${steps}.${py(shift)}`), { what: "times" });
        for (const [name, sampler] of Object.entries(samplers)) {
          const states: number[] = [...noise];
          await sampler(v, noise, times, { onStep: ({ x }) => void states.push(...x) });
          const key = `${field}.${name}.${steps}.${py(shift)}`;
          expectClose(states, golden.get(key), { what: key });
        }
      }
    const exact = await heun({ lastStep: "heun" })(gaussian, noise, timeGrid(200));
    expectClose(exact, golden.get("gaussian.exact"), { what: "the exact end of the Gaussian field", within: 1e-3 });
  });
});

test("flow-schedulers: the noise levels of two public schedulers can be walked", () => {
  const { rows } = readGoldenJson<{
    rows: {
      shift: number;
      steps: number;
      euler_sigmas: number[];
      euler_sigmas_from_linspace_1_to_1_over_n: number[];
    }[];
  }>("video", "flow-schedulers.json");
  for (const { shift, steps, euler_sigmas, euler_sigmas_from_linspace_1_to_1_over_n } of rows) {
    expectClose(timeGrid(steps, shift), euler_sigmas_from_linspace_1_to_1_over_n, {
      what: `shift ${shift}, ${steps} steps`,
    });
    expectClose(diffusersEulerTimes(steps, shift), euler_sigmas, { what: `diffusers' own, shift ${shift}` });
  }
  expect(rows.length).toBeGreaterThan(0);
});
