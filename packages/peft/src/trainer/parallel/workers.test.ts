import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { largestDifference, readTensors } from "../../../test/tensors.ts";
import { tuneFolder } from "../../../test/tune-folder.ts";
import { parseRecipe, type RecipeInput } from "../recipe/recipe.ts";
import { tune } from "../tune.ts";
import { cpuSlices } from "./cpu-slices.ts";
import { shareOut, WorkerPool } from "./worker-pool.ts";

const { folder, model, recipe, lossesIn } = tuneFolder();

/** Three micro-batches, so that two workers have unequal shares; dropout and clipping on. */
const shared = (output: string, more: Partial<RecipeInput> = {}) =>
  recipe(output, { gradient_accumulation: 3, batch_size: 2, max_steps: 20, ...more });

/** Worker processes of this process that are running. */
const workerPids = (): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const parent = /PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
        return (
          Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("parallel/worker.ts")
        );
      } catch {
        return false;
      }
    })
    .map(Number);

describe("workers", () => {
  test.each<[string, Partial<RecipeInput>]>([
    ["LoRA with dropout and NEFTune", { neftune_alpha: 2, data: { ...shared("x").data, packing: true } }],
    [
      "AdaLoRA, which is allotted its ranks once",
      {
        method: {
          peft_type: "ADALORA",
          init_r: 4,
          target_r: 2,
          tinit: 2,
          tfinal: 4,
          deltaT: 1,
          target_modules: ["q_proj", "v_proj"],
        },
      },
    ],
    [
      "diff pruning, whose step is compiled anew on the way",
      { method: { peft_type: "DIFF_PRUNING", target_modules: ["q_proj"], keep: 0.05 } },
    ],
    ["LoRA kept in 8 bits itself", { quantize_adapter: "int8" }],
  ])("%s: two processes have the losses of one over 20 steps", async (label, more) => {
    const name = label.replaceAll(/\W+/g, "-");
    await tune(shared(`${name}-1`, more));
    const shares = new Set<string>();
    await tune(shared(`${name}-2`, { ...more, workers: 2 }), {
      onProgress: ({ task, label, done, total }) => task === "worker" && shares.add(`${label}: ${done} of ${total}`),
    });
    const [one, two] = [lossesIn(`${name}-1`), lossesIn(`${name}-2`)];
    expect(one).toHaveLength(20);
    expect(largestDifference(one, two)).toBeLessThan(1e-5);
    expect([...shares].sort()).toEqual(["worker 1 of 2: 1 of 2", "worker 1 of 2: 2 of 2", "worker 2 of 2: 1 of 1"]);
    const [a, b] = await Promise.all(
      [1, 2].map((n) => readTensors(join(folder, `${name}-${n}`, "adapter_model.safetensors"))),
    );
    for (const [key, { data }] of Object.entries(a!))
      expect(largestDifference(b![key]!.data, data), key).toBeLessThan(1e-3);
    expect(workerPids()).toEqual([]);
  });

  test("a run goes on with another number of processes", async () => {
    await tune(shared("whole"));
    const stop = new AbortController();
    const first = tune(shared("parts", { workers: 2 }), {
      signal: stop.signal,
      recorder: { metrics: (step) => void (step === 6 && stop.abort()) },
    });
    await expect(first).rejects.toMatchObject({ code: "cancelled" });
    const again = await tune(shared("parts", { workers: 3 }));
    expect(again.resumedFrom).toBe(6);
    expect(largestDifference(lossesIn("whole"), lossesIn("parts"))).toBeLessThan(1e-5);
  });

  test("a killed worker is told with its rank and step, the checkpoint of the step before is written, and the run goes on", async () => {
    const dying = tune(shared("dying", { workers: 2, checkpoint_every_steps: 100 }), {
      recorder: {
        metrics: (step) => {
          if (step === 5) process.kill(workerPids()[0]!, "SIGKILL");
        },
      },
    });
    await expect(dying).rejects.toThrow(
      /worker \d of 2: process \d+ was ended by SIGKILL during step 6\. .*memory ran out.*goes on from its last checkpoint/s,
    );
    expect(workerPids()).toEqual([]);
    expect(readdirSync(join(folder, "dying/checkpoints"))).toEqual(["step-5"]);
    expect((await tune(shared("dying", { workers: 2 }))).resumedFrom).toBe(5);
    expect(largestDifference(lossesIn("whole"), lossesIn("dying"))).toBeLessThan(1e-5);
  });

  test("the base's weights are mapped from their file by every process", async () => {
    const mapped = new Set<number>();
    await tune(shared("mapped", { workers: 2, max_steps: 3 }), {
      recorder: {
        metrics: () => {
          for (const pid of workerPids())
            if (readFileSync(`/proc/${pid}/maps`, "utf8").includes(join(model, "model.safetensors"))) mapped.add(pid);
        },
      },
    });
    expect(mapped.size).toBe(2);
  });

  test("cancelled in the midst of a step, the processes end and the last whole step is kept", async () => {
    const stop = new AbortController();
    const run = tune(shared("stopped", { workers: 2 }), {
      signal: stop.signal,
      onProgress: ({ task, message }) => task === "worker" && message === "step 4" && stop.abort(),
    });
    await expect(run).rejects.toMatchObject({ code: "cancelled" });
    expect(workerPids()).toEqual([]);
    expect(readdirSync(join(folder, "stopped/checkpoints"))).toContain("step-3");
    expect(existsSync(join(folder, "stopped/adapter_config.json"))).toBe(false);
  });

  test("workers that cannot open the model say why, and none is left", async () => {
    const absent = parseRecipe(shared("absent", { model: join(folder, "absent"), workers: 2 }));
    await expect(WorkerPool.open(absent)).rejects.toThrow(/model ".*absent" does not exist/);
    expect(workerPids()).toEqual([]);
  });
});

test("more workers than micro-batches are refused, with the batch size that would do", () => {
  const given = { ...recipe("refused"), batch_size: 8, gradient_accumulation: 1, workers: 4 };
  expect(() => parseRecipe(given)).toThrow(
    /`workers` is 4: a step has 1 micro-batch to share out .*`batch_size: 2` with `gradient_accumulation: 4` makes steps of the same 8 rows/,
  );
});

test("micro-batches are shared out in runs of neighbours", () => {
  expect(shareOut([0, 1, 2, 3, 4], 2)).toEqual([
    [0, 1, 2],
    [3, 4],
  ]);
  expect(shareOut([0], 2)).toEqual([[0], []]);
});

test("threads are parted fairly; with several memories workers stay on theirs", () => {
  expect(cpuSlices(2, { processors: 8, nodes: ["0-7"] })).toEqual([{ threads: 4 }, { threads: 4 }]);
  expect(cpuSlices(3, { processors: 8, nodes: ["0-3", "4-7"] })).toEqual([
    { threads: 2, cpus: "0-3" },
    { threads: 2, cpus: "4-7" },
    { threads: 2, cpus: "0-3" },
  ]);
  expect(cpuSlices(4, { processors: 2, nodes: [] })[3]).toEqual({ threads: 1 });
});
