import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tinyChatModel } from "@loam/models/testing";
import { afterAll, expect, test } from "vitest";
import { methodOptions } from "../../test/method-options.ts";
import { adapterMethods } from "../methods/registry.ts";
import type { RecipeInput } from "./recipe/recipe.ts";
import { tune } from "./tune.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-go-on-"));
const model = tinyChatModel();
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(model, { recursive: true });
});
const path = join(folder, "rows.jsonl");
writeFileSync(
  path,
  ["red", "blue", "green", "amber"]
    .map((colour, i) => `${JSON.stringify({ instruction: `Say ${i}.`, output: colour })}\n`)
    .join(""),
);

const recipe = (output: string, method: RecipeInput["method"], more: Partial<RecipeInput>): RecipeInput => ({
  model,
  method,
  data: { path, template: "plain", max_tokens: 32, eval_share: 0.5 },
  batch_size: 2,
  output: join(folder, output),
  threads: 1,
  ...more,
});

test.each(adapterMethods.map(({ type }) => type))("%s goes on from its folder where it ended", async (type) => {
  const method = { peft_type: type, ...methodOptions[type] };
  const first = await tune(recipe(type, method, { max_steps: 4, optimizer: { learning_rate: 1e-2 } }));
  const standing = { max_steps: 1, optimizer: { learning_rate: 1e-30 }, adapter: first.output };
  const again = await tune(recipe(`${type}-again`, { peft_type: type }, standing));
  expect(again.losses.eval).toBeCloseTo(first.losses.eval!, 4);
  if (type === "DIFF_PRUNING") return; // goes on with what was pruned
  expect(again.trainableParameters).toBe(first.trainableParameters);
});

test("PiSSA goes on with what it started from", async () => {
  const method = { peft_type: "LORA", r: 2, target_modules: ["q_proj"], init_lora_weights: "pissa_niter_4" };
  const first = await tune(recipe("pissa", method, { max_steps: 3, optimizer: { learning_rate: 1e-2 } }));
  const again = await tune(
    recipe(
      "pissa-again",
      { peft_type: "LORA" },
      { max_steps: 1, optimizer: { learning_rate: 1e-30 }, adapter: first.output },
    ),
  );
  expect(again.losses.eval).toBeCloseTo(first.losses.eval!, 4);
});

test("a folder of another method is refused", async () => {
  await expect(
    tune(recipe("other", { peft_type: "LOHA" }, { max_steps: 1, adapter: join(folder, "pissa") })),
  ).rejects.toThrow(/is LORA, but the recipe asks for LOHA/);
});
