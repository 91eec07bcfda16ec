import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tinyChatModel } from "@loam/models/testing";
import { afterAll } from "vitest";
import type { RecipeInput } from "../src/index.ts";

/** A folder with a tiny model and rows of colours, a recipe for them, and the losses that a run wrote; removed after the tests. */
export function tuneFolder(): {
  folder: string;
  model: string;
  data: string;
  recipe: (output: string, more?: Partial<RecipeInput>) => RecipeInput;
  lossesIn: (output: string, name?: string) => number[];
} {
  const folder = mkdtempSync(join(tmpdir(), "loam-tune-"));
  const model = tinyChatModel();
  afterAll(() => {
    rmSync(folder, { recursive: true });
    rmSync(model, { recursive: true });
  });
  const data = join(folder, "colours.jsonl");
  const colours = ["red", "blue", "green", "amber", "white", "black", "brown", "grey"];
  const rows = colours.map((colour, i) => ({ instruction: `Say colour ${i}.`, input: "", output: colour }));
  writeFileSync(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const recipe = (output: string, more: Partial<RecipeInput> = {}): RecipeInput => ({
    model,
    method: { peft_type: "LORA", r: 4, lora_alpha: 8, lora_dropout: 0.1, target_modules: "all-linear" },
    data: { path: data, template: "plain", max_tokens: 64 },
    optimizer: { learning_rate: 5e-3 },
    schedule: { name: "cosine", warmup_steps: 2 },
    batch_size: 2,
    max_steps: 12,
    max_grad_norm: 1,
    checkpoint_every_steps: 3,
    output: join(folder, output),
    threads: 1,
    ...more,
  });
  const lossesIn = (output: string, name = "train/loss") =>
    readFileSync(join(folder, output, "metrics.jsonl"), "utf8")
      .trim()
      .split("\n")
      .flatMap((line) => JSON.parse(line)[name] ?? []);
  return { folder, model, data, recipe, lossesIn };
}
