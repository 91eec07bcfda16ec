import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
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

  test("NUL, which no database keeps, is told as it will be kept", async () => {
    const model = await registry.open(path, {});
    const nul = model.kind === "local" ? model.generator.model.tokenizer!.encode("\0").ids.at(-1) : undefined;
    const logitBias = { [nul!]: 100 };
    const { choices } = await collect(generate({ registry }, { ...request, logitBias, temperature: 0 }));
    expect(choices[0]!.text).toBe("\uFFFD".repeat(6));
  });

  test("an unknown id names the nearest one", async () => {
    await expect(collect(generate({ registry }, { ...request, model: "gpt-4o-mimi" }))).rejects.toMatchObject({
      code: "model_not_found",
      message: expect.stringContaining("gpt-4o-mini"),
    });
  });

  test("models that are served by path go by their file's or folder's name, and what is stored under the path still finds them", async () => {
    const [twin, file] = [join(path, "below", basename(path)), join(path, "elsewhere", "small.gguf")];
    mkdirSync(join(path, "elsewhere"));
    writeFileSync(file, "no model at all");
    const models = [`local:${path}`, `local:${twin}`, `local:${file}+${path}/adapter`, `local:${file}`];
    const served = { ...config, server: { models } } as Config;
    const here = new ModelRegistry({ config: () => served, roles: () => [], embedder: () => embedder });
    const ids = (await here.list()).filter(({ makes }) => makes === "text").map(({ id }) => id);
    const name = basename(path);
    expect(ids.slice(0, 4)).toEqual([
      name,
      expect.stringMatching(new RegExp(`^${name}-[0-9a-f]{6}$`)),
      "small.gguf+adapter",
      "small.gguf",
    ]);
    for (const given of [name, path, `local:${path}`]) expect((await here.find(given)).target).toBe(`local:${path}`);
    for (const given of [ids[1]!, twin]) expect((await here.find(given)).target).toBe(`local:${twin}`);
    expect((await here.find("small")).id).toBe("small.gguf");
    await expect(here.open("small.gguf")).rejects.toMatchObject({
      message: expect.not.stringContaining(path),
      code: "bad_gguf",
    });
    await expect(here.open(twin)).rejects.toMatchObject({ message: expect.stringContaining(ids[1]!), status: 404 });
  });
});
