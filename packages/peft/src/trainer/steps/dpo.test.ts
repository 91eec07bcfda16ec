import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tuneFolder } from "../../../test/tune-folder.ts";
import { toPreference } from "../../data/preference.ts";
import { forecast } from "../forecast/forecast.ts";
import { parseRecipe } from "../recipe/recipe.ts";
import { tune } from "../tune.ts";

const { folder, recipe, lossesIn } = tuneFolder();
const path = join(folder, "preferences.jsonl");
const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
const rows = ["red", "blue", "green", "amber", "white", "black", "brown", "grey"].map((colour, i) =>
  i % 2 === 0
    ? { prompt: `Say colour ${i}.`, chosen: colour, rejected: "I would rather not." }
    : {
        input: { messages: [user(`Say colour ${i}.`)] },
        preferred_output: [assistant(colour)],
        non_preferred_output: [assistant("I would rather not.")],
      },
);
writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
const preferences = (output: string, more: Parameters<typeof recipe>[1] = {}) =>
  recipe(output, {
    objective: { type: "dpo", beta: 0.2 },
    data: { path, template: "chat", max_tokens: 64, eval_share: 0.25 },
    ...more,
  });

test("the preferred answers win, and the evaluation says so", async () => {
  const { losses, data } = await tune(preferences("wins"));
  expect(losses.first).toBeCloseTo(Math.LN2, 1);
  expect(losses.last).toBeLessThan(0.3);
  expect(data).toMatchObject({ read: 8, kept: 8, skipped: 0 });
  expect(lossesIn("wins", "train/reward_margin").at(-1)).toBeGreaterThan(0.5);
  expect(lossesIn("wins", "eval/reward_accuracy").at(-1)).toBe(1);
});

test("stopped and begun again, every loss is what it would have been", async () => {
  const stop = new AbortController();
  const recorder = { metrics: (step: number) => void (step === 5 && stop.abort()) };
  await expect(tune(preferences("stopped"), { signal: stop.signal, recorder })).rejects.toThrow(/cancelled/);
  expect((await tune(preferences("stopped"))).resumedFrom).toBeGreaterThan(2);
  expect(lossesIn("stopped")).toEqual(lossesIn("wins"));
  await expect(tune(preferences("stopped", { objective: { type: "dpo", beta: 0.3 } }))).rejects.toThrow(
    /objective\.beta: 0\.2 → 0\.3/,
  );
});

test("training that goes on measures against the adapter that it began with", async () => {
  const more = { adapter: join(folder, "wins"), method: { peft_type: "LORA", lora_dropout: 0 }, max_steps: 1 };
  expect((await tune(preferences("on", more))).losses.first).toBeCloseTo(Math.LN2, 5);
});

test("odds ratios are learned from the same rows, without a reference, and resumed exactly", async () => {
  const orpo = (output: string, more: Parameters<typeof recipe>[1] = {}) =>
    preferences(output, { objective: { type: "orpo", beta: 0.5 }, ...more });
  const { losses } = await tune(orpo("odds"));
  expect(losses.last).toBeLessThan(losses.first);
  expect(lossesIn("odds", "train/log_odds_ratio").at(-1)).toBeGreaterThan(lossesIn("odds", "train/log_odds_ratio")[0]!);
  expect(lossesIn("odds", "eval/reward_accuracy").at(-1)).toBe(1);
  const stop = new AbortController();
  const recorder = { metrics: (step: number) => void (step === 5 && stop.abort()) };
  await expect(tune(orpo("odds-stopped"), { signal: stop.signal, recorder })).rejects.toThrow(/cancelled/);
  await tune(orpo("odds-stopped"));
  expect(lossesIn("odds-stopped")).toEqual(lossesIn("odds"));
  const [told, dpo] = await Promise.all(
    [orpo("odds-forecast"), preferences("dpo-forecast")].map((one) => forecast(one, { time: "estimate" })),
  );
  expect(told!.time!.flopsPerStep).toBeLessThan(dpo!.time!.flopsPerStep); // no reference is computed
});

test("judged answers are learned from one by one, or from preferences taken apart, and resumed exactly", async () => {
  const judgedPath = join(folder, "judged.jsonl");
  const judged = rows.flatMap((_, i) => [
    { prompt: `Say colour ${i}.`, completion: `Colour ${i}`, label: true },
    { prompt: [user(`Say colour ${i}.`)], completion: [assistant("I would rather not.")], label: false },
  ]);
  writeFileSync(judgedPath, judged.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const kto = (output: string, data = judgedPath, more: Parameters<typeof recipe>[1] = {}) =>
    preferences(output, {
      objective: { type: "kto", beta: 0.5 },
      data: { path: data, template: "chat", max_tokens: 64, eval_share: 0.25 },
      ...more,
    });
  const { losses, data } = await tune(kto("judged"));
  expect(data).toMatchObject({ read: 16, kept: 16, skipped: 0 });
  expect(losses.first).toBeCloseTo(0.5, 5); // 1 - σ(0)
  expect(losses.last).toBeLessThan(0.45);
  expect(lossesIn("judged", "train/reward_margin").at(-1)).toBeGreaterThan(0.2);
  const stop = new AbortController();
  const recorder = { metrics: (step: number) => void (step === 5 && stop.abort()) };
  await expect(tune(kto("judged-stopped"), { signal: stop.signal, recorder })).rejects.toThrow(/cancelled/);
  await tune(kto("judged-stopped"));
  expect(lossesIn("judged-stopped")).toEqual(lossesIn("judged"));
  // A preference is an answer that is desirable and one that is not; the reference and the mismatched twins are counted.
  const [told, odds] = await Promise.all([
    forecast(kto("kto-forecast", path), { time: "estimate" }),
    forecast(preferences("odds-too", { objective: { type: "orpo", beta: 0.5 } }), { time: "estimate" }),
  ]);
  expect(told!.data.kept).toBe(8);
  expect(told!.time!.flopsPerStep).toBeGreaterThan(odds!.time!.flopsPerStep);
  writeFileSync(judgedPath, `${JSON.stringify({ prompt: "a", completion: "b" })}\n`);
  const strict = { path: judgedPath, template: "chat", on_bad_row: "error" } as const;
  await expect(tune(kto("judged-bad", judgedPath, { data: strict }))).rejects.toThrow("`label` is undefined");
});

test("a forecast counts pairs, their padding and the reference", async () => {
  const told = await forecast(preferences("forecast"), { time: "estimate" });
  const plain = await forecast(recipe("forecast", { batch_size: 2 }), { time: "estimate" });
  expect(told.data.kept).toBe(8);
  expect(told.longestRow % 2).toBe(0);
  expect(told.time!.flopsPerStep).toBeGreaterThan(2 * plain.time!.flopsPerStep);
});

test("what does not go with preferences is refused by its field", () => {
  for (const [field, more] of [
    ["data.packing", { data: { path, packing: true } }],
    ["label_smoothing", { label_smoothing: 0.1 }],
    ["token_accuracy", { token_accuracy: true }],
    ["objective.beta", { objective: { type: "dpo", beta: 0 } }],
    ["objective.beta", { objective: { type: "orpo", beta: -1 } }],
    ["batch_size", { objective: { type: "kto" }, batch_size: 1 }],
    ["objective.desirable_weight", { objective: { type: "kto", desirable_weight: -1 } }],
    ["objective.label_smoothing", { objective: { type: "orpo", label_smoothing: 0.1 } }],
  ] as const)
    expect(() => parseRecipe(preferences("no", more as never))).toThrow(field);
});

test("rows of preferences are read in three forms; what is wrong with one is named", () => {
  const chat = toPreference({ prompt: [user("a")], chosen: [assistant("b")], rejected: [assistant("c")] });
  expect(chat.chosen).toMatchObject({ kind: "chat", messages: [user("a"), assistant("b")] });
  const implicit = toPreference({
    chosen: [user("a"), assistant("x"), user("b"), assistant("c")],
    rejected: [user("a"), assistant("d")],
  });
  expect(implicit.chosen).toMatchObject({ messages: [{}, { weight: 0 }, {}, assistant("c")] });
  expect(() => toPreference({ prompt: "a", chosen: "b" })).toThrow("`rejected`");
  expect(() => toPreference({ prompt: "a", chosen: [user("b")], rejected: [assistant("c")] })).toThrow("`prompt`");
  expect(() => toPreference({ input: {}, preferred_output: [], non_preferred_output: [] })).toThrow("`input.messages`");
});
