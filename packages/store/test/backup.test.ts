import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documents, newId, openStore, restoreBackup, type Store, writeBackup } from "../src/index.ts";
import { type StartedEngine, storeEngines } from "../src/testing/index.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-backup-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function addDocument(store: Store, text: string): Promise<string> {
  const id = newId("doc");
  const blobKey = `documents/${id}/original.pdf`;
  await store.blobs.put(blobKey, Buffer.from(text));
  await store.db.insert(documents).values({ id, name: `${text}.pdf`, contentHash: id, sizeBytes: 2 ** 40, blobKey });
  return id;
}

for (const engine of storeEngines()) {
  describe.skipIf(engine.missing)(engine.name, () => {
    let started: StartedEngine;
    let store: Store;
    const acknowledged: string[] = [];
    const backup = join(folder, `${engine.missing ? "none" : engine.name.replaceAll(" ", "-")}.loam`);
    beforeAll(async () => {
      started = await engine.start();
      store = await openStore(await started.newStore());
      for (let i = 0; i < 12; i++) acknowledged.push(await addDocument(store, `document ${i} 图 \\ "x"`));
      await mkdir(join(store.home, "adapters", "one"), { recursive: true });
      await writeFile(join(store.home, "adapters", "one", "adapter_config.json"), "{}");
    });
    afterAll(async () => {
      await store?.close();
      await started?.stop();
    });

    test("a store that is written to all the while is saved as it was at one moment, and restored elsewhere", async () => {
      const attributes = JSON.stringify({ a: null, b: [0.1, 1e300, "\\"], c: '\\x "' });
      await store.db.execute(sql`insert into spans (trace_id, span_id, name, kind, start_us, end_us, status, attributes, events, metadata, cost_usd)
        values (repeat('a', 32), repeat('b', 16), ${`图 \\ "'\n`}, 'llm', 9007199254740993, 9007199254740993, 'ok',
          ${attributes}::jsonb, '[]', 'null'::jsonb, 0.1)`);
      let writing = true;
      const writers = [0, 1, 2].map(async (n) => {
        for (let i = 0; writing; i++, await sleep(30)) {
          const id = await addDocument(store, `writer ${n} number ${i}`);
          if (i % 3 === 0) {
            await store.db.delete(documents).where(sql`id = ${id}`);
            await store.blobs.delete(`documents/${id}/original.pdf`);
          }
        }
      });
      const before = [...acknowledged];
      const steps: number[] = [];
      const contents = await writeBackup(store, backup, { onProgress: ({ done }) => steps.push(done) });
      writing = false;
      await Promise.all(writers);
      expect(contents.blobs).toBeGreaterThanOrEqual(before.length);
      expect(contents.files).toBe(1);
      expect(steps.length).toBeGreaterThan(3);

      const target = await restoreTarget(started);
      const restored = await restoreBackup(backup, target);
      expect(restored).toMatchObject({ rows: contents.rows, tables: contents.tables, blobs: contents.blobs, files: 1 });
      const copy = await openStore(target);
      const found = await copy.db.select().from(documents);
      expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining(before));
      for (const { name, blobKey } of found)
        expect(`${Buffer.from(await copy.blobs.get(blobKey)).toString()}.pdf`).toBe(name);
      expect(readFileSync(join(copy.home, "adapters", "one", "adapter_config.json"), "utf8")).toBe("{}");
      const values = sql`select row_to_json(spans)::text as row from spans`;
      expect((await copy.db.execute(values)).rows).toEqual((await store.db.execute(values)).rows);
      // It is a store like any other.
      await addDocument(copy, "after");
      await copy.close();
    });

    test("nothing is overwritten: neither a file nor a store", async () => {
      await expect(writeBackup(store, backup)).rejects.toThrow("A backup overwrites nothing");
      const taken = await started.newStore();
      await (await openStore(taken)).close();
      await expect(restoreBackup(backup, taken)).rejects.toMatchObject({ code: "invalid_argument" });
    });
  });
}

test("a backup that is cut, changed or none is refused, and leaves nothing behind", async () => {
  const whole = readdirSync(folder).find((name) => name.startsWith("embedded"))!;
  const bytes = readFileSync(join(folder, whole));
  const text = gunzipSync(bytes).toString("latin1");
  const changed = text.replace("document 7 ", "document 8 ");
  expect(changed).not.toBe(text);
  // Somebody who makes a backup can make its checksum.
  const body = text
    .slice(0, text.lastIndexOf('{"kind":"sum"'))
    .replace('"name":"adapters/one/adapter_config.json"', '"name":"../../loam-climbed"');
  const sha256 = createHash("sha256").update(body, "latin1").digest("hex");
  const climbing = `${body}{"kind":"sum","sha256":"${sha256}","bytes":0}\n`;
  for (const [name, content, message] of [
    ["cut", bytes.subarray(0, bytes.length / 2), "no whole backup"],
    ["cut-frame", gzipSync(Buffer.from(text.slice(0, -400), "latin1")), "ends"],
    ["changed", gzipSync(Buffer.from(changed, "latin1")), "was changed"],
    ["climbing", gzipSync(Buffer.from(climbing, "latin1")), "outside of its folder"],
    ["none", Buffer.from("hello"), "no whole backup"],
    ["empty", gzipSync(Buffer.from("{}\n")), "no backup"],
  ] as const) {
    const path = join(folder, `${name}.loam`);
    writeFileSync(path, content);
    const home = join(folder, `home-${name}`);
    await expect(restoreBackup(path, { home, databaseUrl: "", blobUrl: "", durability: "process" })).rejects.toThrow(
      message,
    );
    expect(existsSync(home) ? readdirSync(home) : []).toEqual([]);
  }
  await expect(restoreBackup(join(folder, "missing.loam"))).rejects.toMatchObject({ code: "not_found" });
}, 120_000);

/** Where nothing is yet, on the same engine. */
async function restoreTarget(started: StartedEngine) {
  const options = await started.newStore();
  if (options.databaseUrl) return options;
  const home = mkdtempSync(join(folder, "home-"));
  return { ...options, home };
}
