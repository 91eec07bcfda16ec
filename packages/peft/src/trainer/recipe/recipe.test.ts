import { expect, test } from "vitest";
import { parse } from "yaml";
import { adapterMethods } from "../../methods/registry.ts";
import { parseRecipe } from "./recipe.ts";
import { overrideRecipe } from "./recipe-overrides.ts";
import { starterRecipe } from "./starter-recipe.ts";

const good = {
  model: "m",
  method: { peft_type: "LORA", target_modules: "all-linear" },
  data: { path: "d" },
  output: "o",
};

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
  [{ ...good, method: { peft_type: "LORA" } }, /`method\.target_modules` is undefined: expected a list of names/],
  [
    { ...good, method: { ...good.method, lora_alhpa: 3 } },
    /no option `method\.lora_alhpa`.*did you mean `method\.lora_alpha`/is,
  ],
  [{ ...good, method: { ...good.method, r: 0 } }, /^recipe: `method\.r` is 0/],
  [{ ...good, batch_size: 0 }, /`batch_size` is 0/],
  [{ ...good, precision: "bfloat16" }, /`precision` is "bfloat16": the CPU computes in float32.*quantize: nf4/is],
  [{ ...good, keep_best: true }, /`keep_best` is true: there is no evaluation loss.*eval_share/is],
  [{ ...good, optimizer: { no_decay: ["("] } }, /`optimizer\.no_decay\.0` is "\("/is],
])("%j is refused by name", (recipe, message) => {
  expect(() => parseRecipe(recipe)).toThrow(message);
});

test("options that change nothing may stand in a recipe, as PEFT writes them", () => {
  const method = { ...good.method, layer_replication: null };
  expect(parseRecipe({ ...good, method }).method).toEqual(method);
});

test.each(adapterMethods.map(({ type }) => [type]))("the recipe to begin with for %s can be read", (method) => {
  const recipe = parseRecipe(parse(starterRecipe({ method, model: "./my model" })));
  expect(recipe).toMatchObject({ model: "./my model", method: { peft_type: method } });
});

test("single fields are set from the outside, as YAML", () => {
  const set = [
    "optimizer.learning_rate=1e-4",
    "method.target_modules=[q_proj]",
    "data.packing=true",
    "max_grad_norm=null",
  ];
  expect(overrideRecipe({ ...good, max_grad_norm: 1 }, set)).toEqual({
    ...good,
    method: { peft_type: "LORA", target_modules: ["q_proj"] },
    optimizer: { learning_rate: 1e-4 },
    data: { path: "d", packing: true },
  });
  expect(() => overrideRecipe(good, ["model.name=x"])).toThrow(
    /`set` is "model.name=x"; expected a field that holds others/,
  );
  expect(() => overrideRecipe(good, ["epochs"])).toThrow(/expected field=value/);
});
