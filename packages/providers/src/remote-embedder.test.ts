import type { Config } from "@loam/core";
import { estimateTokens } from "@loam/observe";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { connectEmbedder } from "./connect.ts";
import { type OpenAIServer, startOpenAIServer } from "./testing/openai-server.ts";

let server: OpenAIServer;
let embed: (text: string) => number[];
beforeAll(async () => {
  server = await startOpenAIServer({ models: ["test-embed"], embed: (text) => embed(text) });
});
afterAll(() => server.close());
beforeEach(() => {
  embed = (text) => [text.length, 1, 2];
  server.requests.length = 0;
});

function connect(provider = "openai") {
  const config = { models: {}, providers: { [provider]: { baseUrl: server.url } } } as unknown as Config;
  return connectEmbedder(config, { provider, model: "test-embed" }, { request: { backoffMs: 1 } });
}

test("many texts are sent in batches and come back in order, at unit length", async () => {
  const embedder = await connect();
  expect([embedder.id, embedder.dimensions]).toEqual(["openai:test-embed", undefined]);
  const texts = Array.from({ length: 600 }, (_, index) => "x".repeat(index));
  const vectors = await embedder.embed(texts);
  expect(server.requests.map(({ body }) => (body.input as string[]).length).sort((a, b) => a - b)).toEqual([
    88, 256, 256,
  ]);
  expect(embedder.dimensions).toBe(3);
  for (const [index, vector] of vectors.entries()) {
    expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
    expect(vector[0]! / vector[1]!).toBeCloseTo(index || 1, 2);
  }
  expect(await embedder.embed([])).toEqual([]);
});

test("Ollama and the like are spoken to in the same way", async () => {
  const embedder = await connect("ollama");
  expect(embedder.id).toBe("ollama:test-embed");
  expect(Array.from((await embedder.embed(["ab"]))[0]!)).toEqual([2 / 3, 1 / 3, 2 / 3].map(Math.fround));
});

test("a busy service is tried again, a broken one reported", async () => {
  server.inject({ kind: "status", status: 429, retryAfter: "0" }, 2);
  expect(await (await connect()).embed(["a"])).toHaveLength(1);
  server.inject({ kind: "malformed" });
  await expect((await connect()).embed(["a"])).rejects.toThrow(/^openai: answered something that cannot be read/);
});

test("vectors of another width, zero or not finite are refused by name", async () => {
  const embedder = await connect();
  await embedder.embed(["a"]);
  embed = () => [1, 2];
  await expect(embedder.embed(["b"])).rejects.toThrow(
    "openai: openai:test-embed answered a vector of width 2 where 3 was expected.",
  );
  embed = () => [0, 0, 0];
  await expect(embedder.embed(["b"])).rejects.toThrow("answered a vector that is zero or not finite.");
});

test("cancelling stops what is under way and what has not begun", async () => {
  server.inject({ kind: "slow-start", delayMs: 300 }, 10);
  const embedder = await connect();
  await expect(
    embedder.embed(
      Array.from({ length: 5000 }, () => "a"),
      { signal: AbortSignal.timeout(50) },
    ),
  ).rejects.toThrow();
  expect(server.requests.length).toBeLessThanOrEqual(4);
});

test("the token estimate grows with the text and counts Chinese characters one by one", () => {
  expect(estimateTokens("The quick brown fox jumps over the lazy dog.")).toBe(11);
  expect(estimateTokens("敏捷的棕色狐狸")).toBe(7);
  expect(estimateTokens("")).toBe(0);
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(estimateTokens(a + b)).toBeGreaterThanOrEqual(estimateTokens(a));
    }),
    { seed: 7 },
  );
});
