import { recipeJsonSchema } from "@loam/peft";
import { expect, test } from "vitest";
import { fieldsOf, isShown, type JsonSchema, valueAt, withValue } from "./schema-fields.ts";

const { recipe, methods } = recipeJsonSchema() as { recipe: JsonSchema; methods: Record<string, JsonSchema> };

test("the fields of a recipe come with kind, choices, limits and defaults", () => {
  const fields = new Map(fieldsOf(recipe).map((field) => [field.path.join("."), field]));
  expect(fields.get("quantize")).toMatchObject({ kind: "choice", choices: expect.arrayContaining(["none", "nf4"]) });
  expect(fields.get("data.max_tokens")).toMatchObject({ kind: "integer", min: 2, default: 512 });
  expect(fields.get("optimizer.learning_rate")).toMatchObject({ kind: "number", default: 2e-4 });
  expect(fields.get("data.packing")).toMatchObject({ kind: "switch", default: false });
  expect(fields.get("sample_prompts")).toMatchObject({ kind: "names" });
});

test("an objective is a choice, and each kind of it has its own fields", () => {
  const fields = fieldsOf(recipe).filter(({ path }) => path[0] === "objective");
  expect(fields[0]).toMatchObject({ kind: "choice", choices: ["sft", "dpo", "orpo", "kto", "grpo"], default: "sft" });
  expect(fields[0]).toMatchObject({ replaces: ["objective"] });
  const shown = (draft: object) =>
    fields.filter((field) => isShown(field, draft)).map(({ path, default: given }) => [path[1], given]);
  expect(shown({})).toEqual([["type", "sft"]]);
  expect(shown({ objective: { type: "kto" } })).toEqual([
    ["type", "sft"],
    ["beta", 0.1],
    ["desirable_weight", 1],
    ["undesirable_weight", 1],
  ]);
  expect(shown({ objective: { type: "dpo" } }).map(([name]) => name)).toEqual(["type", "beta", "label_smoothing"]);
});

test("every method's options make a form", () => {
  const lora = new Map(fieldsOf(methods.LORA!).map((field) => [field.path[0], field]));
  expect(lora.get("r")).toMatchObject({ kind: "integer", default: 8 });
  expect(lora.get("target_modules")).toMatchObject({ kind: "names" });
  expect(lora.get("use_dora")).toMatchObject({ kind: "switch" });
  expect(lora.has("rank_pattern")).toBe(false); // a table has no simple form
  for (const [type, schema] of Object.entries(methods)) expect([type, fieldsOf(schema).length]).not.toEqual([type, 0]);
});

test("a value is put into a draft and taken out of it without touching the rest", () => {
  const draft = { model: "m", data: { path: "d", limit: 5 } };
  expect(withValue(draft, ["data", "limit"], undefined)).toEqual({ model: "m", data: { path: "d" } });
  expect(withValue(draft, ["optimizer", "name"], "lion")).toEqual({ ...draft, optimizer: { name: "lion" } });
  expect(valueAt(draft, ["data", "limit"])).toBe(5);
  expect(valueAt(draft, ["optimizer", "name"])).toBeUndefined();
});
