import { type FieldSchema, fieldSchemas, type LoamError } from "@loam/core";
import { eventually } from "@loam/store/testing";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { PDFDocument, StandardFonts } from "pdf-lib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { offeredOperations } from "../src/index.ts";
import { startTestServer, type TestServer, upload } from "./running.ts";

/** Only for their declarations: nothing is called. */
const operations = offeredOperations({} as never).map(({ operation }) => operation);
/** Where an operation is a route of the Studio, too; what stands in the path is not in the body. */
const routes: Record<string, { path: () => string; without?: string[] }> = {
  ask: { path: () => "/api/ask" },
  search: { path: () => "/api/search" },
  summarize: { path: () => `/api/documents/${document}/summaries`, without: ["document", "reference"] },
  recommend: { path: () => `/api/catalogues/${catalogue}/recommend`, without: ["catalogue", "user"] },
  score: { path: () => "/api/metrics/score" },
};

let server: TestServer;
let client: Client;
let document: string;
let catalogue: string;
/** An input of each that is right. */
let right: Record<string, Record<string, unknown>>;

beforeAll(async () => {
  server = await startTestServer();
  const { results } = await (await upload(server.url, [{ name: "s.pdf", bytes: await gardenPdf() }])).json();
  document = results[0].document.id;
  catalogue = (await (await fetch(`${server.url}/api/catalogues/sample`, { method: "POST" })).json()).id;
  await eventually(async () => {
    const { status } = await (await fetch(`${server.url}/api/documents/${document}`)).json();
    return status === "ready" ? status : undefined;
  });
  right = {
    ask: { question: "How many earthworms were counted under clover?" },
    search: { query: "clover", k: 2 },
    summarize: { document, words: 30 },
    documents: {},
    extract: { schema: { type: "object", properties: { clover: { type: "number" } } }, documents: [document] },
    read_page: { document, page: 1 },
    recommend: { query: "a robot", n: 2 },
    score: { candidate: "a b", references: ["a b c"], metrics: ["rouge1"] },
    embed: { texts: ["soil"] },
  };
  client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)));
});
afterAll(async () => {
  await client.close();
  await server.end();
});

/** A page about a garden, long enough to be summarised. */
async function gardenPdf(): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  const page = pdf.addPage([500, 500]);
  const sentences = ["Earthworms were counted in four beds of the garden in spring and again in autumn."];
  for (const [bed, count] of Object.entries({ clover: 187, wheat: 94, barley: 71, bare: 38 }))
    sentences.push(
      `In the bed with ${bed}, ${count} earthworms were counted, and the soil was loose to a depth of a spade.`,
    );
  sentences.push("The bed that was never dug held more of them than the bed that was dug every year.");
  for (const [i, sentence] of sentences.entries()) page.drawText(sentence, { x: 30, y: 440 - i * 40, size: 9, font });
  return await pdf.save();
}

const call = async (name: string, input: Record<string, unknown>) =>
  (await client.callTool({ name, arguments: input })) as CallToolResult;
const textOf = ({ content }: CallToolResult) => (content[0] as { text: string }).text;
const post = (path: string, body: unknown) =>
  fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** Values that a field does not take: of another kind, and beyond each limit that it states. */
function wrongValues(field: FieldSchema): unknown[] {
  const { type, minimum, maximum, minLength, maxItems } = field as FieldSchema & Record<string, number>;
  return [
    type === "string" ? 7 : type === "array" ? "one" : { odd: true },
    ...(minimum !== undefined ? [minimum - 1] : []),
    ...(maximum !== undefined && maximum < 1e9 ? [maximum + 1] : []),
    ...(minLength ? [""] : []),
    ...(maxItems !== undefined && maxItems < 100 ? [Array(maxItems + 1).fill("x")] : []),
    ...(field.enum ? ["no such choice"] : []),
  ];
}

describe.each(operations.map((operation) => [operation.name, operation] as const))("%s", (name, operation) => {
  test("is a tool with the operation's own schema", async () => {
    const { tools } = await client.listTools();
    expect(tools.find((tool) => tool.name === name)!.inputSchema).toEqual(
      JSON.parse(JSON.stringify(fieldSchemas(operation.input))),
    );
  });

  test("answers what fits, as data and as text", async () => {
    const result = await call(name, right[name]!);
    expect(result.isError, textOf(result)).toBeFalsy();
    expect(JSON.parse(textOf(result))).toEqual(result.structuredContent);
  });

  test("refuses every field that does not fit in the same words everywhere", async () => {
    const { properties = {} } = fieldSchemas(operation.input);
    const cases = Object.entries(properties).flatMap(([field, schema]) =>
      wrongValues(schema).map((value) => ({ field, input: { ...right[name], [field]: value } })),
    );
    cases.push({ field: "wrod", input: { ...right[name], wrod: 1 } });
    for (const { field, input } of cases) {
      const own = said(() => operation.parse(input));
      expect(own, `${field} ${JSON.stringify(input)}`).toContain(`\`${field}`);
      const tool = await call(name, input);
      expect([tool.isError, textOf(tool)]).toEqual([true, own]);
      const route = routes[name];
      if (!route || route.without?.includes(field) || field === "wrod") continue;
      const body = Object.fromEntries(Object.entries(input).filter(([key]) => !route.without?.includes(key)));
      const response = await post(route.path(), body);
      expect([response.status, (await response.json()).error.message]).toEqual([400, own]);
    }
  });
});

function said(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as LoamError).message;
  }
  throw new Error("nothing was refused");
}

describe("the MCP endpoint", () => {
  test("the answer is the route's answer", async () => {
    const { structuredContent } = await call("search", right.search!);
    const { hits } = await (await post("/api/search", right.search)).json();
    const texts = (list: { text: string }[]) => list.map(({ text }) => text);
    expect(texts((structuredContent as { items: { text: string }[] }).items)).toEqual(texts(hits));
    expect((await call("ask", right.ask!)).structuredContent!.answer).toContain("187");
  });

  test("an unknown tool, a wrong method and a body that is too large are refused", async () => {
    await expect(client.callTool({ name: "rm", arguments: {} })).rejects.toThrow(/No tool is called "rm"/);
    expect((await fetch(`${server.url}/mcp`)).status).toBe(405);
    const large = await post("/mcp", { jsonrpc: "2.0", id: 1, method: "x".repeat(5_000_000) });
    expect([large.status, (await large.json()).jsonrpc]).toEqual([413, "2.0"]);
  });

  test("a call that is given up leaves the server as it was", async () => {
    const stop = new AbortController();
    const asked = client.callTool({ name: "summarize", arguments: right.summarize }, undefined, {
      signal: stop.signal,
    });
    stop.abort();
    await expect(asked).rejects.toThrow();
    expect((await call("documents", {})).isError).toBeFalsy();
  });
});
