import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { type DecoderModel, openModel } from "@loam/models";
import { tinyChatModel } from "@loam/models/testing";
import { adapterMethod, baseModelOf, writeAdapter } from "@loam/peft";
import { generateText } from "ai";
import { afterAll, expect, test } from "vitest";
import { openLocalProvider } from "./local.ts";

const folder = tinyChatModel();
const adapters = mkdtempSync(join(tmpdir(), "loam-local-adapters-"));
const local = await openLocalProvider({ threads: 1 });
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true });
  rmSync(adapters, { recursive: true });
});

test("several local: names over one base answer each in their own way, one after the other and at the same time", async () => {
  const base = baseModelOf((await openModel(folder)) as DecoderModel);
  const names = [folder];
  for (const [type, options] of [
    ["LORA", { target_modules: ["q_proj"], init_lora_weights: false }],
    ["LORA", { target_modules: ["q_proj"], init_lora_weights: false }],
    ["PROMPT_TUNING", { num_virtual_tokens: 4 }],
  ] as const) {
    const method = adapterMethod(type);
    const config = method.readConfig(options);
    const tensors = await method.init(base, config, new Rng(names.length));
    const path = join(adapters, String(names.length));
    await writeAdapter(path, method, (await method.toFile?.(base, config, tensors)) ?? { config, tensors });
    names.push(`${folder}+${path}`);
  }
  const ask = async (name: string) =>
    (await generateText({ model: local.languageModel(name), prompt: "Hello", maxOutputTokens: 12, temperature: 0 }))
      .text;
  const apart: string[] = [];
  for (const name of names) apart.push(await ask(name));
  expect(new Set(apart).size).toBe(names.length);
  expect(await Promise.all([...names].reverse().map(ask))).toEqual([...apart].reverse());
});

test("an adapter folder that is not there is told as such, and may be there the next time", async () => {
  const name = `${folder}+${join(adapters, "nowhere")}`;
  const ask = () => generateText({ model: local.languageModel(name), prompt: "x", maxRetries: 0 });
  await expect(ask()).rejects.toThrow("adapter_config.json");
  await expect(ask()).rejects.toThrow("adapter_config.json");
});
