import { expect, test } from "vitest";
import { parseRecipe } from "./recipe.ts";

const good = { model: "m", method: { peft_type: "LORA" }, data: { path: "d" }, output: "o" };

test("defaults are filled in", () => {
  expect(parseRecipe(good)).toMatchObject({
    batch_size: 4,
    data: { template: "alpaca" },
    optimizer: { name: "adamw" },
  });
});

test.each([
  [{ ...good, batchsize: 2 }, /no field `batchsize`.*did you mean `batch_size`/is],
  [{ ...good, data: { path: "d", max_token: 3 } }, /no field `data\.max_token`.*did you mean `data\.max_tokens`/is],
  [{ ...good, optimizer: { name: "adamv" } }, /`optimizer\.name` is "adamv".*did you mean "adamw"/is],
  [{ ...good, method: { peft_type: "LORE" } }, /`method\.peft_type` is "LORE".*did you mean "LORA"/is],
  [{ ...good, batch_size: 0 }, /`batch_size` is 0/],
  [{ ...good, precision: "bfloat16" }, /`precision` is "bfloat16": the CPU computes in float32.*quantize: nf4/is],
  [{ ...good, keep_best: true }, /`keep_best` is true: there is no evaluation loss.*eval_share/is],
  [{ ...good, optimizer: { no_decay: ["("] } }, /`optimizer\.no_decay\.0` is "\("/is],
])("%j is refused by name", (recipe, message) => {
  expect(() => parseRecipe(recipe)).toThrow(message);
});
