import { readFile, stat } from "node:fs/promises";
import type { searchOperation } from "@loam/library";
import type { mergeOperation } from "@loam/peft";
import { eventually } from "@loam/store/testing";
import type { hc, InferRequestType, InferResponseType } from "hono/client";
import { PDFDocument, StandardFonts } from "pdf-lib";
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { AppType } from "../src/index.ts";
import type { UploadResultJson } from "../src/surfaces/studio/routes/library/uploads.ts";
import type { AnswerEventJson, SearchHitJson } from "../src/surfaces/studio/schemas/answer.ts";
import type { DocumentJson } from "../src/surfaces/studio/schemas/document.ts";
import { rawRequest, sampleBytes, startTestServer, type TestServer, upload } from "./running.ts";

let server: TestServer;
let sample: DocumentJson;

beforeAll(async () => {
  server = await startTestServer({ uploads: { fileSizeBytes: 2_000_000, files: 3 } });
  const response = await upload(server.url, [{ name: "样本 sample.pdf", bytes: await sampleBytes() }]);
  const { results } = await response.json();
  sample = await eventually(async () => {
    const document = await get<DocumentJson>(`/api/documents/${results[0].document.id}`);
    return document.status === "ready" ? document : undefined;
  });
});
afterAll(() => server.end());

// biome-ignore lint/suspicious/noExplicitAny: bodies are what the tests below assert
async function get<T = any>(path: string): Promise<T> {
  return (await (await fetch(server.url + path)).json()) as T;
}

function post(path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    ...init,
  });
}

/** A PDF with a sentence on each page. */
async function textPdf(pages: number): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  for (let page = 1; page <= pages; page++)
    pdf
      .addPage([400, 300])
      .drawText(`Page ${page} tells about the garden in month ${page}.`, { x: 40, y: 200, size: 12, font });
  return await pdf.save();
}

async function events(response: Response): Promise<AnswerEventJson[]> {
  const text = await response.text();
  return [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data!));
}

describe("documents", () => {
  test("an uploaded file keeps its name, is read to the end and tells the status of every page", () => {
    expect(sample.name).toBe("样本 sample.pdf");
    expect(sample.pagesDone).toBe(sample.pageCount);
    const { text, ocr, empty, failed } = sample.pageStatuses;
    expect(text + ocr + empty + failed).toBe(sample.pageCount);
    expect(ocr).toBeGreaterThan(0);
  });

  test("a bad file is answered for by itself and does not stop the rest", async () => {
    const response = await upload(server.url, [
      { name: "notes.pdf", bytes: new TextEncoder().encode("just text") },
      { name: "../../etc/empty.pdf", bytes: new Uint8Array(0) },
      { name: "sample.pdf", bytes: await sampleBytes() },
    ]);
    const { results } = await response.json();
    expect(response.status).toBe(202);
    expect(results.map((result: UploadResultJson) => [result.name, result.error?.code, result.document?.id])).toEqual([
      ["notes.pdf", "not_a_pdf", undefined],
      ["empty.pdf", "empty_file", undefined],
      ["sample.pdf", undefined, sample.id], // the same bytes are the same document
    ]);
    expect(results[0].error.message).toContain('notes.pdf is not a PDF: it starts with "just tex"');
  });

  test("a file over the limit is refused and the next one is still taken", async () => {
    const large = new Uint8Array(2_100_000);
    large.set(new TextEncoder().encode("%PDF-1.7"));
    const response = await upload(server.url, [
      { name: "large.pdf", bytes: large },
      { name: "notes.pdf", bytes: new TextEncoder().encode("text") },
    ]);
    const { results } = await response.json();
    expect(results.map((result: UploadResultJson) => result.error?.code)).toEqual(["too_large", "not_a_pdf"]);
  });

  test("more files than allowed in one request are refused", async () => {
    const files = Array.from({ length: 4 }, (_, i) => ({ name: `${i}.pdf`, bytes: new Uint8Array([1]) }));
    const response = await upload(server.url, files);
    expect(response.status).toBe(413);
    expect((await response.json()).error.message).toContain("3 files");
  });

  test("an upload that is no form is refused with the way to do it", async () => {
    const response = await post("/api/documents", {});
    expect(response.status).toBe(400);
    expect((await response.json()).error).toMatchObject({ code: "not_multipart" });
  });

  test("the original comes back byte for byte, whole and in part", async () => {
    const bytes = await sampleBytes();
    const whole = await fetch(`${server.url}/api/documents/${sample.id}/original`);
    expect(whole.headers.get("content-type")).toBe("application/pdf");
    expect(Buffer.compare(Buffer.from(await whole.arrayBuffer()), Buffer.from(bytes))).toBe(0);
    const part = await fetch(`${server.url}/api/documents/${sample.id}/original`, { headers: { range: "bytes=0-7" } });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 0-7/${bytes.length}`]);
    expect(await part.text()).toBe(Buffer.from(bytes.subarray(0, 8)).toString("latin1"));
    const beyond = await fetch(`${server.url}/api/documents/${sample.id}/original`, {
      headers: { range: `bytes=${bytes.length}-` },
    });
    expect(beyond.status).toBe(416);
  });

  test("a document that is not there is a 404 in OpenAI's shape", async () => {
    const response = await fetch(`${server.url}/api/documents/doc_none`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: {
        message: expect.stringContaining('"doc_none"'),
        type: "invalid_request_error",
        param: null,
        code: "not_found",
        hint: expect.any(String),
      },
    });
  });

  test("changes come as events, page by page, until the document is removed", async () => {
    const stop = new AbortController();
    const stream = await fetch(`${server.url}/api/document-events`, { signal: stop.signal });
    const seen: { type: string; id: string; status?: string; pagesDone?: number }[] = [];
    const reading = (async () => {
      let text = "";
      for await (const part of stream.body!.pipeThrough(new TextDecoderStream())) {
        text += part;
        const blocks = text.split("\n\n");
        text = blocks.pop()!;
        for (const block of blocks) {
          const event = JSON.parse(block.replace(/^data: /, ""));
          seen.push(event.type === "removed" ? event : { type: event.type, ...event.document });
        }
      }
    })().catch(() => {});
    const bytes = await textPdf(120);
    const { results } = await (await upload(server.url, [{ name: "book.pdf", bytes }])).json();
    const { id } = results[0].document;
    await eventually(async () => seen.find((event) => event.id === id && event.status === "ready"));
    await fetch(`${server.url}/api/documents/${id}`, { method: "DELETE" });
    await eventually(async () => seen.find((event) => event.id === id && event.type === "removed"));
    stop.abort();
    await reading;
    const pages = seen.filter((event) => event.id === id && event.type === "changed").map(({ pagesDone }) => pagesDone);
    expect(new Set(pages).size).toBeGreaterThan(2);
    expect(pages).toEqual([...pages].sort((a, b) => a! - b!));
    expect((await fetch(`${server.url}/api/documents/${id}`)).status).toBe(404);
  });
});

describe("pages and figures", () => {
  test("pages list their sizes, and one page its blocks and figures", async () => {
    const pages = await get(`/api/documents/${sample.id}/pages`);
    expect(pages.map(({ number }: { number: number }) => number)).toEqual([1, 2, 3, 4].slice(0, sample.pageCount));
    expect(pages[0]).not.toHaveProperty("blocks");
    const page = await get(`/api/documents/${sample.id}/pages/2`);
    expect(page.blocks.length).toBeGreaterThan(5);
    expect(page.figures.map(({ label }: { label: string }) => label)).toContain("Figure 2");
  });

  test("figures that no vision model has seen are counted; describing them is work, and says what it lacks", async () => {
    const open = await get("/api/library/refresh");
    expect(open).toMatchObject({ documents: 1, model: null });
    expect(open.figures).toBeGreaterThan(1);
    const { work } = await (await post("/api/library/refresh", {})).json();
    const ended = await eventually(async () => {
      const found = await get(`/api/work/${work}`);
      return found.error ? found : undefined;
    });
    expect(ended).toMatchObject({ kind: "library.refresh", error: { code: "unavailable" } });
    expect((await post("/api/library/refresh", { document: "doc_none" })).status).toBe(404);
    expect((await post("/api/library/refresh", { documents: [] })).status).toBe(400);
  });

  test("models are offered with what they take; fetching one is work, and an unknown field is refused", async () => {
    const shelf = await get("/api/models/shelf");
    expect(shelf[0]).toMatchObject({ name: "smollm2", role: "chat", licence: "Apache-2.0", byOllama: false });
    expect((await post("/api/models/pull", { model: "minilm", from: "x" })).status).toBe(400);
  });

  test("a page's picture has the asked resolution and is not sent twice", async () => {
    const path = `${server.url}/api/documents/${sample.id}/pages/1/image?dpi=72`;
    const response = await fetch(path);
    expect(response.headers.get("content-type")).toBe("image/png");
    const png = Buffer.from(await response.arrayBuffer());
    const [{ widthPt }] = await get(`/api/documents/${sample.id}/pages`);
    expect(Math.abs(png.readUInt32BE(16) - widthPt)).toBeLessThanOrEqual(1);
    const again = await fetch(path, { headers: { "if-none-match": response.headers.get("etag")! } });
    expect(again.status).toBe(304);
  });

  test.each(["dpi=5", "dpi=100000", "dpi=x"])("a picture with %s is refused by name", async (query) => {
    const response = await fetch(`${server.url}/api/documents/${sample.id}/pages/1/image?${query}`);
    expect(response.status).toBe(400);
    expect((await response.json()).error).toMatchObject({ code: "invalid_request", param: "dpi" });
  });

  test("a page that is not there is a 404", async () => {
    expect((await fetch(`${server.url}/api/documents/${sample.id}/pages/99`)).status).toBe(404);
    expect((await fetch(`${server.url}/api/documents/${sample.id}/pages/99/image`)).status).toBe(404);
  });

  test("figures come with crop, caption and where their description is from", async () => {
    const figures = await get(`/api/documents/${sample.id}/figures`);
    const chart = figures.find(({ label }: { label?: string }) => label === "Figure 2");
    expect(chart).toMatchObject({ page: 2, caption: expect.stringContaining("Earthworms") });
    expect(["vision", "ocr", "text"]).toContain(chart.description.source);
    const image = await fetch(`${server.url}/api/documents/${sample.id}/figures/${chart.id}/image`);
    expect(
      Buffer.from(await image.arrayBuffer())
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    expect((await fetch(`${server.url}/api/documents/${sample.id}/figures/..%2F..%2Fx/image`)).status).toBe(404);
  });
});

describe("search and answers", () => {
  test("a search finds the place by its words, with page and box", async () => {
    const { hits } = await (await post("/api/search", { query: "capacitance probes depth" })).json();
    expect(hits[0].document).toBe(sample.id);
    expect(hits[0].chunk.text).toContain("12 cm");
    expect(hits[0].chunk.regions[0]).toMatchObject({ page: 1, box: expect.any(Array) });
  });

  test("filters are handed on, and wrong ones are named", async () => {
    const { hits } = await (await post("/api/search", { query: "earthworms", kinds: ["figure"] })).json();
    expect(new Set(hits.map(({ chunk }: SearchHitJson) => chunk.kind))).toEqual(new Set(["figure"]));
    const response = await post("/api/search", { query: "x", mode: "psychic" });
    expect((await response.json()).error).toMatchObject({ code: "invalid_argument", param: "mode" });
  });

  test("an answer streams its evidence, its sentences and then itself", async () => {
    const response = await post("/api/ask", {
      question: "How many earthworms per square metre under clover in autumn?",
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const all = await events(response);
    expect(all[0]!.type).toBe("evidence");
    const last = all.at(-1)!;
    if (last.type !== "done") throw new Error(`ended with ${last.type}`);
    expect(all.filter(({ type }) => type === "sentence")).toHaveLength(last.answer.sentences.length);
    expect(last.answer).toMatchObject({ model: "local:extractive", trace: expect.stringMatching(/^[0-9a-f]{32}$/) });

    const messages = await get(`/api/conversations/${last.answer.conversation}`);
    expect(messages.map(({ role }: { role: string }) => role)).toEqual(["user", "assistant"]);

    const file = `${server.url}/api/conversations/${last.answer.conversation}/file`;
    const page = await fetch(`${file}?format=html&style=apa`);
    expect(page.headers.get("content-disposition")).toBe('attachment; filename="answer.html"');
    expect(await page.text()).toContain("verified: it stands there");
    const word = await fetch(`${file}?format=docx&turn=1`);
    expect(
      Buffer.from(await word.arrayBuffer())
        .subarray(0, 2)
        .toString(),
    ).toBe("PK");
    expect((await fetch(`${file}?format=pdf&turn=2`)).status).toBe(404);
    const wrong = await fetch(`${file}?format=rtf`);
    expect([wrong.status, (await wrong.json()).error.param]).toEqual([400, "format"]);

    const trace = await get(`/api/traces/${last.answer.trace}`);
    expect(trace).toMatchObject({ id: last.answer.trace, name: "ask" });
    expect(trace.tree[0]).toMatchObject({ depth: 0, parentId: null });
    expect(trace.tree.some(({ kind }: { kind: string }) => kind === "retriever")).toBe(true);
    const list = await get("/api/traces?limit=5");
    expect(list.map(({ id }: { id: string }) => id)).toContain(last.answer.trace);
  });

  test("an extraction is read as work, corrected in place and taken along as a file", async () => {
    const schema = { type: "object", properties: { depth: { type: "number" } } };
    const started = await post("/api/extractions", { schema, documents: [sample.id], name: "Depths" });
    expect(started.status).toBe(202);
    const { id } = await started.json();
    await expect.poll(async () => (await get(`/api/extractions/${id}`)).finished, { timeout: 20_000 }).toBe(true);
    expect(await get("/api/extractions")).toMatchObject([{ id, name: "Depths", rowCount: 1, reviewedCount: 0 }]);
    const patch = (row: string, said: unknown) =>
      fetch(`${server.url}/api/extractions/${id}/rows/${row}`, {
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(said),
      });
    const corrected = await (await patch(`${sample.id}/0`, { field: "depth", value: 12 })).json();
    expect(corrected).toMatchObject({ reviewed: true, cells: { depth: { value: 12, source: "person", page: 1 } } });
    expect((await patch(`${sample.id}/0`, { field: "depth", value: "deep" })).status).toBe(400);
    expect((await patch(`${sample.id}/0`, { depth: 12 })).status).toBe(400);
    expect((await patch(`${sample.id}/7`, { reviewed: true })).status).toBe(404);
    const file = `${server.url}/api/extractions/${id}/file?format=`;
    expect(await (await fetch(`${file}csv`)).text()).toMatch(/\.pdf,12,1,/);
    const { messages } = JSON.parse(await (await fetch(`${file}jsonl`)).text());
    expect(JSON.parse(messages[2].content)).toMatchObject({
      depth: { value: 12, quote: expect.stringContaining("12 cm") },
    });
    expect((await fetch(`${file}doc`)).status).toBe(400);
    expect((await post("/api/extractions", { schema, documents: ["doc_none"] })).status).toBe(404);
    expect((await post("/api/extractions", { schema: { type: "object" } })).status).toBe(400);
    await fetch(`${server.url}/api/extractions/${id}`, { method: "DELETE" });
    expect((await fetch(`${server.url}/api/extractions/${id}`)).status).toBe(404);
  });

  test("when the reader goes away, the work stops", async () => {
    const { ask } = server.library;
    let stopped = false;
    // An answer that never ends by itself.
    server.library.ask = (_question, options) => {
      const aborted = new Promise<void>((resolve) => options?.signal?.addEventListener("abort", () => resolve()));
      const result = aborted.then(() => {
        stopped = true;
        throw new Error("stopped");
      });
      async function* events() {
        yield { type: "delta" as const, text: "The trial" };
        await result;
      }
      return Object.assign(events(), { result });
    };
    const stop = new AbortController();
    const response = await post("/api/ask", { question: "What did the trial find?" }, { signal: stop.signal });
    const reader = response.body!.getReader();
    await reader.read();
    stop.abort();
    await eventually(async () => (stopped ? true : undefined), 10_000);
    server.library.ask = ask;
  });

  test("a question without words is refused", async () => {
    const response = await post("/api/ask", { question: "   " });
    expect((await response.json()).error).toMatchObject({ param: "question", code: "invalid_argument" });
  });
});

describe("settings", () => {
  test("a key is stored for the user alone, takes effect, and never comes back", async () => {
    const key = "sk-test-1234567890abcdef";
    const put = (value: string | null) =>
      fetch(`${server.url}/api/settings/keys/openai`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ key: value }),
      });
    const text = await (await put(key)).text();
    expect(text).not.toContain(key);
    expect(JSON.parse(text).keys).toContainEqual({ provider: "openai", source: server.userFile, removable: true });
    expect((await stat(server.userFile)).mode & 0o777).toBe(0o600);
    expect(await readFile(server.userFile, "utf8")).toContain(key);
    const settings = await get("/api/settings");
    expect(settings.roles.find(({ role }: { role: string }) => role === "chat").model).toMatch(/^openai:/);
    expect(JSON.stringify(settings)).not.toContain(key);

    const removed = await (await put(null)).json();
    expect(removed.roles.find(({ role }: { role: string }) => role === "chat").model).toBeNull();
    expect(await readFile(server.userFile, "utf8")).not.toContain(key);
  });

  test("a role is set and given back; a provider that nobody knows is refused and changes nothing", async () => {
    const put = (model: string | null) =>
      fetch(`${server.url}/api/settings/roles/judge`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model }),
      });
    const judge = async (response: Response) =>
      (await response.json()).roles.find(({ role }: { role: string }) => role === "judge");
    expect(await judge(await put("ollama:qwen3"))).toMatchObject({ model: "ollama:qwen3", configured: "ollama:qwen3" });
    const refused = await put("nobody:some-model");
    expect(refused.status).toBe(400);
    expect((await refused.json()).error.message).toContain("nobody:some-model");
    expect(await judge(await put(null))).toMatchObject({ model: null, configured: null });
  });
});

describe("OpenAI's routes and the description", () => {
  test("embeddings have OpenAI's shape, as numbers and as base64", async () => {
    const body = await (await post("/v1/embeddings", { model: "embed", input: ["soil", "water"] })).json();
    expect(body).toMatchObject({
      object: "list",
      model: "embed",
      usage: { total_tokens: expect.any(Number) },
    });
    expect(body.data.map(({ index }: { index: number }) => index)).toEqual([0, 1]);
    const base64 = await (
      await post("/v1/embeddings", { model: "local:use-lite", input: "soil", encoding_format: "base64" })
    ).json();
    const bytes = Buffer.from(base64.data[0].embedding, "base64");
    expect(bytes.readFloatLE(0)).toBeCloseTo(body.data[0].embedding[0], 5);
    const ids = (await get("/v1/models")).data.map(({ id }: { id: string }) => id);
    expect(ids).toContain("use-lite");
  });

  test("the OpenAPI document describes every route of the API", async () => {
    const { openapi, paths } = await get("/api/openapi.json");
    expect(openapi).toBe("3.1.0");
    for (const path of [
      "/documents",
      "/documents/{id}/pages/{number}/image",
      "/ask",
      "/search",
      "/traces/{id}",
      "/settings",
    ])
      expect(Object.keys(paths)).toContain(path);
    expect(Object.keys(paths["/documents"]).sort()).toEqual(["get", "post"]);
  });

  test("a route that does not exist is named", async () => {
    const response = await fetch(`${server.url}/api/nothing`);
    expect(response.status).toBe(404);
    expect((await response.json()).error.message).toContain("GET /api/nothing");
  });

  test("without a built Studio the root says so in the same shape", async () => {
    const { status, body } = await rawRequest(`${server.url}/`, {});
    expect([status, JSON.parse(body).error.code]).toEqual([404, "not_found"]);
  });
});

test("the typed client takes what the operations take, and gives what the routes give", () => {
  type Api = ReturnType<typeof hc<AppType>>;
  type Search = Api["search"]["$post"];
  expectTypeOf<InferRequestType<Search>>().toEqualTypeOf<{ json: z.input<typeof searchOperation.input> }>();
  expectTypeOf<InferResponseType<Search>>().toEqualTypeOf<{ hits: SearchHitJson[]; ms: number }>();
  type Merge = Api["tune"]["merge"]["$post"];
  expectTypeOf<InferRequestType<Merge>>().toEqualTypeOf<{ json: z.input<typeof mergeOperation.input> }>();
  expectTypeOf<InferResponseType<Merge>>().toEqualTypeOf<{ work: string }>();
  expectTypeOf<InferResponseType<Api["documents"][":id"]["$get"], 200>>().toEqualTypeOf<DocumentJson>();
});
