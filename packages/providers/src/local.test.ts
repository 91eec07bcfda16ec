import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "@loam/core";
import { createLocalProvider } from "@loam/models";
import { tinyChatModel } from "@loam/models/testing";
import { builtinPrices, type SpanRecord, startTracing, toSpanRecord } from "@loam/observe";
import { generateText, streamText } from "ai";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { closeLocalModels } from "./local.ts";
import { openModels } from "./models.ts";

const recorded: SpanRecord[] = [];
const tracing = startTracing({
  exporter: {
    export: (batch, done) => {
      recorded.push(...batch.map((one) => toSpanRecord(one, builtinPrices)));
      done({ code: 0 });
    },
    shutdown: async () => {},
  },
  environment: {},
});
const folder = tinyChatModel();
const local = createLocalProvider({ threads: 1 });
const open = (models: Config["models"]) =>
  openModels(
    {
      server: { host: "127.0.0.1", port: 0 },
      models: { vision: "openai:x", judge: "openai:x", ...models },
      providers: {},
      tracing: { enabled: true, content: "full" },
    },
    { local },
  );
const chatModel = async (name = `local:${folder}`) => (await open({ chat: name })).chat!;
const spans = async () => {
  await tracing.flush();
  return recorded;
};

beforeEach(async () => {
  await tracing.flush();
  recorded.length = 0;
});
afterAll(async () => {
  await local.close();
  await tracing.stop();
  rmSync(folder, { recursive: true });
});

describe("a chat model in this process", () => {
  test("generates; the call is a span with messages and tokens, and costs nothing", async () => {
    const { text, usage } = await generateText({
      model: await chatModel(),
      instructions: "Be brief.",
      prompt: "Hello",
      maxOutputTokens: 8,
      temperature: 0,
    });
    const [call] = await spans();
    expect(call).toMatchObject({ name: `chat ${folder}`, kind: "llm", status: "unset", costUsd: 0 });
    expect(call).toMatchObject({ inputTokens: usage.inputTokens, outputTokens: 8 });
    expect(JSON.stringify(call!.attributes)).toContain("Be brief.");
    expect(call!.attributes["gen_ai.provider.name"]).toBe("local");
    expect(call!.output).toMatchObject([{ role: "assistant", parts: [{ type: "text", content: text }] }]);
  });

  test("an aborted stream stops generating, and its span ends", async () => {
    const stop = new AbortController();
    const { stream } = streamText({
      model: await chatModel(),
      prompt: "Hello",
      maxOutputTokens: 900,
      abortSignal: stop.signal,
      onError: () => {},
    });
    let pieces = 0;
    for await (const part of stream) if (part.type === "text-delta" && ++pieces === 3) stop.abort();
    expect(pieces).toBeLessThan(20);
    await expect.poll(async () => (await spans()).length).toBe(1);
  });

  test("a folder that is not there, and an encoder, are refused at the first call with the way out", async () => {
    const ask = async (name: string) => generateText({ model: await chatModel(name), prompt: "x", maxRetries: 0 });
    await expect(ask("local:./nowhere")).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringContaining("give a hub id such as"),
    });
    expect((await spans())[0]).toMatchObject({ status: "error" });
    await expect(ask("local:use-lite")).rejects.toThrow("makes vectors and cannot generate text");
  });
});

describe("an embedding model in this process", () => {
  test("any local model gives unit vectors under its own name, each call a span", async () => {
    const { embed } = await open({ embed: `local:${folder}` });
    const { hidden_size } = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
    expect(embed).toMatchObject({ id: `local:${folder}`, dimensions: hidden_size });
    const [tide, tideAgain, other] = await embed.embed(["high tide", "high tide", "low water in September"]);
    expect(Math.hypot(...tide!)).toBeCloseTo(1, 5);
    expect(tideAgain).toEqual(tide);
    expect(other).not.toEqual(tide);
    expect(embed.countTokens("high tide")).toBe(9);
    expect((await spans())[0]).toMatchObject({ name: `embeddings ${folder}`, inputTokens: 9 + 9 + 22 });
  });

  test("a folder without weights says which file is missing", async () => {
    const empty = mkdtempSync(join(tmpdir(), "loam-empty-"));
    writeFileSync(join(empty, "config.json"), JSON.stringify({ model_type: "bert" }));
    await expect(open({ embed: `local:${empty}` })).rejects.toThrow("model.safetensors");
    rmSync(empty, { recursive: true });
  });
});

test("who opens models without a provider of their own shares the process's, which can be closed and used again", async () => {
  const config: Config = {
    server: { host: "127.0.0.1", port: 0 },
    models: { chat: `local:${folder}`, vision: "openai:x", judge: "openai:x", embed: "local:use-lite" },
    providers: {},
    tracing: { enabled: true, content: "full" },
  };
  const models = await openModels(config);
  const ask = () => generateText({ model: models.chat!, prompt: "Hi", maxOutputTokens: 4, temperature: 0 });
  const { text } = await ask();
  await closeLocalModels();
  expect((await ask()).text).toBe(text);
  await closeLocalModels();
});
