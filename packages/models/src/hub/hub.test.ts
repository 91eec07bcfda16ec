import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProgressEvent } from "@loam/core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openModel } from "../model/model.ts";
import { tinyChatModel } from "../testing/index.ts";
import { listModels, removeModel } from "./cache.ts";
import { pullModel } from "./pull.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const source = tinyChatModel();
const names = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];
const files = new Map(names.map((name) => [name, readFileSync(join(source, name))]));
files.set("onnx/model.onnx", Buffer.from("not needed"));
files.set("pytorch_model.bin", Buffer.from("not needed"));
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

/** What happened, and how the next download of the weights is to fail. */
let requests: { url: string; range?: string; authorization?: string }[] = [];
let breakAfterBytes: number | undefined;
let corrupt = false;

/** The hub's three endpoints: model info, tree, resolve. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url!, "http://hub");
  const { range, authorization } = request.headers;
  requests.push({ url: pathname, range, authorization });
  const json = (value: unknown) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
  if (pathname.startsWith("/api/models/owner/gated")) return void response.writeHead(401).end();
  if (pathname.startsWith("/api/models/owner/tiny/tree/")) {
    return void json(
      [...files].map(([path, bytes]) => ({
        type: "file",
        path,
        size: bytes.length,
        oid: createHash("sha1").update(bytes).digest("hex"),
        ...(path.endsWith(".safetensors") && { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 134 } }),
      })),
    );
  }
  if (pathname.startsWith("/api/models/owner/tiny")) {
    return void json({
      _id: "1",
      id: "owner/tiny",
      modelId: "owner/tiny",
      sha: COMMIT,
      private: false,
      downloads: 1,
      likes: 1,
      lastModified: "2026-01-01T00:00:00Z",
      tags: [],
    });
  }
  const bytes = files.get(pathname.replace(`/owner/tiny/resolve/${COMMIT}/`, ""));
  if (!bytes) return void response.writeHead(404).end();
  const start = Number(/bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
  const body = corrupt && pathname.endsWith(".safetensors") ? Buffer.alloc(bytes.length) : bytes;
  response.writeHead(start > 0 ? 206 : 200, { "content-length": body.length - start });
  if (breakAfterBytes !== undefined && pathname.endsWith(".safetensors")) {
    response.write(body.subarray(start, start + breakAfterBytes), () => setTimeout(() => response.destroy(), 20));
    return;
  }
  response.end(body.subarray(start));
}

const server = createServer(answer);
const before = { ...process.env };
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.env.HF_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.HF_TOKEN = "hf_secret";
});
beforeEach(() => {
  process.env.HF_HOME = mkdtempSync(join(tmpdir(), "loam-hub-"));
  requests = [];
  breakAfterBytes = undefined;
  corrupt = false;
});
afterAll(() => {
  process.env = before;
  server.close();
});

describe("the hub cache", () => {
  test("a model is pulled in the layout of every Hugging Face tool, with progress and the account's token, and opens", async () => {
    const events: ProgressEvent[] = [];
    const folder = await pullModel("owner/tiny", { onProgress: (event) => events.push(event) });
    const root = join(process.env.HF_HOME!, "hub/models--owner--tiny");
    expect(folder).toBe(join(root, "snapshots", COMMIT));
    expect(readFileSync(join(root, "refs/main"), "utf8")).toBe(COMMIT);
    expect(lstatSync(join(folder, "model.safetensors")).isSymbolicLink()).toBe(true);
    expect(existsSync(join(root, "blobs", sha256(files.get("model.safetensors")!)))).toBe(true);
    expect(existsSync(join(folder, "onnx"))).toBe(false);
    const total = names.reduce((sum, name) => sum + files.get(name)!.length, 0);
    expect(events.at(-1)).toMatchObject({ task: "download", label: "owner/tiny", unit: "byte", done: total, total });
    expect(new Set(requests.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer hf_secret"]));
    const model = await openModel("owner/tiny");
    expect(model.tokenizer!.encode("Hi").ids).toHaveLength(2);
    expect(await listModels()).toMatchObject([{ id: "owner/tiny", path: folder, sizeBytes: total }]);
  });

  test("a complete model is used without asking the hub", async () => {
    const folder = await pullModel("owner/tiny");
    requests = [];
    expect(await pullModel("owner/tiny")).toBe(folder);
    expect(requests).toEqual([]);
  });

  test("a download that broke off goes on where it stopped", async () => {
    breakAfterBytes = 100_000;
    await expect(pullModel("owner/tiny")).rejects.toThrow(/model\.safetensors broke off .*goes on where it stopped/);
    breakAfterBytes = undefined;
    requests = [];
    const folder = await pullModel("owner/tiny");
    expect(requests.find(({ url }) => url.endsWith("model.safetensors"))!.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(readFileSync(join(folder, "model.safetensors"))).toEqual(files.get("model.safetensors"));
  });

  test("weights with another SHA-256 than the hub's are thrown away", async () => {
    corrupt = true;
    await expect(pullModel("owner/tiny")).rejects.toThrow("model.safetensors of owner/tiny does not have the SHA-256");
    corrupt = false;
    await pullModel("owner/tiny");
  });

  test("a cancelled download says so, and no model is left behind as complete", async () => {
    const abort = new AbortController();
    const pull = pullModel("owner/tiny", { signal: abort.signal, onProgress: () => abort.abort() });
    await expect(pull).rejects.toMatchObject({ code: "cancelled" });
    await expect(pullModel("owner/tiny", { download: false })).rejects.toMatchObject({ code: "not_found" });
  });

  test("unknown, gated and unreachable are told apart", async () => {
    await expect(pullModel("owner/absent")).rejects.toThrow('model on the hub "owner/absent" does not exist');
    await expect(pullModel("owner/gated")).rejects.toThrow(
      /does not let this account read owner\/gated \(HTTP 401\).*HF_TOKEN/,
    );
    const endpoint = process.env.HF_ENDPOINT;
    process.env.HF_ENDPOINT = "http://127.0.0.1:9";
    await expect(pullModel("owner/tiny")).rejects.toThrow(/cannot be reached .*HF_ENDPOINT/);
    process.env.HF_ENDPOINT = endpoint;
  });

  test("a removed model is gone, and removing another names the one that is there", async () => {
    await pullModel("owner/tiny");
    await expect(removeModel("owner/tinny")).rejects.toThrow('Did you mean "owner/tiny"?');
    await removeModel("owner/tiny");
    expect(await listModels()).toEqual([]);
  });
});
