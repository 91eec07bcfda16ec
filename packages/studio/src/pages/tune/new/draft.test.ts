import { parseRecipe, recipeJsonSchema } from "@loam/peft";
import { expect, test } from "vitest";
import { newDraft, suggestName, withBase, withMethod } from "./draft.ts";

test("what stands in the form at first is a recipe for every method", () => {
  for (const type of Object.keys(recipeJsonSchema().methods)) {
    const draft = withMethod(withBase(newDraft(), { id: "home/tiny", hasChatTemplate: true }), type);
    const recipe = parseRecipe({ ...draft, output: "x" });
    expect(recipe.method.peft_type).toBe(type);
    expect(recipe.data.template).toBe("chat");
  }
});

test("a name is made of dataset and method, and is free", () => {
  expect(suggestName({ name: "My rows (2).jsonl" }, "PREFIX_TUNING", [])).toBe("My-rows-2--prefix-tuning");
  expect(suggestName({ name: "颜色.csv" }, "LORA", ["颜色-lora", "颜色-lora-2"])).toBe("颜色-lora-3");
  expect(suggestName(undefined, "LORA", [])).toBe("adapter-lora");
});
