import { buffer } from "node:stream/consumers";
import type OpenAI from "openai";
import { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ZipFile } from "yazl";
import { openaiClient, refusal } from "../../../../test/openai-client.ts";
import { sampleBytes, startTestServer, type TestServer } from "../../../../test/running.ts";

let server: TestServer;
let client: OpenAI;
beforeAll(async () => {
  server = await startTestServer();
  client = openaiClient(server);
});
afterAll(() => server?.end());

const put = async (bytes: Uint8Array | string, name: string) =>
  await client.files.create({ file: await toFile(Buffer.from(bytes as string), name), purpose: "assistants" });

async function zipOf(entries: Record<string, Buffer>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, bytes] of Object.entries(entries)) zip.addBuffer(bytes, name);
  zip.end();
  return await buffer(zip.outputStream);
}

const wordDocument = (text: string) =>
  zipOf({
    "[Content_Types].xml": Buffer.from(
      `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
    ),
    "_rels/.rels": Buffer.from(
      `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
    ),
    "word/document.xml": Buffer.from(
      `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${text
        .split("\n")
        .map((line) => `<w:p><w:r><w:t>${line}</w:t></w:r></w:p>`)
        .join("")}</w:body></w:document>`,
    ),
  });

describe("what is read", () => {
  const readable: Record<
    string,
    { bytes: () => Uint8Array | string | Promise<Uint8Array>; query: string; finds: string }
  > = {
    "oak.md": {
      bytes: () => "# Gold\n\nThe gold is under the third oak.",
      query: "Where is the gold?",
      finds: "third oak",
    },
    "page.html": {
      bytes: () =>
        "<!doctype html><title>t</title><script>var hidden</script><h1>Tides</h1><p>The tide turns at noon.</p>",
      query: "When does the tide turn?",
      finds: "turns at noon",
    },
    "data.json": {
      bytes: () => JSON.stringify({ harbour: { depth: "nine fathoms" } }),
      query: "harbour depth",
      finds: "nine fathoms",
    },
    "code.py": { bytes: () => "def sail(knots):\n    return knots * 1.852\n", query: "sail knots", finds: "1.852" },
    "wide.txt": {
      bytes: () => Buffer.from("\ufeffThe lamp is blue.", "utf16le"),
      query: "lamp colour",
      finds: "lamp is blue",
    },
    "letter.docx": {
      bytes: () => wordDocument("Dear Ada,\nthe meeting is on Thursday."),
      query: "When is the meeting?",
      finds: "Thursday",
    },
    "paper.pdf": { bytes: sampleBytes, query: "loam", finds: "oam" },
  };
  test.each(Object.entries(readable))("%s", async (name, { bytes, query, finds }) => {
    const store = await client.vectorStores.create({});
    const { id } = await put(await bytes(), name);
    const file = await client.vectorStores.files.createAndPoll(store.id, { file_id: id });
    expect(file).toMatchObject({ id, status: "completed", last_error: null });
    const [hit] = (await client.vectorStores.search(store.id, { query })).data;
    expect(hit?.content[0]?.text).toContain(finds);
    const [content] = (await client.vectorStores.files.content(id, { vector_store_id: store.id })).data;
    expect(content?.text).toContain(finds);
    expect(content?.text).not.toContain("hidden");
  });

  const unreadable: Record<string, () => Uint8Array | Promise<Uint8Array>> = {
    "noise.bin": () => Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) >> 3),
    "empty.txt": () => Buffer.from(" \n"),
    "archive.zip": () => zipOf({ "a.txt": Buffer.from("x") }),
    "bomb.docx": () => zipOf({ "word/document.xml": Buffer.alloc(257 * 1024 ** 2) }),
    "cut.docx": async () => (await wordDocument("x")).subarray(0, 400),
    "cut.pdf": async () => (await sampleBytes()).subarray(0, 300),
  };
  test.each(Object.entries(unreadable))("%s ends as failed, and says why", async (name, bytes) => {
    const store = await client.vectorStores.create({});
    const { id } = await put(await bytes(), name);
    const file = await client.vectorStores.files.createAndPoll(store.id, { file_id: id });
    expect(file.status).toBe("failed");
    expect(["unsupported_file", "invalid_file"]).toContain(file.last_error?.code);
    expect(file.last_error?.message).toContain(name);
    expect((await client.vectorStores.retrieve(store.id)).file_counts).toMatchObject({ failed: 1, total: 1 });
  });
});

describe("a store", () => {
  test("the text of a long file comes back whole from its overlapping chunks", async () => {
    const text = Array.from({ length: 400 }, (_, i) => `Sentence number ${i} tells of ship ${i * 7}.`).join(" ");
    const store = await client.vectorStores.create({});
    const { id } = await put(text, "long.txt");
    await client.vectorStores.files.createAndPoll(store.id, {
      file_id: id,
      chunking_strategy: { type: "static", static: { max_chunk_size_tokens: 100, chunk_overlap_tokens: 40 } },
    });
    const [content] = (await client.vectorStores.files.content(id, { vector_store_id: store.id })).data;
    expect(content?.text).toBe(text);
    const { data } = await client.vectorStores.search(store.id, { query: "ship 2793", max_num_results: 3 });
    expect(data[0]?.content[0]?.text).toContain("ship 2793");
  });

  test("a threshold leaves out what fits less, and weights choose the side", async () => {
    const store = await client.vectorStores.create({});
    for (const [name, text] of [
      ["a.txt", "Cats purr."],
      ["b.txt", "Lava becomes basalt."],
    ] as const) {
      await client.vectorStores.files.createAndPoll(store.id, { file_id: (await put(text, name)).id });
    }
    const search = async (ranking_options: object) =>
      (await client.vectorStores.search(store.id, { query: "basalt", ranking_options })).data;
    const all = await search({ score_threshold: 0 });
    expect(all.map(({ filename }) => filename)).toEqual(["b.txt", "a.txt"]);
    expect((await search({ score_threshold: all[0]!.score - 1e-6 })).length).toBe(1);
    const words = await search({ hybrid_search: { embedding_weight: 0, text_weight: 1 } });
    expect(words.map(({ filename }) => filename)).toEqual(["b.txt"]);
  });

  test("changed attributes count at once, and a deleted file is found nowhere", async () => {
    const { id } = await put("Anchors hold ships.", "anchor.txt");
    const store = await client.vectorStores.create({ file_ids: [id] });
    await expect.poll(async () => (await client.vectorStores.retrieve(store.id)).status).toBe("completed");
    const found = async (value: number) =>
      (await client.vectorStores.search(store.id, { query: "anchor", filters: { type: "eq", key: "n", value } })).data;
    expect(await found(1)).toEqual([]);
    await client.vectorStores.files.update(id, { vector_store_id: store.id, attributes: { n: 1 } });
    expect((await found(1)).length).toBe(1);
    await client.files.delete(id);
    expect(await found(1)).toEqual([]);
    expect((await client.vectorStores.files.list(store.id)).data).toEqual([]);
  });

  test("files are paged by the ids that clients know, and behind one that is gone", async () => {
    const store = await client.vectorStores.create({});
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) ids.push((await put(`number ${i}`, `${i}.txt`)).id);
    const batch = await client.vectorStores.fileBatches.createAndPoll(store.id, { file_ids: ids });
    expect(batch).toMatchObject({ status: "completed", file_counts: { completed: 4, total: 4 } });
    const seen: string[] = [];
    for await (const file of client.vectorStores.files.list(store.id, { limit: 1, order: "asc" })) {
      seen.push(file.id);
      await client.vectorStores.files.delete(file.id, { vector_store_id: store.id });
    }
    expect(seen).toEqual(ids);
  });

  test("what is wrong is named", async () => {
    const store = await client.vectorStores.create({});
    const search = (body: object) => refusal(client.vectorStores.search(store.id, { query: "x", ...body }));
    expect((await search({ max_num_results: 51 })).param).toBe("max_num_results");
    expect((await search({ filters: { type: "like", key: "a", value: 1 } })).param).toMatch(/^filters/);
    expect((await search({ ranking_option: {} })).message).toContain("Did you mean `ranking_options`");
    expect((await refusal(client.vectorStores.files.create(store.id, { file_id: "file-nope" }))).param).toBe("file_id");
    expect((await refusal(client.vectorStores.retrieve("vs_nope"))).status).toBe(404);
    const wrong = { type: "static" as const, static: { max_chunk_size_tokens: 100, chunk_overlap_tokens: 51 } };
    const refused = await refusal(
      client.vectorStores.files.create(store.id, { file_id: "x", chunking_strategy: wrong }),
    );
    expect(refused.param).toBe("chunking_strategy.static.chunk_overlap_tokens");
  });
});
