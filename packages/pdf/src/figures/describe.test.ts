import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createOpenAI } from "@ai-sdk/openai";
import { CancelledError, UnavailableError } from "@loam/core";
import { afterEach, expect, test } from "vitest";
import { type DescriptionCache, describeFigure, type FigureReading } from "./describe.ts";

const reading: FigureReading = {
  kind: "bar chart",
  title: "Worms",
  axes: [{ name: "count", unit: "per m²" }],
  series: [{ name: "autumn", values: [{ at: "clover", value: "187" }] }],
  text: ["2nd year"],
  trend: "Clover holds most.",
};
const figure = {
  caption: "Figure 2. Earthworms.",
  innerText: "",
  mentions: [{ page: 2, box: [0, 0, 1, 1] as const, text: "As Figure 2 shows, they came back." }],
  png: new Uint8Array([0x89, 0x50, 0x4e, 0x47]),
};

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that speaks OpenAI's chat completions: answers with each status in turn, then 200. */
async function openai(
  statuses: number[],
): Promise<{ vision: ReturnType<ReturnType<typeof createOpenAI>["chat"]>; bodies: string[] }> {
  const bodies: string[] = [];
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    const status = statuses.shift() ?? 200;
    if (status === 0) return; // never answers
    response.writeHead(status, { "content-type": "application/json", "retry-after-ms": "5" });
    const message = { role: "assistant", content: JSON.stringify(reading) };
    response.end(
      JSON.stringify(
        status === 200
          ? {
              id: "chatcmpl-1",
              object: "chat.completion",
              created: 1,
              model: "gpt-5-mini",
              choices: [{ index: 0, message, finish_reason: "stop" }],
              usage: { prompt_tokens: 900, completion_tokens: 80, total_tokens: 980 },
            }
          : { error: { message: "slow down", type: "rate_limit_exceeded", param: null, code: null } },
      ),
    );
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server!.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    vision: createOpenAI({ apiKey: "test", baseURL: `http://127.0.0.1:${port}/v1` }).chat("gpt-5-mini"),
    bodies,
  };
}

test("the vision model gets picture, caption and schema, is retried after 429, and its answer becomes text", async () => {
  const { vision, bodies } = await openai([429]);
  const described = await describeFigure(figure, { vision });
  expect(described).toMatchObject({
    source: "vision",
    reading,
    cached: false,
    usage: { inputTokens: 900, outputTokens: 80 },
  });
  expect(described.text).toContain("autumn: clover 187");
  expect(bodies.length).toBe(2);
  expect(bodies[1]).toContain("data:image/png;base64,iVBORw==");
  expect(bodies[1]).toContain("Figure 2. Earthworms.");
  expect(JSON.parse(bodies[1]!).response_format.type).toBe("json_schema");
});

test("the same picture is asked for once", async () => {
  const { vision, bodies } = await openai([]);
  const kept = new Map<string, FigureReading>();
  const cache: DescriptionCache = {
    get: async (key) => kept.get(key),
    set: async (key, value) => void kept.set(key, value),
  };
  const first = await describeFigure(figure, { vision, cache });
  const second = await describeFigure(figure, { vision, cache });
  expect(second).toEqual({ ...first, cached: true, usage: { inputTokens: 0, outputTokens: 0 } });
  expect(bodies.length).toBe(1);
});

test("a model that keeps failing is named, with what to do", async () => {
  const { vision } = await openai([400]);
  const failing = describeFigure(figure, { vision, maxRetries: 0 });
  await expect(failing).rejects.toThrow(UnavailableError);
  await expect(failing).rejects.toThrow(/slow down.*loam models/);
});

test("the signal ends a call that hangs", async () => {
  const { vision } = await openai([0]);
  await expect(describeFigure(figure, { vision, signal: AbortSignal.timeout(100) })).rejects.toThrow(CancelledError);
});

test("without a model the text comes from OCR or the page, and says which", async () => {
  expect(await describeFigure(figure, { ocrText: "187" })).toMatchObject({
    source: "ocr",
    text: "Figure 2. Earthworms.\n187\nAs Figure 2 shows, they came back.",
  });
  expect(await describeFigure({ ...figure, innerText: "38 33" }, { ocrText: "187" })).toMatchObject({ source: "text" });
});
