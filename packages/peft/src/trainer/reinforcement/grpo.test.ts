import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tuneFolder } from "../../../test/tune-folder.ts";
import { toPrompt } from "../../data/prompt.ts";
import { forecast } from "../forecast/forecast.ts";
import { parseRecipe } from "../recipe/recipe.ts";
import { tune } from "../tune.ts";
import { advantagesOf } from "./advantages.ts";
import type { Reward } from "./reward.ts";

const { folder, recipe, lossesIn } = tuneFolder();
const path = join(folder, "questions.jsonl");
const rows = Array.from({ length: 6 }, (_, i) => ({
  messages: [{ role: "user", content: `Question ${i}` }],
  reference_answer: "a",
  weight: i,
}));
writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
/** The share of an answer's characters that are small letters: what a model of random weights seldom writes. */
const reward: Reward = (answers) =>
  answers.map(({ text }) => [...text].filter((c) => /[a-z]/.test(c)).length / Math.max(1, [...text].length));
const written = (output: string, more: Parameters<typeof recipe>[1] = {}) =>
  recipe(output, {
    objective: { type: "grpo", group_size: 8, max_new_tokens: 6, kl: 0.01 },
    method: { peft_type: "LORA", r: 4, lora_alpha: 8, target_modules: "all-linear" },
    data: { path, template: "chat", max_tokens: 64, eval_share: 0.3 },
    optimizer: { learning_rate: 2e-2 },
    schedule: { name: "constant" },
    max_steps: 24,
    checkpoint_every_steps: 4,
    eval_on_start: true,
    ...more,
  });

test("answers get the rewards that they are written for, in evaluation too", async () => {
  await tune(written("rises"), { reward });
  const rewards = lossesIn("rises", "train/reward");
  expect(rewards).toHaveLength(24);
  const mean = (of: number[]) => of.reduce((sum, one) => sum + one, 0) / of.length;
  expect(mean(rewards.slice(0, 3))).toBeLessThan(0.4);
  expect(mean(rewards.slice(-3))).toBeGreaterThan(0.8);
  const told = lossesIn("rises", "eval/reward");
  expect(told.at(-1)).toBeGreaterThan(told[0]! + 0.4);
  expect(lossesIn("rises", "train/kl").at(-1)).toBeGreaterThan(0);
});

test("stopped and begun again, the same answers are written and the same is learned from them", async () => {
  const twice = { objective: { type: "grpo", group_size: 4, max_new_tokens: 4, iterations: 2 }, max_steps: 8 } as const;
  await tune(written("whole", twice), { reward });
  const stop = new AbortController();
  const recorder = { metrics: (step: number) => void (step === 5 && stop.abort()) };
  await expect(tune(written("halves", twice), { reward, recorder, signal: stop.signal })).rejects.toThrow(/cancelled/);
  expect((await tune(written("halves", twice), { reward })).resumedFrom).toBeGreaterThan(2);
  for (const name of ["train/loss", "train/reward", "eval/reward"])
    expect(lossesIn("halves", name)).toEqual(lossesIn("whole", name));
  expect(lossesIn("whole", "train/clipped").some((share) => share > 0)).toBe(true);
});

test("the reward that a recipe names compares with the row's reference; what is missing is told", async () => {
  let runs = 0;
  const named = (objective: object) =>
    written(`named-${runs++}`, { objective: { type: "grpo", ...objective } as never, max_steps: 1 });
  await tune(named({ reward: "exact", group_size: 2, max_new_tokens: 2 }));
  expect(lossesIn("named-0", "train/reward")[0]).toBeLessThan(1);
  await expect(tune(named({}))).rejects.toThrow("Nothing judges the answers");
  await expect(tune(named({ reward: "exact", reference: "weight" }))).rejects.toThrow("expected text");
  await expect(tune(named({}), { reward: () => [Number.NaN] })).rejects.toThrow("finite number for each answer");
  const told = await forecast(named({ group_size: 4, max_new_tokens: 10 }), { time: "measure" });
  expect(told.longestRow).toBeGreaterThan(4 * 10);
  expect(told.time!.how).toBe("estimated");
});

test("advantages are measured within a group; what does not go with rewards is refused by its field", () => {
  expect(advantagesOf([1, 3, 5, 5], 2).map((one) => Math.round(one * 1e2) / 1e2)).toEqual([-0.71, 0.71, 0, 0]);
  for (const [field, more] of [
    ["data.packing", { data: { path, packing: true } }],
    ["keep_best", { keep_best: true }],
    ["early_stopping_patience", { early_stopping_patience: 2 }],
    ["workers", { workers: 2, gradient_accumulation: 2 }],
    ["objective.group_size", { objective: { type: "grpo", group_size: 1 } }],
  ] as const)
    expect(() => parseRecipe(written("no", more as never))).toThrow(field);
  expect(toPrompt({ prompt: "a" })).toMatchObject({ kind: "instruction", instruction: "a" });
  expect(() => toPrompt({ messages: [{ role: "assistant", content: "b" }] })).toThrow("`messages[0].role`");
  expect(() => toPrompt({ text: "b" })).toThrow("`prompt`");
});
