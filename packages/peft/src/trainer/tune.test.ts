import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { type DecoderModel, openModel } from "@loam/models";
import { describe, expect, test } from "vitest";
import { tuneFolder } from "../../test/tune-folder.ts";
import { readAdapter } from "../files/adapter-files.ts";
import { mergeAdapter } from "../merging/merge-adapter.ts";
import { openAdaptedGenerator } from "../running/adapted-generator.ts";
import { forecast } from "./forecast/forecast.ts";
import type { RecipeInput } from "./recipe/recipe.ts";
import { tune } from "./tune.ts";

const { folder, model, data, recipe, lossesIn } = tuneFolder();

describe("a fine-tune", () => {
  test("lowers the loss and leaves an adapter, a card, events and metrics that can be used", async () => {
    const samples: string[] = [];
    const result = await tune(
      recipe("whole", {
        max_steps: 30,
        data: { path: data, template: "plain", max_tokens: 64, eval_share: 0.25, packing: true },
        eval_every_steps: 10,
        sample_prompts: ["Say colour 3."],
        sample_tokens: 4,
        neftune_alpha: 1,
        label_smoothing: 0.05,
      }),
      {
        recorder: {
          metrics: () => {},
          text: (step, tag, text) => void samples.push(`${step} ${tag} ${text.slice(0, 13)}`),
        },
      },
    );
    expect(result.losses.last).toBeLessThan(result.losses.first - 1);
    expect(samples).toEqual(["10 sample/0 Say colour 3.", "20 sample/0 Say colour 3.", "30 sample/0 Say colour 3."]);
    const adapter = await readAdapter(result.output);
    expect(adapter.config).toMatchObject({ peft_type: "LORA", base_model_name_or_path: model, task_type: "CAUSAL_LM" });
    expect(readFileSync(join(result.output, "README.md"), "utf8")).toMatch(/Evaluation loss \| \d/);
    expect(readdirSync(join(result.output, "runs"))[0]).toMatch(/^events\.out\.tfevents\./);

    const opened = (await openModel(model)) as DecoderModel;
    const generator = await openAdaptedGenerator(opened, result.output);
    const ask = { maxNewTokens: 5, temperature: 0, seed: 1 };
    const [live] = await generator.generate(["Say colour 3.\n"], ask);
    await generator.close();
    await mergeAdapter(model, result.output, join(folder, "merged"));
    const merged = await openAdaptedGenerator(
      (await openModel(join(folder, "merged"))) as DecoderModel,
      await untrained(),
    );
    const [folded] = await merged.generate(["Say colour 3.\n"], ask);
    await merged.close();
    expect(folded!.ids).toEqual(live!.ids);
  });

  /** An adapter that does nothing. */
  async function untrained(): Promise<string> {
    const { output } = await tune(recipe("nothing", { max_steps: 1, optimizer: { learning_rate: 1e-30 } }));
    return output;
  }

  test.each([
    ["LoRA with dropout and accumulation", { gradient_accumulation: 2, batch_size: 1 }, 8],
    [
      "AdaLoRA, whose allocator has a memory",
      {
        method: {
          peft_type: "ADALORA",
          target_modules: ["q_proj", "v_proj"],
          init_r: 4,
          target_r: 2,
          tinit: 2,
          tfinal: 3,
          deltaT: 2,
        },
      },
      8,
    ],
    [
      "diff pruning, killed after the projection",
      { method: { peft_type: "DIFF_PRUNING", target_modules: ["q_proj"], keep: 0.05 } },
      10,
    ],
    [
      "8-bit AdamW on NF4 weights",
      { quantize: "nf4" as const, optimizer: { name: "adamw_8bit" as const, learning_rate: 5e-3 } },
      5,
    ],
  ])("killed without warning and started again, %s goes on bit for bit", (label, more, killAfter) => {
    const name = label.replaceAll(/\W+/g, "-");
    const run = (output: string, ...extra: string[]) =>
      spawnSync(
        process.execPath,
        [join(import.meta.dirname, "../../test/tune-child.ts"), JSON.stringify(recipe(output, more)), ...extra],
        { encoding: "utf8" },
      );
    const whole = run(`${name}-whole`);
    expect(whole.stderr).toBe("");
    expect(run(`${name}-killed`, String(killAfter)).signal).toBe("SIGKILL");
    expect(existsSync(join(folder, `${name}-killed`, "adapter_config.json"))).toBe(false);
    expect(run(`${name}-killed`).status).toBe(0);
    expect(lossesIn(`${name}-killed`)).toEqual(lossesIn(`${name}-whole`));
    const weights = (output: string) => readFileSync(join(folder, output, "adapter_model.safetensors"));
    expect(weights(`${name}-killed`).equals(weights(`${name}-whole`))).toBe(true);
  });

  test("a damaged checkpoint is passed over for the one before it", async () => {
    await tune(recipe("damaged", { max_steps: 6 }));
    truncateSync(join(folder, "damaged/checkpoints/step-6/state.safetensors"), 100);
    const heard: string[] = [];
    const again = await tune(recipe("damaged", { max_steps: 6 }), {
      onProgress: ({ message }) => message && heard.push(message),
    });
    expect(again.resumedFrom).toBe(3);
    expect(heard.some((message) => /step-6 is left out: state\.safetensors is damaged/.test(message))).toBe(true);
  });

  test("a loss that is no number stops the run, names step and rows and keeps the last checkpoint", async () => {
    const failing = tune(
      recipe("nan", {
        optimizer: { name: "sgd", learning_rate: 1e30 },
        schedule: { name: "constant" },
        max_grad_norm: undefined,
        checkpoint_every_steps: 1,
      }),
    );
    await expect(failing).rejects.toThrow(
      /Step \d+ gave loss .* on rows \S+colours\.jsonl:\d, \S+colours\.jsonl:\d\..*learning_rate/s,
    );
    expect(readdirSync(join(folder, "nan/checkpoints")).length).toBeGreaterThan(0);
  });

  test("cancelled, it saves where it is", async () => {
    const stop = new AbortController();
    const run = tune(recipe("cancelled"), {
      signal: stop.signal,
      onProgress: ({ task, done }) => task === "train" && done === 4 && stop.abort(),
    });
    await expect(run).rejects.toMatchObject({ code: "cancelled" });
    expect(readdirSync(join(folder, "cancelled/checkpoints"))).toContain("step-4");
  });

  test("it ends early when the evaluation loss no longer falls", async () => {
    const result = await tune(
      recipe("early", {
        max_steps: 40,
        optimizer: { name: "sgd", learning_rate: 1e-12 },
        data: { path: data, template: "plain", eval_share: 0.25 },
        eval_every_steps: 1,
        early_stopping_patience: 3,
      }),
    );
    expect(result.steps).toBeLessThan(40);
  });

  test("the adapter with the lowest evaluation loss is the one that is kept", async () => {
    const options: Partial<RecipeInput> = {
      max_steps: 30,
      optimizer: { name: "sgd", learning_rate: 3 },
      schedule: { name: "constant" },
      max_grad_norm: undefined,
      data: { path: data, template: "plain", eval_share: 0.25 },
      eval_every_steps: 1,
      early_stopping_patience: 4,
    };
    const result = await tune(recipe("best", options));
    const losses = lossesIn("best", "eval/loss");
    const lowest = Math.min(...losses);
    expect(result.bestStep).toBe(losses.indexOf(lowest) + 1);
    expect(result.losses.eval).toBe(lowest);
    const kept = await tune(recipe("until-best", { ...options, max_steps: result.bestStep, keep_best: false }));
    const weights = (output: string) => readFileSync(join(output, "adapter_model.safetensors"));
    expect(weights(result.output).equals(weights(kept.output))).toBe(true);
  });

  test("asked to, it evaluates before the first step", async () => {
    const split = { path: data, template: "plain", eval_share: 0.25 } as const;
    const { losses } = await tune(recipe("on-start", { data: split, max_steps: 2, eval_on_start: true }));
    const told = lossesIn("on-start", "eval/loss");
    expect(told).toEqual([losses.evalOnStart, losses.eval]);
    expect(losses.evalOnStart).toBeGreaterThan(losses.eval!);
  });

  test("answers to rows of the evaluation split are generated, scored and told", async () => {
    const heard: string[] = [];
    const scores: number[] = [];
    await tune(
      recipe("answers", {
        data: { path: data, template: "plain", eval_share: 0.25 },
        eval_generate: 2,
        sample_tokens: 3,
        max_steps: 2,
      }),
      {
        scorers: { sameLength: (answer, reference) => Number(answer.length === reference.length) },
        recorder: {
          metrics: (_, values) =>
            void (values["eval/sameLength"] !== undefined && scores.push(values["eval/sameLength"])),
          text: (_, tag, text) => void heard.push(`${tag}: ${text}`),
        },
      },
    );
    expect(heard.map((text) => text.slice(0, 19))).toEqual(["eval/0: Say colour ", "eval/1: Say colour "]);
    expect(heard[0]).toMatch(/— (red|blue|green|amber|white|black|brown|grey)$/);
    expect(scores).toHaveLength(1);
  });

  test("a forecast counts what the run then has, and how long its steps take", async () => {
    // Steps of a size at which a matrix product says something about them.
    const sized = { data: { path: data, template: "alpaca" as const }, batch_size: 8, checkpoint_every_steps: 100 };
    const forecasted = await forecast(recipe("forecast", sized));
    const times: number[] = [];
    let last = 0;
    const { trainableParameters } = await tune(recipe("forecast", sized), {
      recorder: {
        metrics: (_, values) => {
          if (values["train/loss"] === undefined) return;
          if (last > 0) times.push((performance.now() - last) / 1000);
          last = performance.now();
        },
      },
    });
    expect(forecasted.trainableParameters).toBe(trainableParameters);
    expect(forecasted.steps).toBe(12);
    expect(forecasted.memory.total).toBeGreaterThan(forecasted.memory.base);
    // The machine may do other work by turns: only an order of magnitude is sure.
    const took = times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
    const estimated = forecasted.time!;
    expect(estimated).toMatchObject({
      how: "estimated",
      totalSeconds: 12 * estimated.secondsPerStep + estimated.evaluationSeconds,
    });
    const measured = (await forecast(recipe("forecast", sized), { time: "measure" })).time!;
    expect(measured.how).toBe("measured");
    for (const { secondsPerStep } of [estimated, measured])
      expect(Math.abs(Math.log10(secondsPerStep / took))).toBeLessThan(1);
  });
});
