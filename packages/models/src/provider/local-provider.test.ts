import { embedMany, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from "ai";
import { afterAll, describe, expect, test } from "vitest";
import { tinyChatModel } from "../testing/index.ts";
import { createLocalProvider } from "./local-provider.ts";

const folder = tinyChatModel();
const provider = createLocalProvider({ threads: 1 });
const model = provider.languageModel(folder);
afterAll(() => provider.close());

describe("local models through the AI SDK", () => {
  test("generateText counts tokens and says why it ended; the same seed gives the same text", async () => {
    const ask = (seed: number) => generateText({ model, prompt: "Hello", maxOutputTokens: 12, temperature: 1, seed });
    const [a, b, c] = [await ask(1), await ask(1), await ask(2)];
    expect(a.finishReason).toBe("length");
    expect(a.usage.outputTokens).toBe(12);
    expect(a.usage.inputTokens).toBe("Hello".length + "user\n".length + "\n".length + "assistant\n".length + 3);
    expect(b.text).toBe(a.text);
    expect(c.text).not.toBe(a.text);
  });

  test("streamText gives the same text piece by piece", async () => {
    const options = { model, prompt: "Hello", maxOutputTokens: 12, temperature: 0 } as const;
    const whole = await generateText(options);
    const stream = streamText(options);
    let text = "";
    for await (const piece of stream.textStream) text += piece;
    expect(text).toBe(whole.text);
    expect(await stream.finishReason).toBe(whole.finishReason);
  });

  test("an object fits its schema although the weights are random", async () => {
    const schema = jsonSchema<{ colour: string; count: number }>({
      type: "object",
      properties: { colour: { enum: ["red", "green"] }, count: { type: "integer", minimum: 0, maximum: 9 } },
      required: ["colour", "count"],
    });
    const { output } = await generateText({
      model,
      prompt: "A ball?",
      output: Output.object({ schema }),
      temperature: 1,
      seed: 3,
      maxOutputTokens: 80,
    });
    expect(["red", "green"]).toContain(output.colour);
    expect(Number.isInteger(output.count)).toBe(true);
  });

  test("a required function is called with arguments that fit, and its result is read", async () => {
    const weather = tool({
      inputSchema: jsonSchema<{ city: string }>({
        type: "object",
        properties: { city: { enum: ["Paris", "Berlin"] } },
        required: ["city"],
      }),
      execute: async ({ city }) => `sunny in ${city}`,
    });
    const result = await generateText({
      model,
      prompt: "Weather?",
      tools: { weather },
      toolChoice: "required",
      temperature: 0,
      maxOutputTokens: 80,
      stopWhen: stepCountIs(1),
    });
    expect(result.finishReason).toBe("tool-calls");
    expect(result.toolCalls[0]).toMatchObject({ toolName: "weather" });
    expect(String(result.toolResults[0]!.output)).toMatch(/^sunny in (Paris|Berlin)$/);
  });

  test("an aborted call stops", async () => {
    const call = generateText({ model, prompt: "Hello", abortSignal: AbortSignal.abort(), maxRetries: 0 });
    await expect(call).rejects.toThrow();
  });

  test("an adapter without a loader, and a model that is not there, are told apart from bugs", async () => {
    await expect(
      generateText({ model: provider.languageModel(`${folder}+adapter`), prompt: "x", maxRetries: 0 }),
    ).rejects.toThrow("opens no adapters");
    await expect(
      generateText({ model: provider.languageModel("./nowhere"), prompt: "x", maxRetries: 0 }),
    ).rejects.toThrow('model "./nowhere" does not exist');
  });

  test("the embedding model gives one vector per text and counts tokens", async () => {
    const { embeddings, usage } = await embedMany({
      model: provider.embeddingModel("use-lite"),
      values: ["cat", "a cat", "stock market"],
    });
    expect(embeddings.map((vector) => vector.length)).toEqual([512, 512, 512]);
    expect(usage.tokens).toBeGreaterThanOrEqual(4);
  });
});
