import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import type OpenAI from "openai";
import { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openaiClient, refusal } from "../../../../test/openai-client.ts";
import { startTestServer, type TestServer } from "../../../../test/running.ts";

let server: TestServer;
let client: OpenAI;
beforeAll(async () => {
  server = await startTestServer({ worker: "none", uploads: { fileSizeBytes: 4 * 1024 ** 2 } });
  client = openaiClient(server);
});
afterAll(() => server?.end());

const put = async (bytes: Buffer | string, name = "a.txt", purpose: OpenAI.FilePurpose = "user_data") =>
  await client.files.create({ file: await toFile(Buffer.from(bytes), name), purpose });

describe("files", () => {
  test("bytes come back equal, whatever they are and are called", async () => {
    const bytes = randomBytes(3_000_001);
    const file = await put(bytes, '数据 ö".bin');
    expect(file).toMatchObject({ object: "file", bytes: bytes.length, filename: '数据 ö".bin', status: "processed" });
    expect(Buffer.from(await (await client.files.content(file.id)).arrayBuffer()).equals(bytes)).toBe(true);
    expect(await client.files.retrieve(file.id)).toEqual(file);
  });

  test("a path in a name is cut to its end", async () => {
    expect((await put("x", "..\\..\\boot.ini")).filename).toBe("boot.ini");
    expect((await put("x", "../../etc/passwd")).filename).toBe("passwd");
  });

  test("an empty file is a file", async () => {
    const file = await put("");
    expect(file.bytes).toBe(0);
    expect(await (await client.files.content(file.id)).text()).toBe("");
  });

  test("lists are newest first, by purpose, and go on behind a file that was just deleted", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await put(`${i}`, `${i}.txt`, "vision")).id);
    const seen: string[] = [];
    for await (const file of client.files.list({ purpose: "vision", limit: 2 })) {
      seen.push(file.id);
      await client.files.delete(file.id);
    }
    expect(seen).toEqual(ids);
    expect((await client.files.list({ purpose: "vision" })).data).toEqual([]);
    expect((await refusal(client.files.content(ids[0]!))).status).toBe(404);
  });

  test("a refusal names what was wrong", async () => {
    const purpose = await refusal(put("x", "x", "party" as never));
    expect([purpose.status, purpose.param]).toEqual([400, "purpose"]);
    const none = await refusal(client.post("/files", { body: { purpose: "batch" } }));
    expect([none.status, none.param]).toEqual([400, "file"]);
    const life = { anchor: "created_at" as const, seconds: 5 };
    const soon = await refusal(
      client.files.create({ file: await toFile(Buffer.from("x")), purpose: "batch", expires_after: life }),
    );
    expect([soon.status, soon.param]).toEqual([400, "expires_after[seconds]"]);
    const large = await refusal(put(randomBytes(4 * 1024 ** 2 + 1)));
    expect([large.status, large.message]).toEqual([413, expect.stringContaining("/v1/uploads")]);
    expect((await refusal(client.files.list({ limit: 10_001 }))).param).toBe("limit");
  });

  test("a file lives as long as it was asked to, and those of batches for thirty days", async () => {
    const file = await toFile(Buffer.from("x"), "x");
    const kept = await client.files.create({
      file,
      purpose: "user_data",
      expires_after: { anchor: "created_at", seconds: 3600 },
    });
    expect(kept.expires_at! - kept.created_at).toBe(3600);
    const batch = await put("{}", "b.jsonl", "batch");
    expect(batch.expires_at! - batch.created_at).toBe(30 * 24 * 3600);
    expect((await put("x")).expires_at).toBeUndefined();
  });

  const boundary = "----x";
  const part = (name: string, more: string, text: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${text}`;
  const broken: Record<string, string> = {
    "without its last boundary": `${part("purpose", "", "batch\r\n")}${part("file", '; filename="a"', "half of it")}`,
    "that ends in a part's head": `--${boundary}\r\ncontent-disposition: form-da`,
    "of two files": `${part("file", '; filename="a"', "x\r\n")}${part("file", '; filename="b"', "y")}\r\n--${boundary}--\r\n`,
    "of nothing": "",
  };
  test.each(Object.entries(broken))("a form %s is a 400, and leaves nothing", async (_name, body) => {
    const before = await client.files.list();
    const response = await fetch(`${server.url}/v1/files`, {
      method: "POST",
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
    expect((await client.files.list()).data).toEqual(before.data);
    const blobs: string[] = [];
    for await (const key of server.store.blobs.list("files/")) blobs.push(key);
    expect(blobs.length).toBe(before.data.length);
  });

  test("a sender that hangs up in the middle leaves nothing, and the server goes on", async () => {
    const { port } = new URL(server.url);
    const socket = connect(Number(port), "127.0.0.1");
    const head = part("file", '; filename="a"', "x".repeat(200_000));
    socket.write(
      `POST /v1/files HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: 9000000\r\ncontent-type: multipart/form-data; boundary=${boundary}\r\n\r\n${head}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await put("after")).bytes).toBe(5);
  });
});

describe("uploads", () => {
  const start = (bytes: number) =>
    client.uploads.create({ bytes, filename: "big.bin", mime_type: "application/octet-stream", purpose: "user_data" });
  const add = async (id: string, data: string) =>
    (await client.uploads.parts.create(id, { data: await toFile(Buffer.from(data), "p") })).id;

  test("parts sent at the same time are joined in the order named", async () => {
    const upload = await start(9);
    const [c, a, b] = await Promise.all(["ccc", "aaa", "bbb"].map((text) => add(upload.id, text)));
    const md5 = "d1aaf4767a3c10a473407a4e47b02da6";
    const done = await client.uploads.complete(upload.id, { part_ids: [a!, b!, c!], md5 });
    expect(done).toMatchObject({ status: "completed", file: { filename: "big.bin", bytes: 9 } });
    expect(await (await client.files.content(done.file!.id)).text()).toBe("aaabbbccc");
    expect((await refusal(client.uploads.complete(upload.id, { part_ids: [a!] }))).message).toContain("completed");
  });

  test("two who complete it at once make one file", async () => {
    const before = (await client.files.list()).data.length;
    const upload = await start(3);
    const part = await add(upload.id, "abc");
    const both = await Promise.allSettled([1, 2].map(() => client.uploads.complete(upload.id, { part_ids: [part] })));
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await client.files.list()).data.length).toBe(before + 1);
  });

  test("a wrong size, checksum or part is named", async () => {
    const upload = await start(5);
    const part = await add(upload.id, "abc");
    const complete = (body: OpenAI.UploadCompleteParams) => refusal(client.uploads.complete(upload.id, body));
    expect((await complete({ part_ids: [part] })).message).toContain("5 bytes");
    expect((await complete({ part_ids: ["part_nope"] })).message).toContain("part_nope");
    expect((await complete({ part_ids: [part], md5: "x" })).param).toBe("md5");
    expect((await client.uploads.cancel(upload.id)).status).toBe("cancelled");
    expect((await refusal(add(upload.id, "x"))).message).toContain("cancelled");
  });
});
