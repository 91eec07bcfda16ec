import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toJsonLines } from "@loam/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tuneFolder } from "../../test/tune-folder.ts";
import { tune } from "./tune.ts";

const { folder, recipe, lossesIn } = tuneFolder();
const row = (i: number) => ({ instruction: `Question ${i}?`, input: "", output: `Answer ${i * 7}.` });
const rows = (n: number) => Array.from({ length: n }, (_, i) => row(i));

describe("rows beyond memory", () => {
  test("the losses are those of rows in memory, killed and started again too, and the file is used again", async () => {
    const path = join(folder, "many.jsonl");
    writeFileSync(path, toJsonLines(rows(300)));
    const data = { path, template: "plain" as const, eval_share: 0.1, packing: true, max_tokens: 96 };
    await tune(recipe("memory", { data }));
    const stop = new AbortController();
    const first = tune(recipe("file", { data: { ...data, memory_mb: 0.001 } }), {
      signal: stop.signal,
      recorder: { metrics: (step) => void (step === 5 && stop.abort()) },
    });
    await expect(first).rejects.toMatchObject({ code: "cancelled" });
    const tokens = join(folder, "file/rows/tokens.bin");
    const written = statSync(tokens).mtimeMs;
    let reread = 0;
    const again = await tune(recipe("file", { data: { ...data, memory_mb: 0.001 } }), {
      onProgress: ({ task }) => {
        if (task === "encode") reread++;
        if (task === "train") expect(statSync(tokens).mtimeMs).toBe(written);
      },
    });
    expect(reread).toBe(0);
    expect(again.data).toMatchObject({ read: 300, kept: 300 });
    expect(lossesIn("file")).toEqual(lossesIn("memory"));
    expect(existsSync(join(folder, "file/rows")), "removed once the adapter is there").toBe(false);
  });

  test("a file of rows takes a fraction of its size while it is read and after", () => {
    const path = join(folder, "large.jsonl");
    const filler = "and so on, as it was told before, ".repeat(30);
    const count = 2000; // about 2 MB of text, 8 MB of tokens
    writeFileSync(
      path,
      toJsonLines(Array.from({ length: count }, (_, i) => ({ ...row(i), output: `${i} ${filler}` }))),
    );
    const child = spawnSync(
      process.execPath,
      [
        "--expose-gc",
        join(import.meta.dirname, "../../test/stream-child.ts"),
        JSON.stringify(recipe("large", { data: { path, template: "plain", max_tokens: 2048, memory_mb: 0.5 } })),
      ],
      { encoding: "utf8" },
    );
    expect(child.stderr).toBe("");
    const { rows, tokens, peak, text } = JSON.parse(child.stdout);
    expect(rows).toBe(count);
    expect(4 * tokens).toBe(statSync(join(folder, "large/tokens.bin")).size);
    expect(4 * tokens).toBeGreaterThan(8e6);
    expect(peak).toBeLessThan(5e6);
    expect(text).toMatch(/^Question \d+\?\n\d+ and so on/);
  });
});

describe("rows that cannot be read", () => {
  test("lines that are no JSON, columns too many and missing fields are skipped by line and field, and counted", async () => {
    const at = join(folder, "mixed");
    mkdirSync(at);
    writeFileSync(
      join(at, "a.jsonl"),
      `${JSON.stringify(row(1))}\n{"instruction": "cut\n[1, 2]\n{"instruction":"x","output":""}\n`,
    );
    writeFileSync(join(at, "b.csv"), "instruction,input,output\nSay a,,b\nSay,too,many,columns\nSay c,,d\n");
    writeFileSync(join(at, "c.txt"), "One\npiece of text.\n\n\nAnother one.\n");
    const result = await tune(recipe("mixed-out", { data: { path: at, template: "plain" }, max_steps: 1 }));
    expect(result.data).toMatchObject({ read: 9, kept: 5, skipped: 4 });
    expect(result.data.skippedRows.map(({ file, line, field }) => [file.split("/").at(-1), line, field])).toEqual([
      ["a.jsonl", 2, undefined],
      ["a.jsonl", 3, undefined],
      ["a.jsonl", 4, "output"],
      ["b.csv", 3, undefined],
    ]);
    expect(result.data.skippedRows[0]!.reason).toMatch(/a\.jsonl, line 2: not a JSON value: \{"instruction": "cut/);
    const strict = tune(recipe("strict", { data: { path: at, template: "plain", on_bad_row: "error" } }));
    await expect(strict).rejects.toThrow(/a\.jsonl, line 2: not a JSON value/);
  });
});

describe("datasets of the hub", () => {
  const commit = "0123456789abcdef0123456789abcdef01234567";
  const parquet = readFileSync(join(import.meta.dirname, "../../test/rows.parquet"));
  const files = new Map<string, Buffer>([
    ["README.md", Buffer.from("# not rows")],
    ["dataset_infos.json", Buffer.from("{}")],
    ["data/train-00000-of-00001.parquet", parquet],
    ["data/test-00000-of-00001.jsonl", Buffer.from(toJsonLines([row(100)]))],
  ]);
  let requests: string[] = [];
  /** The hub's three endpoints for datasets: info, tree, resolve. */
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url!, "http://hub");
    requests.push(pathname);
    const json = (value: unknown) =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (pathname.startsWith("/api/datasets/owner/rows/tree/")) {
      return void json(
        [...files].map(([path, bytes]) => ({
          type: "file",
          path,
          size: bytes.length,
          oid: createHash("sha1").update(bytes).digest("hex"),
        })),
      );
    }
    if (pathname.startsWith("/api/datasets/owner/rows"))
      return void json({
        _id: "1",
        id: "owner/rows",
        sha: commit,
        private: false,
        downloads: 1,
        likes: 1,
        lastModified: "2026-01-01T00:00:00Z",
        tags: [],
      });
    const bytes = files.get(pathname.replace(`/datasets/owner/rows/resolve/${commit}/`, ""));
    if (!bytes) return void response.writeHead(404).end();
    response.writeHead(200, { "content-length": bytes.length }).end(bytes);
  });
  const before = { ...process.env };
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    process.env.HF_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.env.HF_HOME = mkdtempSync(join(tmpdir(), "loam-hub-"));
  });
  afterAll(() => {
    process.env = before;
    server.close();
  });

  test("an id is pulled into the hub's cache, its training split read, and not asked for again", async () => {
    const data = { path: "owner/rows", template: "plain" as const };
    const result = await tune(recipe("hub", { data, max_steps: 2 }));
    expect(result.data).toMatchObject({ read: 3, kept: 3 });
    const snapshot = join(process.env.HF_HOME!, "hub/datasets--owner--rows/snapshots", commit);
    expect(readdirSync(snapshot)).toEqual(["data"]);
    requests = [];
    const test = await tune(recipe("hub-test", { data: { ...data, split: "test" }, max_steps: 2 }));
    expect(test.data.kept).toBe(1);
    expect(requests).toEqual([]);
  });

  test("an unknown id and an unknown split are told with what there is", async () => {
    const of = (path: string, more = {}) => tune(recipe("none", { data: { path, template: "plain", ...more } }));
    await expect(of("owner/absent")).rejects.toThrow(/dataset on the hub "owner\/absent" does not exist/);
    await expect(of("owner/rows", { split: "valid" })).rejects.toThrow(/split "valid" does not exist.*train-00000/s);
    await expect(of("./absent.jsonl")).rejects.toThrow(/dataset "\.\/absent\.jsonl" does not exist.*hub id/s);
  });
});
