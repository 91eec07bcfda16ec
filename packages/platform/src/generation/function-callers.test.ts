import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { functionCallers } from "./function-callers.ts";

test("the small model that Loam has an adapter for is offered with it", () => {
  const model = { makes: "text" as const, created: 1, ownedBy: "loam" };
  const small = {
    ...model,
    id: "/m/SmolLM2-135M-Instruct.Q4_1.gguf",
    target: "local:/m/SmolLM2-135M-Instruct.Q4_1.gguf",
  };
  const others = [
    { ...model, id: "gpt-5", target: "openai:gpt-5" },
    { ...model, id: "q", target: "local:Qwen/Qwen2.5-0.5B-Instruct" },
    { ...small, id: "tuned", target: `${small.target}+/adapters/mine` },
  ];
  const [offered, ...more] = functionCallers([...others, small]);
  expect(more).toEqual([]);
  expect(offered).toMatchObject({ id: `${small.id}+function-calling`, aliases: ["function-calling"] });
  const folder = offered!.target.slice(small.target.length + 1);
  const weights = join(folder, "adapter_model.safetensors");
  expect(existsSync(weights)).toBe(true);
  expect(statSync(weights).size).toBeLessThan(10 * 2 ** 20);
});
