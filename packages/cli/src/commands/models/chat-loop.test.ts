import { PassThrough } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { setTimeout as sleep } from "node:timers/promises";
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { UnavailableError } from "@loam/core";
import { expect, test } from "vitest";
import { chatLoop } from "./chat-loop.ts";
import { Conversation } from "./conversation.ts";

/** Speaks in words: says how many messages it was given, and never ends when it is asked to count. */
function talker(): LanguageModelV4 & { calls: LanguageModelV4CallOptions[] } {
  const calls: LanguageModelV4CallOptions[] = [];
  return {
    specificationVersion: "v4",
    provider: "test",
    modelId: "talker",
    supportedUrls: {},
    calls,
    doGenerate: async () => {
      throw new Error("the conversation streams");
    },
    doStream: async (call) => {
      calls.push(call);
      const asked = JSON.stringify(call.prompt.at(-1));
      if (asked.includes("fail")) throw new UnavailableError("talker", "is asleep.");
      async function* parts(): AsyncGenerator<LanguageModelV4StreamPart> {
        for (let n = 1; asked.includes("count") || n <= 1; n++) {
          await sleep(1, undefined, { signal: call.abortSignal });
          yield {
            type: "text-delta",
            id: "0",
            delta: asked.includes("count") ? `${n} ` : `${call.prompt.length} messages`,
          };
        }
        yield {
          type: "finish",
          finishReason: { unified: "stop", raw: "stop" },
          usage: {
            inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
            outputTokens: { total: 1, text: 1, reasoning: undefined },
          },
        };
      }
      return { stream: ReadableStream.from(parts()) as globalThis.ReadableStream<LanguageModelV4StreamPart> };
    },
  };
}

function terminal() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let shown = "";
  output.on("data", (chunk) => (shown += chunk));
  const sees = (text: string) => expect.poll(() => shown, { timeout: 5000 }).toContain(text);
  return { input, output, sees, shown: () => shown };
}

test("a conversation remembers, /new forgets, a failure is told and not remembered, /exit ends", async () => {
  const { input, output, sees } = terminal();
  const done = chatLoop(new Conversation(talker(), { system: "Be brief." }), { input, output });
  input.write("hello\n");
  await sees("2 messages");
  input.write("fail\n");
  await sees("talker: is asleep.");
  input.write("again\n");
  await sees("4 messages");
  input.write("/new\nonce more\n");
  await sees("2 messages");
  input.write("/exit\n");
  expect(await done).toEqual({ turns: 4 });
});

test("Ctrl-C stops an answer and keeps what was said; at the prompt it ends", async () => {
  const { input, output, sees } = terminal();
  const model = talker();
  const done = chatLoop(new Conversation(model), { input, output });
  input.write("count\n");
  await sees("3 ");
  input.write("\x03");
  await sees("… (stopped)");
  input.write("hello\n");
  await sees("3 messages");
  expect(JSON.stringify(model.calls[1]!.prompt[1])).toMatch(/1 2 3 /);
  input.write("\x03");
  expect(await done).toEqual({ turns: 2 });
});
