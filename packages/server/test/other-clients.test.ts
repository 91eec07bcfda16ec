import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { generateText, Output, streamText } from "ai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { startChatServer } from "./openai-client.ts";
import type { TestServer } from "./running.ts";

let server: TestServer;
let model: string;
beforeAll(async () => {
  ({ server, model } = await startChatServer());
});
afterAll(() => server?.end());
const Colour = z.object({ name: z.enum(["red", "blue"]), dark: z.boolean() });

test("the AI SDK writes, streams, keeps to a schema and calls, over responses and chat", async () => {
  const openai = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: "none" });
  for (const language of [openai(model), openai.chat(model)]) {
    const common = { model: language, maxOutputTokens: 24, maxRetries: 0 };
    const { text, usage } = await generateText({ ...common, prompt: "Hello" });
    expect([text.length > 0, usage.outputTokens! > 0]).toEqual([true, true]);
    let streamed = "";
    for await (const piece of streamText({ ...common, prompt: "Hello" }).textStream) streamed += piece;
    expect(streamed.length).toBeGreaterThan(0);
    const kept = await generateText({
      ...common,
      maxOutputTokens: 200,
      prompt: "A colour.",
      output: Output.object({ schema: Colour }),
    });
    expect(Colour.parse(kept.output)).toBeTruthy();
    const { toolCalls } = await generateText({
      ...common,
      maxOutputTokens: 200,
      prompt: "Paint.",
      tools: { paint: { description: "Paints", inputSchema: Colour } },
      toolChoice: { type: "tool", toolName: "paint" },
    });
    expect(toolCalls.map(({ toolName }) => toolName)).toEqual(["paint"]);
    expect(Colour.parse(toolCalls[0]!.input)).toBeTruthy();
  }
});

test("LangChain writes, streams, keeps to a schema, calls and embeds", async () => {
  const configuration = { baseURL: `${server.url}/v1` };
  const chat = new ChatOpenAI({ model, apiKey: "none", configuration, maxTokens: 200, maxRetries: 0 });
  const answer = await chat.invoke([new HumanMessage("Hello")]);
  expect(answer.usage_metadata!.output_tokens).toBeGreaterThan(0);
  let pieces = 0;
  for await (const _ of await chat.stream("Hello")) pieces++;
  expect(pieces).toBeGreaterThan(2);
  const kept = await chat.withStructuredOutput(Colour, { method: "jsonSchema", strict: true }).invoke("A colour.");
  expect(Colour.parse(kept)).toBeTruthy();
  const paint = tool(async () => "done", { name: "paint", description: "Paints", schema: Colour });
  const called = await chat.bindTools([paint], { tool_choice: "paint" }).invoke("Paint.");
  expect(called.tool_calls!.map(({ name }) => name)).toEqual(["paint"]);
  const embedder = new OpenAIEmbeddings({ model: "embed", apiKey: "none", configuration, maxRetries: 0 });
  const vectors = await embedder.embedDocuments(["a cat", "a kitten"]);
  expect(vectors.map((vector) => vector.length)).toEqual([512, 512]);
});

test("Anthropic's client writes, streams and calls", async () => {
  const client = new Anthropic({ baseURL: server.url, apiKey: "none", maxRetries: 0 });
  const messages = [{ role: "user" as const, content: "Hello" }];
  const message = await client.messages.create({ model, max_tokens: 16, messages });
  expect(message.usage.output_tokens).toBeGreaterThan(0);
  const final = await client.messages.stream({ model, max_tokens: 16, messages }).finalMessage();
  expect(final.content[0]).toMatchObject({ type: "text" });
  const called = await client.messages.create({
    ...{ model, max_tokens: 200, messages },
    tools: [{ name: "paint", input_schema: z.toJSONSchema(Colour) as Anthropic.Tool.InputSchema }],
    tool_choice: { type: "tool", name: "paint" },
  });
  const use = called.content.find(({ type }) => type === "tool_use") as Anthropic.ToolUseBlock;
  expect(Colour.parse(use.input)).toBeTruthy();
  expect((await client.messages.countTokens({ model, messages })).input_tokens).toBeGreaterThan(0);
});
