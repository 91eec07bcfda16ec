import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { functionsFromMcp } from "./from-mcp.ts";
import { functionsFromOpenApi } from "./from-openapi.ts";
import { FunctionRegistry } from "./function-registry.ts";
import { openFunctions } from "./open-functions.ts";
import { runCalls } from "./run-calls.ts";
import { defineFunction, type ServerFunction } from "./server-function.ts";

const call = (name: string, values: unknown, id = name) => ({ id, name, input: JSON.stringify(values) });
const plain = (
  name: string,
  handler: ServerFunction["handler"],
  more: Partial<ServerFunction> = {},
): ServerFunction => ({
  name,
  parameters: { type: "object", properties: {} },
  handler,
  ...more,
});
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe("calls", () => {
  test("a zod schema becomes the parameters, and checks what comes", async () => {
    const weather = defineFunction({
      name: "get_weather",
      input: z.object({ city: z.string().describe("The city"), days: z.number().int().default(1) }),
      run: ({ city, days }) => ({ city, days }),
    });
    expect(weather.parameters).toMatchObject({
      type: "object",
      properties: { city: { type: "string", description: "The city" } },
      required: ["city"],
    });
    const registry = new FunctionRegistry([weather]);
    const [good, bad, broken] = await runCalls(registry, [
      call("get_weather", { city: "Oslo" }, "a"),
      call("get_weather", { city: 5 }, "b"),
      { id: "c", name: "get_weather", input: "{city" },
    ]);
    expect(good).toMatchObject({ id: "a", status: "done", output: '{"city":"Oslo","days":1}', attempts: 1 });
    expect(bad).toMatchObject({ status: "failed", code: "bad_arguments" });
    expect(bad!.output).toContain("`city`");
    expect(broken).toMatchObject({ status: "failed", attempts: 0 });
  });

  test("calls run side by side, and one that fails keeps no other from running", async () => {
    let together = 0;
    let most = 0;
    const slow = plain("slow", async () => {
      most = Math.max(most, ++together);
      await wait(30);
      together--;
      return "ok";
    });
    const registry = new FunctionRegistry([slow, plain("bad", () => Promise.reject(new Error("no luck")))]);
    const outcomes = await runCalls(
      registry,
      [call("slow", {}, "1"), call("bad", {}), call("slow", {}, "2"), call("slow", {}, "3")],
      {
        concurrency: 3,
      },
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["done", "failed", "done", "done"]);
    expect(outcomes[1]).toMatchObject({ code: "function_failed", output: '{"error":"no luck"}' });
    expect(most).toBe(3);
  });

  test("a call ends when its time is over, though its handler goes on; retries come after a pause", async () => {
    const tries: number[] = [];
    const registry = new FunctionRegistry([
      plain("endless", () => new Promise(() => {}), { timeoutMs: 30 }),
      plain(
        "third",
        (_, { attempt }) => (tries.push(attempt), attempt < 3 ? Promise.reject(new Error("later")) : "done"),
        { retries: 2 },
      ),
    ]);
    const [endless, third] = await runCalls(registry, [call("endless", {}), call("third", {})]);
    expect(endless).toMatchObject({ status: "failed", code: "timeout" });
    expect(endless!.ms).toBeLessThan(1000);
    expect(third).toMatchObject({ status: "done", attempts: 3 });
    expect(tries).toEqual([1, 2, 3]);
  });

  test("what is marked runs only when somebody agrees", async () => {
    let paid = 0;
    const registry = new FunctionRegistry([plain("pay", () => ++paid, { confirm: true })]);
    expect((await runCalls(registry, [call("pay", {})]))[0]).toMatchObject({
      status: "refused",
      code: "not_confirmed",
    });
    const asked: string[] = [];
    await runCalls(registry, [call("pay", { to: "Ana" })], { confirm: ({ input }) => asked.push(input) > 0 });
    expect([paid, asked]).toEqual([1, ['{"to":"Ana"}']]);
  });

  test("stopping stops, and unknown names tell the nearest", async () => {
    const registry = new FunctionRegistry([plain("weather", () => new Promise(() => {}))]);
    const stop = new AbortController();
    const running = runCalls(registry, [call("weather", {})], { signal: stop.signal });
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: "cancelled" });
    expect((await runCalls(registry, [call("wether", {})]))[0]!.output).toContain("weather");
    expect(() => registry.add(plain("weather", () => 1))).toThrow(/no other function has/);
    expect(() => registry.add(plain("get the weather", () => 1))).toThrow(/letters, digits/);
  });
});

describe("functions of a service", () => {
  const seen: { method?: string; url?: string; key?: unknown; body: string }[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = "";
    for await (const part of request) body += part;
    seen.push({ method: request.method, url: request.url, key: request.headers["x-key"], body });
    if (request.url?.includes("missing")) return void response.writeHead(404).end("no such pet");
    response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
  });
  let base = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  const document = () => ({
    openapi: "3.1.0",
    servers: [{ url: `${base}/v2` }],
    paths: {
      "/pets/{petId}": {
        parameters: [{ name: "petId", in: "path", required: true, schema: { type: "string" } }],
        get: {
          operationId: "getPet",
          summary: "Finds a pet",
          parameters: [{ $ref: "#/components/parameters/Fields" }],
        },
      },
      "/pets": {
        post: {
          operationId: "addPet",
          requestBody: {
            required: true,
            content: { "application/json": { schema: { $ref: "#/components/schemas/Pet" } } },
          },
        },
      },
    },
    components: {
      parameters: { Fields: { name: "fields", in: "query", schema: { type: "array", items: { type: "string" } } } },
      schemas: {
        Pet: {
          type: "object",
          required: ["name"],
          properties: { name: { type: "string" }, parent: { $ref: "#/components/schemas/Pet" } },
        },
      },
    },
  });

  test("operations become functions, and calls become requests", async () => {
    const functions = functionsFromOpenApi(document(), { headers: { "x-key": "k" } });
    expect(functions).toMatchObject([
      { name: "getPet", description: "Finds a pet", confirm: false, parameters: { required: ["petId"] } },
      {
        name: "addPet",
        confirm: true,
        parameters: { required: ["name"], properties: { name: { type: "string" }, parent: {} } },
      },
    ]);
    const registry = new FunctionRegistry(functions);
    const outcomes = await runCalls(
      registry,
      [
        call("getPet", { petId: "../a b?", fields: ["x", "y"] }),
        call("addPet", { name: "Rex" }),
        call("getPet", { petId: "missing" }, "m"),
        call("getPet", {}, "n"),
      ],
      { confirm: () => true, concurrency: 1 },
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["done", "done", "failed", "failed"]);
    expect(outcomes[2]!.output).toContain("404 Not Found: no such pet");
    expect(outcomes[3]!.output).toContain("petId");
    expect(seen.slice(0, 3)).toEqual([
      { method: "GET", url: "/v2/pets/%2E%2E%2Fa%20b%3F?fields=x&fields=y", key: "k", body: "" },
      { method: "POST", url: "/v2/pets", key: "k", body: '{"name":"Rex"}' },
      { method: "GET", url: "/v2/pets/missing", key: "k", body: "" },
    ]);
  });

  test("documents without operations or an address, and unknown operations, are refused", () => {
    expect(() => functionsFromOpenApi({ swagger: "2.0" })).toThrow(/no OpenAPI 3 document/);
    expect(() => functionsFromOpenApi({ ...document(), servers: [{ url: "/v2" }] })).toThrow(/no address/);
    expect(() => functionsFromOpenApi(document(), { only: ["delPet"] })).toThrow(/no operation delPet/);
  });
});

test("tools of an MCP server are functions", async () => {
  const mcp = new McpServer({ name: "test", version: "1.0.0" });
  mcp.registerTool(
    "add",
    { description: "Adds", inputSchema: { a: z.number(), b: z.number() }, annotations: { readOnlyHint: true } },
    ({ a, b }) => ({
      content: [{ type: "text", text: String(a + b) }],
    }),
  );
  mcp.registerTool("wipe", { description: "Deletes", inputSchema: {} }, () => ({
    content: [{ type: "text", text: "gone" }],
    isError: true,
  }));
  const [here, there] = InMemoryTransport.createLinkedPair();
  await mcp.connect(there);
  const { functions, close } = await functionsFromMcp({ url: "memory:", prefix: "t_" }, { transport: here });
  expect(functions).toMatchObject([
    { name: "t_add", confirm: false, parameters: { required: ["a", "b"] } },
    { name: "t_wipe", confirm: true },
  ]);
  const outcomes = await runCalls(
    new FunctionRegistry(functions),
    [call("t_add", { a: 2, b: 3 }), call("t_wipe", {})],
    { confirm: () => true },
  );
  expect(outcomes).toMatchObject([
    { status: "done", output: "5" },
    { status: "failed", output: '{"error":"gone"}' },
  ]);
  await close();
});

test("a configuration's functions are opened, and what is none is told", async () => {
  const one = defineFunction({ name: "one", input: z.object({}), run: () => 1 });
  expect((await openFunctions([one])).list().map(({ name, source }) => [name, source])).toEqual([["one", "config"]]);
  await expect(openFunctions([{ name: "x" }])).rejects.toThrow(/functions\[0\].*defineFunction/s);
  await expect(openFunctions([{ mcp: { command: "/nowhere/at-all" } }])).rejects.toMatchObject({ code: "unavailable" });
});
