import { openStore, type Store } from "@loam/store";
import { newHome } from "@loam/store/testing";
import { generateText, stepCountIs, streamText, tool } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { getTrace } from "../record/traces.ts";
import { listTraces } from "../spans/list-traces.ts";
import { span } from "../tracing/span.ts";
import { startTracing, type Tracing } from "../tracing/tracing.ts";
import { observeAISDK } from "./observe-ai-sdk.ts";

let store: Store;
let tracing: Tracing;
beforeAll(async () => {
  store = await openStore({ home: await newHome(), databaseUrl: "", blobUrl: "", durability: "process" });
  tracing = startTracing({ store });
});
afterAll(async () => {
  await tracing.stop();
  await store.close();
});

const usage = {
  inputTokens: { total: 1000, noCache: 200, cacheRead: 800, cacheWrite: undefined },
  outputTokens: { total: 2, text: 2, reasoning: undefined },
};
const finish = { unified: "stop" as const, raw: "stop" };

async function only(name: string) {
  await tracing.flush();
  const found = (await listTraces(store, {})).find((trace) => trace.name === name);
  return await getTrace(store, found!.id);
}

test("a call with a tool is a step with its requests and the tool below it", async () => {
  let turn = 0;
  const model = new MockLanguageModelV4({
    provider: "openai.responses",
    modelId: "gpt-4o",
    doGenerate: async () => ({
      content:
        turn++ === 0
          ? [{ type: "tool-call" as const, toolCallId: "c1", toolName: "weather", input: '{"city":"Paris"}' }]
          : [{ type: "text" as const, text: "Sunny." }],
      finishReason: turn === 1 ? { unified: "tool-calls" as const, raw: "tool_calls" } : finish,
      usage,
      warnings: [],
    }),
  });
  const weather = tool({
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => span("look up", {}, () => `sun over ${city}`),
  });
  const { text } = await generateText({
    model,
    prompt: "Weather in Paris?",
    tools: { weather },
    stopWhen: stepCountIs(3),
    telemetry: observeAISDK({ functionId: "ask-weather", metadata: { sessionId: "s1", tags: ["demo"] } }),
  });
  expect(text).toBe("Sunny.");
  const trace = await only("ask-weather");
  expect(trace).toMatchObject({ modelCalls: 2, inputTokens: 2000, outputTokens: 4 });
  expect(trace.costUsd).toBeCloseTo((2 * (200 * 2.5 + 800 * 1.25 + 2 * 10)) / 1e6, 9);
  const [root] = trace.roots;
  expect(root).toMatchObject({ kind: "chain", output: "Sunny." });
  expect(root!.children.map(({ name, kind }) => [name, kind])).toEqual([
    ["chat gpt-4o", "llm"],
    ["weather", "tool"],
    ["chat gpt-4o", "llm"],
  ]);
  expect(root!.children[1]).toMatchObject({
    input: { city: "Paris" },
    output: "sun over Paris",
    children: [{ name: "look up" }],
  });
});

test("a call that fails is an error with its message, and leaves nothing open", async () => {
  const model = new MockLanguageModelV4({
    doGenerate: async () => {
      throw new Error("no such key");
    },
  });
  const asked = generateText({
    model,
    prompt: "Hi",
    maxRetries: 0,
    telemetry: observeAISDK({ functionId: "fails" }),
  });
  await expect(asked).rejects.toThrow("no such key");
  const [root] = (await only("fails")).roots;
  expect(root).toMatchObject({ status: "error", statusMessage: "no such key", open: false });
});

test("a streamed answer is recorded at its end", async () => {
  const model = new MockLanguageModelV4({
    modelId: "gpt-4o",
    doStream: async () => ({
      stream: new ReadableStream({
        start(controller) {
          controller.enqueue({ type: "stream-start", warnings: [] });
          controller.enqueue({ type: "text-start", id: "1" });
          for (const delta of ["He", "llo"]) controller.enqueue({ type: "text-delta", id: "1", delta });
          controller.enqueue({ type: "text-end", id: "1" });
          controller.enqueue({ type: "finish", finishReason: finish, usage });
          controller.close();
        },
      }),
    }),
  });
  const telemetry = observeAISDK({ functionId: "streams", recordInputs: false });
  const { textStream } = streamText({ model, prompt: "a private question", telemetry });
  let text = "";
  for await (const part of textStream) text += part;
  expect(text).toBe("Hello");
  expect(await only("streams")).toMatchObject({
    modelCalls: 1,
    outputTokens: 2,
    roots: [{ output: "Hello", open: false }],
  });
  expect(JSON.stringify(await only("streams"))).not.toContain("private");
});
