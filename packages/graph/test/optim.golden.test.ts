import { describe, expect, test } from "vitest";
import * as g from "../src/index.ts";
import { readGolden, readTensors, relativeDifference } from "./golden.ts";

interface Options {
  class: string;
  lr: number;
  momentum?: number;
  nesterov?: boolean;
  weight_decay?: number;
  betas?: [number, number];
  eps?: number;
  amsgrad?: boolean;
}

const { steps, optimisers } = readGolden<{ steps: number; optimisers: Record<string, Options> }>(
  "optim",
  "optimisers.json",
);
const tensors = readTensors("optim", "optimisers.safetensors");

/** PyTorch's classes in ours. Muon computes in bfloat16 there and is not offered here. */
const classes: Record<string, (options: Options) => g.Optimiser> = {
  "torch.optim.SGD": ({ momentum, nesterov, weight_decay }) => g.sgd({ momentum, nesterov, weightDecay: weight_decay }),
  "torch.optim.Adam": ({ betas, eps, weight_decay = 0 }) =>
    g.adamW({ betas, eps, weightDecay: weight_decay, decay: "l2" }),
  "torch.optim.AdamW": ({ betas, eps, weight_decay, amsgrad }) =>
    g.adamW({ betas, eps, weightDecay: weight_decay, amsgrad }),
  "torch.optim.Adafactor": () => g.adafactor(),
  "plain torch from arXiv:2302.06675": ({ betas, weight_decay }) => g.lion({ betas, weightDecay: weight_decay }),
};

/** Entry `index` along the first axis. */
function row(name: string, index: number): g.Value {
  const all = tensors.get(name)!;
  const shape = all.dims.slice(1);
  const size = shape.reduce((a, b) => a * b, 1);
  return g.value((all.data as Float32Array).slice(index * size, (index + 1) * size), shape);
}

const params = { matrix: tensors.get("initial/matrix")!, vector: tensors.get("initial/vector")! };
const specs = {
  matrix: { dtype: "float32" as const, shape: params.matrix.dims },
  vector: { dtype: "float32" as const, shape: params.vector.dims },
};

describe("optimisers move parameters as PyTorch's do", () => {
  const cases = Object.entries(optimisers).filter(([, options]) => options.class in classes);
  test.each(cases)("%s", async (name, options) => {
    const optimiser = classes[options.class]!(options);
    const program = await g.compile(
      ({ params, grads, state }) => optimiser.update({ params, grads, state, learningRate: options.lr }),
      { inputs: { params: specs, grads: specs, state: optimiser.stateSpec(specs) } },
    );
    let current = { params, state: optimiser.initialState(specs) };
    for (let step = 0; step < steps; step++) {
      const grads = { matrix: row("grad/matrix", step), vector: row("grad/vector", step) };
      current = await program({ ...current, grads });
      for (const tensor of ["matrix", "vector"] as const) {
        const difference = relativeDifference(current.params[tensor], row(`${name}/${tensor}`, step));
        expect(difference, `${tensor} after step ${step + 1}`).toBeLessThan(1e-5);
      }
    }
    await program.close();
  });

  test("clipping scales all gradients by one factor, and not at all below the limit", async () => {
    const { total_norm_by_limit: norms } = optimisers.clip_grad_norm as unknown as {
      total_norm_by_limit: Record<string, number>;
    };
    for (const [limit, norm] of Object.entries(norms)) {
      const program = await g.compile(({ grads }) => g.clipGlobalNorm(grads, Number(limit)), {
        inputs: { grads: specs },
      });
      const result = await program({ grads: { matrix: row("grad/matrix", 0), vector: row("grad/vector", 0) } });
      expect(g.numbers(result.norm)[0]).toBeCloseTo(norm, 5);
      for (const tensor of ["matrix", "vector"] as const) {
        const expected = tensors.get(`clip_${limit === "1000000.0" ? "1e+06" : limit}/${tensor}`)!;
        expect(relativeDifference(result.grads[tensor], expected)).toBeLessThan(1e-6);
      }
      await program.close();
    }
  });
});

describe("schedules equal those of transformers", () => {
  const golden = readGolden<{
    base_lr: number;
    num_warmup_steps: number;
    num_training_steps: number;
    schedules: Record<
      string,
      { options: { num_cycles?: number; min_lr_rate?: number; num_decay_steps?: number }; lr: number[] }
    >;
  }>("optim", "schedules.json");
  test.each(Object.entries(golden.schedules))("%s", (name, { options, lr }) => {
    const rate = g.schedule(name as g.ScheduleName, {
      learningRate: golden.base_lr,
      warmupSteps: golden.num_warmup_steps,
      totalSteps: golden.num_training_steps,
      ...(options.num_cycles && { cycles: options.num_cycles }),
      ...(options.min_lr_rate && { minRatio: options.min_lr_rate }),
      ...(options.num_decay_steps && { decaySteps: options.num_decay_steps }),
    });
    for (const [step, expected] of lr.entries()) expect(rate(step), `step ${step}`).toBeCloseTo(expected, 12);
  });

  test("without decaySteps, warmup_stable_decay falls from the end of the warm-up to the end", () => {
    const rate = g.schedule("warmup_stable_decay", { learningRate: 1, warmupSteps: 10, totalSteps: 110 });
    expect([0, 5, 10, 35, 60, 85, 110].map(rate)).toEqual(
      [0, 0.5, 1, (2 + Math.SQRT2) / 4, 0.5, (2 - Math.SQRT2) / 4, 0].map((share) => expect.closeTo(share, 12)),
    );
  });

  test("a schedule stays at its end after the last step, and a rate of nothing is one", () => {
    const rate = (name: g.ScheduleName, options = {}) =>
      g.schedule(name, { learningRate: 1, totalSteps: 10, minRatio: 0.1, endLearningRate: 0.25, ...options });
    expect([rate("warmup_stable_decay")(10), rate("warmup_stable_decay")(15)]).toEqual([0.1, 0.1]);
    expect([rate("polynomial")(5), rate("polynomial")(10), rate("polynomial")(15)]).toEqual([0.625, 0.25, 0.25]);
    expect(rate("linear")(15)).toBe(0);
    expect(rate("constant", { learningRate: 0 })(3)).toBe(0);
    expect(() => rate("constant", { learningRate: -1 })).toThrow("a number of at least 0");
    expect(() => rate("constant", { totalSteps: 0 })).toThrow("a positive number of steps");
  });

  test("an unknown schedule is answered with the nearest", () => {
    expect(() => g.schedule("cosin" as "cosine", { learningRate: 1, totalSteps: 1 })).toThrow('Did you mean "cosine"?');
  });
});
