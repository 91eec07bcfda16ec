import { expect, test } from "vitest";
import { parse } from "yaml";
import { toYaml } from "./to-yaml.ts";

test("a recipe written as YAML reads back as itself", () => {
  const recipe = {
    model: "Qwen/Qwen2.5-0.5B",
    quantize: "none",
    method: { peft_type: "LORA", r: 16, target_modules: ["q_proj", "v_proj"], rank_pattern: {} },
    optimizer: { name: "adamw", learning_rate: 2e-4 },
    sample_prompts: ['What is "loam"?', "什么是壤土？", "yes", ""],
    device: "on",
    dedup: false,
    max_steps: undefined,
    output: "garden: lora",
  };
  const { max_steps: _, ...rest } = recipe;
  expect(parse(toYaml(recipe))).toEqual(rest);
});
