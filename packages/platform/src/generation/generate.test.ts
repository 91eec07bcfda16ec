import type { Config } from "@loam/core";
import { tinyChatModel } from "@loam/models/testing";
import { closeLocalModels } from "@loam/providers";
import { afterAll, describe, expect, test } from "vitest";
import { collect } from "./collect.ts";
import { generate } from "./generate.ts";
import { ModelRegistry } from "./model-registry.ts";

const path = tinyChatModel();

describe("generation with a model of this machine", () => {
  const config = {
    server: { models: [`local:${path}`], aliases: { "gpt-4o-mini": `local:${path}` } },
    models: {},
    providers: {},
  } as unknown as Config;
  const embedder = { id: "local:use-lite" } as never;
  const registry = new ModelRegistry({ config: () => config, roles: () => [], embedder: () => embedder });
  const request = { model: path, messages: [{ role: "user" as const, content: "x" }], maxTokens: 6, seed: 1 };
  afterAll(closeLocalModels);

  test("events add up to an answer that the same seed gives again, under the alias too", async () => {
    const first = await collect(generate({ registry }, { ...request, logprobs: true, topLogprobs: 2 }));
    const [choice] = first.choices;
    expect(first.usage.completionTokens).toBeLessThanOrEqual(6);
    expect(first.usage.promptTokens).toBeGreaterThan(0);
    expect(choice!.logprobs[0]!.top).toHaveLength(2);
    const again = await collect(generate({ registry }, { ...request, model: "gpt-4o-mini" }));
    expect(again.choices[0]!.text).toBe(choice!.text);
  });

  test("n choices are drawn apart, each as it would be alone", async () => {
    const { choices, usage } = await collect(generate({ registry }, { ...request, n: 3 }), 3);
    expect(new Set(choices.map(({ text }) => text)).size).toBeGreaterThan(1);
    const alone = await collect(generate({ registry }, { ...request, seed: 3 }));
    expect(choices[2]!.text).toBe(alone.choices[0]!.text);
    expect(usage.promptTokens).toBe(alone.usage.promptTokens);
  });

  test("an unknown id names the nearest one", async () => {
    await expect(collect(generate({ registry }, { ...request, model: "gpt-4o-mimi" }))).rejects.toMatchObject({
      code: "model_not_found",
      message: expect.stringContaining("gpt-4o-mini"),
    });
  });
});
