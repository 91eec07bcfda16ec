import { Rng } from "@loam/core";
import { openStore, type Store } from "@loam/store";
import { newHome } from "@loam/store/testing";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRun, logToRun } from "../runs/write-runs.ts";
import { readSweepConfig } from "./config.ts";
import { shouldStop } from "./early-stop.ts";
import { gridOf } from "./grid.ts";
import type { Dimension } from "./space.ts";
import { createSweep, endTrial, nextTrial, settleSweep, trialsOf } from "./sweeps.ts";
import { type Observation, suggestTpe } from "./tpe.ts";

/** Median of the best of 50 trials over 20 seeds. */
function medianBest(dimensions: Dimension[], objective: (params: Record<string, never>) => number): number {
  const bests = Array.from({ length: 20 }, (_, seed) => {
    const rng = new Rng(seed);
    const trials: Observation[] = [];
    for (let i = 0; i < 50; i++) {
      const params = suggestTpe(dimensions, trials, rng);
      trials.push({ params, value: objective(params as Record<string, never>) });
    }
    return Math.min(...trials.map(({ value }) => value!));
  }).sort((a, b) => a - b);
  return (bests[9]! + bests[10]!) / 2;
}

describe("TPE finds at least what Optuna 5 finds in 50 trials", () => {
  test("Branin: Optuna 0.521, random 1.164", () => {
    const branin = ({ x, y }: Record<string, number>) =>
      (y! - (5.1 / (4 * Math.PI ** 2)) * x! ** 2 + (5 / Math.PI) * x! - 6) ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x!) + 10;
    const space: Dimension[] = [
      { name: "x", kind: "float", low: -5, high: 10 },
      { name: "y", kind: "float", low: 0, high: 15 },
    ];
    expect(medianBest(space, branin)).toBeLessThanOrEqual(0.521);
  });

  test("learning rate, layers, two choices and dropout: Optuna 0.204, random 0.685", () => {
    const act: Record<string, number> = { relu: 0.3, gelu: 0, tanh: 0.8, silu: 0.15 };
    const opt: Record<string, number> = { sgd: 1, adam: 0.2, adamw: 0, lion: 0.4, rmsprop: 0.6 };
    const space: Dimension[] = [
      { name: "lr", kind: "float", low: 1e-5, high: 1, log: true },
      { name: "layers", kind: "int", low: 1, high: 12 },
      { name: "act", kind: "categorical", choices: Object.keys(act) },
      { name: "opt", kind: "categorical", choices: Object.keys(opt) },
      { name: "dropout", kind: "float", low: 0, high: 0.8 },
    ];
    const cost = (p: Record<string, never>) =>
      (Math.log10(p.lr!) - Math.log10(0.003)) ** 2 +
      0.05 * (p.layers! - 4) ** 2 +
      act[p.act!]! +
      opt[p.opt!]! +
      4 * (p.dropout! - 0.1) ** 2;
    expect(medianBest(space, cost)).toBeLessThanOrEqual(0.204);
  });
});

test("values keep to their ranges, steps and conditions", () => {
  const { dimensions } = readSweepConfig({
    method: "bayes",
    metric: { name: "loss" },
    parameters: {
      lr: { min: 1e-4, max: 1e-1, distribution: "log_uniform_values" },
      batch: { min: 16, max: 64, distribution: "q_uniform", q: 16 },
      layers: { min: 1, max: 3 },
      opt: { parameters: { name: { values: ["sgd", "adam"] }, momentum: { min: 0, max: 1.0, distribution: "uniform", when: { "opt.name": "sgd" } } } },
    },
  });
  const rng = new Rng(1);
  const trials: Observation[] = [];
  for (let i = 0; i < 40; i++) {
    const params = suggestTpe(dimensions, trials, rng) as Record<string, never>;
    expect(params.lr).toBeGreaterThanOrEqual(1e-4);
    expect(params.lr).toBeLessThanOrEqual(1e-1);
    expect([16, 32, 48, 64]).toContain(params.batch);
    expect([1, 2, 3]).toContain(params.layers);
    expect("opt.momentum" in params).toBe(params["opt.name"] === "sgd");
    trials.push({ params, value: Math.abs(Math.log10(params.lr!) + 2) });
  }
});

test.each([
  [{ method: "bayes", parameters: {} }, /`metric`/],
  [{ method: "gird", parameters: {} }, /`method` is "gird"/],
  [{ parameters: { x: { min: 3, max: 1 } } }, /`x` is .*3…1/],
  [{ parameters: { x: { min: 0, max: 1, distribution: "log_uniform_values" } } }, /above 0 on a logarithmic scale/],
  [{ parameters: { x: { min: 0, max: 1, distribution: "unifrom" } } }, /Did you mean "uniform"/],
  [{ method: "grid", parameters: { x: { min: 0.5, max: 1 } } }, /in a grid/],
])("%j is refused by what is wrong with it", (config, message) => {
  expect(() => readSweepConfig(config)).toThrow(message);
});

test("a grid has each combination once, without those that differ only in what is not there", () => {
  const { dimensions } = readSweepConfig({
    method: "grid",
    parameters: { a: { values: [1, 2] }, b: { values: ["x", "y"], when: { a: 2 } } },
  });
  expect([...gridOf(dimensions)]).toEqual([{ a: 1 }, { a: 2, b: "x" }, { a: 2, b: "y" }]);
});

test("successive halving ends what is not among the best third at a rung, and never the only one there", () => {
  const rule = { type: "hyperband", minSteps: 3, eta: 3 } as const;
  expect(shouldStop(rule, [5, 5, 5], [])).toBe(false);
  expect(shouldStop(rule, [5, 5], [[1, 1, 1]])).toBe(false);
  expect(shouldStop(rule, [5, 5, 5], [[1, 1, 1]])).toBe(true);
  expect(shouldStop(rule, [1, 1, 1], [[5, 5, 5]])).toBe(false);
  expect(shouldStop({ type: "median", minSteps: 2, minTrials: 2 }, [4, 4], [[1, 1], [2, 2]])).toBe(true);
});

describe("with workers", () => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore({ home: await newHome(), databaseUrl: "", blobUrl: "", durability: "process" });
  });
  afterAll(async () => await store.close());

  test("parallel workers never get one trial, a dead one's is given to another, and the grid ends", async () => {
    const { id } = await createSweep(store, { project: "p", config: { method: "grid", parameters: { x: { values: [1, 2, 3, 4] } } } });
    const taken = await Promise.all(["a", "b", "c", "d"].map((worker) => nextTrial(store, id, worker)));
    expect(taken.map((trial) => trial!.params.x).sort()).toEqual([1, 2, 3, 4]);
    expect(await nextTrial(store, id, "e")).toBeUndefined();
    expect(await settleSweep(store, id)).toBe("running");
    await store.db.execute(sql`update sweep_trials set lease_until = now() - interval '1 second' where number = 2`);
    const again = await nextTrial(store, id, "e");
    expect(again).toMatchObject({ number: 2, params: { x: 3 }, attempts: 2, worker: "e" });
    for (const { run } of await trialsOf(store, id)) await endTrial(store, id, run, "finished");
    expect(await settleSweep(store, id)).toBe("finished");
    expect(await nextTrial(store, id, "a")).toBeUndefined();
  });

  test("the next trial follows from what the runs have logged; NaN is the worst", async () => {
    const { id } = await createSweep(store, {
      project: "q",
      config: { method: "bayes", metric: { name: "acc", goal: "maximize" }, parameters: { x: { min: 0, max: 1, distribution: "uniform" } }, seed: 3 },
    });
    for (let i = 0; i < 30; i++) {
      const trial = (await nextTrial(store, id, "w"))!;
      await createRun(store, { id: trial.run, kind: "wandb", experiment: "q", name: trial.run, externalId: trial.run });
      const x = trial.params.x as number;
      await logToRun(store, trial.run, { points: [{ key: "acc", step: 0, timeMs: 1, value: i === 4 ? Number.NaN : -((x - 0.3) ** 2) }] });
      await endTrial(store, id, trial.run, "finished");
    }
    const xs = (await trialsOf(store, id)).map(({ params }) => params.x as number);
    expect(Math.min(...xs.map((x) => Math.abs(x - 0.3)))).toBeLessThan(0.03);
    const far = (some: number[]) => some.reduce((sum, x) => sum + Math.abs(x - 0.3), 0) / some.length;
    expect(far(xs.slice(-10))).toBeLessThan(far(xs.slice(0, 10)));
  });
});
