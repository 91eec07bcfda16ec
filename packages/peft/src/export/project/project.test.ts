import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DecoderModel, openModel } from "@loam/models";
import { tinyChatModel } from "@loam/models/testing";
import { afterAll, describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import type { z } from "zod";
import { adapterMethods } from "../../methods/registry.ts";
import { Recipe, type RecipeInput } from "../../trainer/recipe/recipe.ts";
import { loadTrainingData } from "../../trainer/training-data.ts";
import { fatesOf } from "./fates.ts";
import { exportProject } from "./project.ts";
import { projectTargets } from "./targets.ts";

/** As PyYAML reads it, which the engines use. */
const parse = (text: string) => parseYaml(text, { version: "1.1" });

const folder = mkdtempSync(join(tmpdir(), "loam-project-"));
const model = tinyChatModel();
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(model, { recursive: true });
});
const alpaca = join(folder, "alpaca.jsonl");
const colours = ["red", "blue", "green", "amber", "white", "black"];
writeFileSync(
  alpaca,
  colours
    .map((output, i) => `${JSON.stringify({ instruction: `Say ${i}.`, input: i % 2 ? "in" : "", output })}\n`)
    .join(""),
);
const chat = join(folder, "chat.jsonl");
const message = (role: string, content: string) => ({ role, content });
writeFileSync(
  chat,
  [
    [
      message("system", "Be brief."),
      message("user", "Hi"),
      message("assistant", "Hello"),
      message("user", "中文?"),
      message("assistant", "好"),
    ],
    [message("user", "Bye"), message("assistant", "See you")],
  ]
    .map((messages) => `${JSON.stringify({ messages })}\n`)
    .join(""),
);

const recipe = (more: Partial<RecipeInput> = {}): RecipeInput => ({
  model,
  method: { peft_type: "LORA", r: 4, lora_alpha: 8, target_modules: ["q_proj", "v_proj"], use_rslora: true },
  data: { path: alpaca, template: "alpaca", max_tokens: 512, eval_share: 0.34 },
  optimizer: { learning_rate: 1e-3, betas: [0.9, 0.95] },
  schedule: { name: "cosine", warmup_ratio: 0.1 },
  gradient_accumulation: 4,
  workers: 2,
  eval_every_steps: 5,
  early_stopping_patience: 2,
  output: join(folder, "adapter"),
  ...more,
});

const readRows = (path: string) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe.each(projectTargets)("a project for %s", (to) => {
  test("holds its rows, a config, a launch command and an account of every field", async () => {
    const outDir = join(folder, to);
    const { files, launch, rows } = await exportProject(recipe(), { to, outDir });
    for (const file of files) expect(existsSync(join(outDir, file)), file).toBe(true);
    expect(rows).toMatchObject({ train: 4, eval: 2, truncated: 0 });
    const readme = readFileSync(join(outDir, "README.md"), "utf8");
    expect(readme).toContain(launch);
    for (const field of fieldsOf(Recipe)) expect(readme).toContain(`| \`${field}\` |`);
    expect(statSync(join(outDir, "launch.sh")).mode & 0o111).toBeGreaterThan(0);
    for (const name of readdirSync(outDir).filter((file) => file.endsWith(".yaml")))
      expect(parse(readFileSync(join(outDir, name), "utf8"))).toBeTypeOf("object");
    for (const name of readdirSync(outDir).filter((file) => file.endsWith(".json")))
      expect(JSON.parse(readFileSync(join(outDir, name), "utf8"))).toBeTypeOf("object");
  });

  test("what YAML 1.1 would read as something else is quoted: no mixed precision is a word, not false", async () => {
    const outDir = join(folder, "words");
    await exportProject(recipe(), { to: "accelerate", outDir });
    expect(readFileSync(join(outDir, "accelerate.yaml"), "utf8")).toContain('mixed_precision: "no"\n');
    expect(parse(readFileSync(join(outDir, "accelerate.yaml"), "utf8"))).toMatchObject({ mixed_precision: "no" });
  });

  test.skipIf(!existsSync("/usr/bin/python3"))(
    "has scripts that Python compiles (needs /usr/bin/python3)",
    async () => {
      const outDir = join(folder, to);
      const scripts = readdirSync(outDir).filter((file) => file.endsWith(".py"));
      for (const script of scripts) {
        const { status, stderr } = spawnSync("/usr/bin/python3", ["-m", "py_compile", join(outDir, script)], {
          encoding: "utf8",
        });
        expect(status, stderr).toBe(0);
      }
      expect(spawnSync("sh", ["-n", join(outDir, "launch.sh")]).status).toBe(0);
      expect(scripts.length).toBe(to === "ray" ? 2 : to === "accelerate" || to === "torchrun" ? 1 : 0);
    },
  );
});

describe("what the loss is taken on", () => {
  test.each([
    { name: "instructions", data: { path: alpaca, template: "alpaca", eval_share: 0.34 } as const },
    { name: "instructions in the chat template", data: { path: alpaca, template: "chat" } as const },
    { name: "conversations", data: { path: chat } as const },
  ])("is the same as here for $name, in the same split", async ({ data }) => {
    const opened = (await openModel(model)) as DecoderModel;
    const loaded = await loadTrainingData(opened, Recipe.parse(recipe({ data })));
    const encode = (text: string) => opened.tokenizer!.encode(text, { addSpecialTokens: false }).ids;
    const ours = async (rows: typeof loaded.train) => {
      const result: string[] = [];
      for (let i = 0; i < rows.length; i++)
        for (const { ids, labels } of await rows.read(i)) result.push(JSON.stringify([[...ids], [...labels]]));
      return result.sort();
    };
    const expected = { train: await ours(loaded.train), eval: await ours(loaded.eval) };
    await loaded.close();

    const segments = join(folder, "segments");
    await exportProject(recipe({ data }), { to: "accelerate", outDir: segments });
    const messages = join(folder, "messages");
    await exportProject(recipe({ data }), { to: "llama-factory", outDir: messages });
    for (const part of ["train", "eval"] as const) {
      const fromSegments = readRows(join(segments, `data/${part}.jsonl`)).map(({ segments }) =>
        labelled(segments.map(({ text, label }: { text: string; label: boolean }) => [encode(text), label])),
      );
      expect(fromSegments.sort()).toEqual(expected[part]);
      const fromMessages = readRows(join(messages, `data/${part}.jsonl`)).map(({ messages }) => {
        const roles = messages.map(({ role }: { role: string }) => role);
        expect(roles).toEqual(roles.map((_: string, i: number) => (i % 2 ? "assistant" : "user")));
        return labelled(
          messages.map(({ role, content }: { role: string; content: string }) => [
            encode(content),
            role === "assistant",
          ]),
        );
      });
      expect(fromMessages.sort()).toEqual(expected[part]);
    }
  });

  const labelled = (pieces: [number[], boolean][]): string =>
    JSON.stringify([
      pieces.flatMap(([ids]) => ids),
      pieces.flatMap(([ids, label]) => (label ? ids : ids.map(() => -100))),
    ]);
});

describe("fields", () => {
  test.each(projectTargets)("%s has something to say about each field of a recipe", (to) => {
    expect(Object.keys(fatesOf(to)).sort()).toEqual(fieldsOf(Recipe).sort());
  });

  test("values go where the README says", async () => {
    const outDir = join(folder, "values");
    await exportProject(recipe({ quantize: "nf4", max_grad_norm: 0.5 }), { to: "torchrun", outDir });
    const run = JSON.parse(readFileSync(join(outDir, "run.json"), "utf8"));
    expect(run).toMatchObject({
      quantization: { load_in_4bit: true, bnb_4bit_quant_type: "nf4", bnb_4bit_use_double_quant: true },
      peft: { class: "LoraConfig", options: { r: 4, lora_alpha: 8, use_rslora: true, task_type: "CAUSAL_LM" } },
      warmup_ratio: 0.1,
      micro_batches: 4,
      training: {
        adam_beta2: 0.95,
        lr_scheduler_type: "cosine",
        max_grad_norm: 0.5,
        eval_steps: 5,
        save_steps: 5,
        load_best_model_at_end: true,
      },
    });
    await exportProject(recipe({ quantize: "nf4" }), { to: "axolotl", outDir });
    expect(parse(readFileSync(join(outDir, "axolotl.yaml"), "utf8"))).toMatchObject({
      adapter: "qlora",
      load_in_4bit: true,
      lora_target_modules: ["q_proj", "v_proj"],
      peft_use_rslora: true,
      gradient_accumulation_steps: 2,
      max_grad_norm: 0,
      datasets: [{ path: "data/train.jsonl", type: "input_output" }],
    });
    await exportProject(recipe({ quantize: "nf4" }), { to: "llama-factory", outDir });
    expect(parse(readFileSync(join(outDir, "train.yaml"), "utf8"))).toMatchObject({
      lora_rank: 4,
      lora_target: "q_proj,v_proj",
      quantization_bit: 4,
      quantization_type: "nf4",
      double_quantization: true,
      template: "empty",
    });
    expect(Object.keys(JSON.parse(readFileSync(join(outDir, "data/dataset_info.json"), "utf8")))).toEqual([
      "loam_train",
      "loam_eval",
    ]);
  });

  test("a base in 8 bits is one there too", async () => {
    const outDir = join(folder, "int8");
    const eightBits = recipe({ quantize: "int8" });
    await exportProject(eightBits, { to: "accelerate", outDir });
    expect(JSON.parse(readFileSync(join(outDir, "run.json"), "utf8")).quantization).toEqual({ load_in_8bit: true });
    expect(readFileSync(join(outDir, "requirements.txt"), "utf8")).toContain("bitsandbytes");
    await exportProject(eightBits, { to: "axolotl", outDir });
    const axolotl = parse(readFileSync(join(outDir, "axolotl.yaml"), "utf8"));
    expect(axolotl).toMatchObject({ adapter: "lora", load_in_8bit: true });
    expect(axolotl).not.toHaveProperty("load_in_4bit");
    await exportProject(eightBits, { to: "llama-factory", outDir });
    expect(parse(readFileSync(join(outDir, "train.yaml"), "utf8"))).toMatchObject({
      quantization_bit: 8,
      quantization_method: "bnb",
    });
  });

  test("methods become the classes of PEFT, and those it lacks are refused by name", async () => {
    const outDir = join(folder, "methods");
    for (const { type } of adapterMethods) {
      const method = {
        peft_type: type,
        ...(["LORA", "ADALORA", "VERA", "LOHA", "LOKR", "IA3", "DIFF_PRUNING"].includes(type) && {
          target_modules: ["q_proj"],
        }),
        ...(type === "IA3" && { feedforward_modules: [] }),
        ...(type === "BOTTLENECK" && { config: "seq_bn" }),
        ...(type === "TRAINABLE_TOKENS" && { token_indices: [3] }),
      };
      const written = exportProject(recipe({ method }), { to: "accelerate", outDir });
      if (["BOTTLENECK", "BITFIT", "DIFF_PRUNING", "FULL"].includes(type))
        await expect(written).rejects.toThrow(`PEFT has no method ${type}`);
      else {
        await written;
        const { peft } = JSON.parse(readFileSync(join(outDir, "run.json"), "utf8"));
        expect(peft.class).toMatch(/Config$/);
        expect(peft.options).not.toHaveProperty("peft_type");
      }
    }
    await expect(
      exportProject(recipe({ method: { peft_type: "LOHA", target_modules: ["q_proj"] } }), { to: "axolotl", outDir }),
    ).rejects.toThrow("axolotl trains LoRA; the recipe asks for LOHA.");
    await expect(
      exportProject(
        recipe({ method: { peft_type: "LORA", target_modules: ["q_proj"], rank_pattern: { q_proj: 2 } } }),
        {
          to: "llama-factory",
          outDir,
        },
      ),
    ).rejects.toThrow('LLaMA-Factory has no field for `method.rank_pattern`: {"q_proj":2}.');
  });

  test("an adapter to go on from travels with the project", async () => {
    const start = join(folder, "first");
    mkdirSync(start);
    writeFileSync(join(start, "adapter_config.json"), "{}");
    writeFileSync(join(start, "adapter_model.safetensors"), "");
    const outDir = join(folder, "going-on");
    await exportProject(recipe({ adapter: start }), { to: "accelerate", outDir });
    expect(readdirSync(join(outDir, "start"))).toHaveLength(2);
    expect(JSON.parse(readFileSync(join(outDir, "run.json"), "utf8")).adapter).toBe("start");
  });

  test("a misspelt engine names the nearest", async () => {
    await expect(exportProject(recipe(), { to: "axolot" as "axolotl", outDir: join(folder, "x") })).rejects.toThrow(
      'Did you mean "axolotl"?',
    );
  });
});

/** Paths of the schema's fields; those of an object's own fields in its place. */
function fieldsOf(schema: z.ZodObject, prefix = ""): string[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const inner = unwrapped(field as z.ZodType);
    const isGroup = ["data", "optimizer", "schedule"].includes(name) && prefix === "";
    return isGroup ? fieldsOf(inner as z.ZodObject, `${name}.`) : [`${prefix}${name}`];
  });
}

function unwrapped(schema: z.ZodType): z.ZodType {
  const { innerType } = (schema as unknown as { def: { innerType?: z.ZodType } }).def;
  return innerType ? unwrapped(innerType) : schema;
}
