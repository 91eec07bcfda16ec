import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BlobStore } from "../src/blobs/blob-store.ts";
import { openBlobs } from "../src/blobs/open-blobs.ts";
import { ACCESS_KEY, SECRET_KEY, startS3Server } from "./s3-server.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const collect = async (keys: AsyncIterable<string>) => {
  const all: string[] = [];
  for await (const key of keys) all.push(key);
  return all;
};

let folder: string;
let s3: Awaited<ReturnType<typeof startS3Server>>;
const before = { ...process.env };
beforeAll(async () => {
  s3 = await startS3Server("papers");
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: SECRET_KEY });
});
afterAll(async () => {
  await s3.stop();
  process.env = before;
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "loam-blobs-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  s3.objects.clear();
});

const places = {
  "a folder": () => openBlobs(join(folder, "blobs")),
  S3: () => openBlobs(`s3://papers/loam/blobs?region=eu-west-1&endpoint=${encodeURIComponent(s3.endpoint)}`),
};

for (const [name, open] of Object.entries(places)) {
  describe(name, () => {
    let blobs: BlobStore;
    beforeEach(async () => {
      blobs = await open();
    });
    afterEach(async () => await blobs.close());

    test("gives back what was put, whole and as a stream, and the newest of two", async () => {
      const value = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3);
      await blobs.put("documents/doc_1/original.pdf", bytes("older"), { contentType: "application/pdf" });
      await blobs.put("documents/doc_1/original.pdf", value, { contentType: "application/pdf" });
      expect(await blobs.get("documents/doc_1/original.pdf")).toEqual(value);
      const streamed = new Response(await blobs.stream("documents/doc_1/original.pdf"));
      expect(new Uint8Array(await streamed.arrayBuffer())).toEqual(value);
    });

    test("what comes in parts is put together, and what breaks off leaves nothing behind", async () => {
      const part = Uint8Array.from({ length: 1_000_003 }, (_, i) => (i * 7919) >> 3);
      const parts = async function* (count: number, { breaks = false } = {}) {
        for (let i = 0; i < count; i++) yield part;
        if (breaks) throw new Error("the sender is gone");
      };
      for (const count of [0, 1, 12]) {
        expect(await blobs.putStream("big/one", parts(count))).toEqual({ sizeBytes: count * part.length });
        const got = await blobs.get("big/one");
        expect(got.length).toBe(count * part.length);
        if (count > 0) expect(Buffer.compare(got.subarray(-part.length), part)).toBe(0);
      }
      await expect(blobs.putStream("big/two", parts(12, { breaks: true }))).rejects.toThrow("the sender is gone");
      expect(await collect(blobs.list("big/"))).toEqual(["big/one"]);
      expect(s3.uploads.size).toBe(0);
    });

    test("an empty blob is a blob", async () => {
      await blobs.put("empty", new Uint8Array());
      expect(await blobs.exists("empty")).toBe(true);
      expect(await blobs.get("empty")).toEqual(new Uint8Array());
    });

    test("what is not there is not found, and deleting it is no error", async () => {
      expect(await blobs.exists("a/b")).toBe(false);
      const missing = { code: "not_found", message: 'blob "a/b" does not exist.' };
      await expect(blobs.get("a/b")).rejects.toMatchObject(missing);
      await expect(blobs.stream("a/b")).rejects.toMatchObject(missing);
      await blobs.delete("a/b");
    });

    test("a folder of blobs is no blob", async () => {
      await blobs.put("a/b/c", bytes("x"));
      await expect(blobs.get("a/b")).rejects.toMatchObject({ code: "not_found" });
      await expect(blobs.stream("a/b")).rejects.toMatchObject({ code: "not_found" });
      expect(await blobs.exists("a/b")).toBe(false);
      await blobs.delete("a/b");
      expect(await blobs.exists("a/b/c")).toBe(true);
    });

    test("lists keys in order, by prefix, across pages of answers", async () => {
      const keys = ["a.b", "a/1", "a/2/x", "a/2.y", "a/3", "a-b", "b/1", "ab/1"];
      for (const key of keys) await blobs.put(key, bytes(key));
      expect(await collect(blobs.list())).toEqual([...keys].sort());
      expect(await collect(blobs.list("a/"))).toEqual(["a/1", "a/2.y", "a/2/x", "a/3"]);
      expect(await collect(blobs.list("a/2"))).toEqual(["a/2.y", "a/2/x"]);
      expect(await collect(blobs.list("nothing/"))).toEqual([]);
      await blobs.delete("a/2/x");
      expect(await collect(blobs.list("a/2"))).toEqual(["a/2.y"]);
    });

    test.each(["", "/", "../x", "a/../x", "a//b", "/etc/passwd", ".hidden", "a/.b", "a\\b", "a b", "a\0", "C:/x", "ü"])(
      "the key %j is refused",
      async (key) => {
        await expect(blobs.put(key, bytes("x"))).rejects.toMatchObject({ code: "invalid_argument" });
        await expect(blobs.get(key)).rejects.toMatchObject({ code: "invalid_argument" });
        await expect(blobs.delete(key)).rejects.toMatchObject({ code: "invalid_argument" });
      },
    );

    test("any keys and values that are allowed come back", async () => {
      const segment = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
      const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => `${parts.join("/")}/end`);
      await fc.assert(
        fc.asyncProperty(key, fc.uint8Array({ maxLength: 2000 }), async (name, value) => {
          await blobs.put(name, value);
          expect(await blobs.get(name)).toEqual(value);
        }),
        { seed: 20, numRuns: 25 },
      );
    });
  });
}

describe("a folder", () => {
  test("keeps blobs for its owner alone, and nothing half-written is ever listed", async () => {
    const blobs = await openBlobs(folder);
    await blobs.put("a/b", bytes("x"));
    writeFileSync(join(folder, "a", ".0123456789abcdef.part"), "half");
    expect(statSync(join(folder, "a", "b")).mode & 0o777).toBe(0o600);
    expect(await collect(blobs.list())).toEqual(["a/b"]);
  });

  test("of many writers of one key, each reader sees one of their values whole", async () => {
    const blobs = await openBlobs(folder);
    const values = Array.from({ length: 20 }, (_, i) => new Uint8Array(50_000).fill(i));
    await blobs.put("k", values[0]!);
    const writes = values.map((value) => blobs.put("k", value));
    for (let i = 0; i < 50; i++) {
      const seen = await blobs.get("k");
      expect(seen.length).toBe(50_000);
      expect(seen.every((byte) => byte === seen[0])).toBe(true);
    }
    await Promise.all(writes);
    expect(readdirSync(folder)).toEqual(["k"]);
  });

  test("that cannot be written is named, with what the system said", async () => {
    mkdirSync(join(folder, "blobs"));
    writeFileSync(join(folder, "blobs", "a"), "a file where a folder is needed");
    const blobs = await openBlobs(join(folder, "blobs"));
    await expect(blobs.put("a/b", bytes("x"))).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/a\/b was not written to .*blobs \((EEXIST|ENOTDIR)/),
    });
  });
});

describe("S3", () => {
  const at = (url: string) => openBlobs(`${url}?endpoint=${encodeURIComponent(s3.endpoint)}`);

  test("objects lie under the prefix, with their type", async () => {
    const blobs = await at("s3://papers/loam/blobs/");
    await blobs.put("a/b.png", bytes("x"), { contentType: "image/png" });
    expect([...s3.objects]).toMatchObject([["loam/blobs/a/b.png", { contentType: "image/png" }]]);
  });

  test("a store that takes the connection and says nothing fails a write and a stream in time, and says so", async () => {
    const silent = createServer((socket) => sockets.push(socket));
    const sockets: Socket[] = [];
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const endpoint = encodeURIComponent(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const blobs = await openBlobs(`s3://papers?endpoint=${endpoint}`, { timeoutSeconds: 0.3 });
    const parts = async function* () {
      yield bytes("x");
    };
    for (const write of [() => blobs.put("a", bytes("x")), () => blobs.putStream("a", parts())])
      await expect(write()).rejects.toMatchObject({
        code: "unavailable",
        details: { service: "blobs" },
        message: expect.stringContaining("papers"),
      });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test("a bucket that is not there is no missing blob", async () => {
    const blobs = await at("s3://elsewhere");
    await expect(blobs.get("a")).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("NoSuchBucket"),
    });
  });

  test("a wrong key is said to be one", async () => {
    process.env.AWS_SECRET_ACCESS_KEY = "wrong";
    const blobs = await at("s3://papers");
    await expect(blobs.put("a", bytes("x"))).rejects.toThrow(/SignatureDoesNotMatch.*check AWS_ACCESS_KEY_ID/i);
    process.env.AWS_SECRET_ACCESS_KEY = SECRET_KEY;
  });

  test("keys to the bucket do not belong into its address, and are not repeated", async () => {
    const error = await openBlobs("s3://papers?secretAccessKey=abcdef").catch((caught) => caught);
    expect(error.message).toContain("belong into AWS_ACCESS_KEY_ID");
    expect(JSON.stringify(error)).not.toContain("abcdef");
    await expect(openBlobs("gs://papers")).rejects.toThrow("expected s3://bucket/prefix, or a folder");
  });
});
