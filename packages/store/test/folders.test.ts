import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sweepKept } from "../src/folders/kept-folder.ts";
import {
  checkIn,
  checkOut,
  dropShelved,
  keptBlobKey,
  keptFilesOf,
  keptFolder,
  listShelf,
  openStore,
  type Shelf,
  type Store,
  shelve,
  takeShelved,
} from "../src/index.ts";
import { keptBlobs } from "../src/schema/shared/index.ts";
import { type Postgres, postgresBinaries, startPostgres } from "../src/testing/index.ts";
import { ACCESS_KEY, SECRET_KEY, startS3Server } from "./s3-server.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-folders-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(at: string, files: Record<string, string>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(at, path)), { recursive: true });
    writeFileSync(join(at, path), text);
  }
  return at;
}
const shelfOf = (store: Store): Shelf<{ title: string }> => ({
  ...{ store, kind: "thing", folder: join(store.home, "things") },
  describe: async (path) =>
    existsSync(join(path, "title")) ? { title: readFileSync(join(path, "title"), "utf8") } : undefined,
  include: (path) => !path.startsWith("scratch/"),
});

describe.skipIf(!postgresBinaries())("machines on one Postgres and one S3 (skipped without Postgres)", () => {
  let postgres: Postgres;
  let s3: Awaited<ReturnType<typeof startS3Server>>;
  let a: Store;
  let b: Store;
  const before = { ...process.env };
  beforeAll(async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: SECRET_KEY });
    [postgres, s3] = await Promise.all([startPostgres(), startS3Server("kept")]);
    const databaseUrl = await postgres.createDatabase();
    const blobUrl = `s3://kept/loam?endpoint=${encodeURIComponent(s3.endpoint)}`;
    const open = (home: string) => openStore({ home: join(folder, home), databaseUrl, blobUrl });
    a = await open("a");
    b = await open("b");
  });
  afterAll(async () => {
    for (const store of [a, b]) await store?.close();
    await Promise.all([postgres?.stop(), s3?.stop()]);
    process.env = before;
  });

  test("what one checks in the other checks out; an update brings only what is new, and equal bytes are kept once", async () => {
    const place = { kind: "thing", name: "种子 one" };
    const big = "0123456789".repeat(900_000); // beyond what is read whole
    const here = write(join(folder, "work"), { "x/big.bin": big, "same-1": "same", "same-2": "same", ".hidden": "no" });
    const first = await checkIn(a, place, here, { info: { n: 1 } });
    expect((await keptFilesOf(b, place)).map(({ path }) => path)).toEqual(["same-1", "same-2", "x/big.bin"]);
    expect([...s3.objects.keys()].filter((key) => key.includes("/kept/"))).toHaveLength(2);
    const there = join(folder, "b/copy");
    expect(await checkOut(b, place, there)).toMatchObject({ version: first.version, info: { n: 1 } });
    expect(readFileSync(join(there, "x/big.bin"), "utf8")).toBe(big);
    expect(existsSync(join(there, ".hidden"))).toBe(false);

    write(here, { "same-1": "other" });
    const second = await checkIn(a, place, here);
    expect(second.version).not.toBe(first.version);
    s3.objects.delete(`loam/${keptBlobKey((await keptFilesOf(b, place)).at(-1)!.sha256)}`); // is not asked for again
    await Promise.all([checkOut(b, place, there), checkOut(b, place, there)]);
    expect(readFileSync(join(there, "same-1"), "utf8")).toBe("other");
  });

  test("bytes that are damaged on their way are refused, and nothing is left in their place", async () => {
    const place = { kind: "thing", name: "damaged" };
    await checkIn(a, place, write(join(folder, "whole"), { file: "as it was" }));
    const { sha256 } = (await keptFilesOf(a, place))[0]!;
    s3.objects.set(`loam/${keptBlobKey(sha256)}`, { bytes: Buffer.from("as it is not"), contentType: undefined });
    const there = join(folder, "b/damaged");
    await expect(checkOut(b, place, there)).rejects.toMatchObject({ code: "unavailable" });
    expect(readdirSync(dirname(there)).filter((name) => name.includes("damaged"))).toEqual([]);
    await expect(checkOut(b, { kind: "thing", name: "no such" }, there)).rejects.toMatchObject({ code: "not_found" });
  });

  test("a shelf shows what lies on any machine, also from before it was shared, and what is deleted goes everywhere", async () => {
    write(join(a.home, "things/old"), { title: "of before", "scratch/x": "x" });
    write(join(a.home, "things/half"), { part: "no title yet" });
    expect(await listShelf(shelfOf(a))).toContainEqual({ name: "old", info: { title: "of before" } });
    expect(await listShelf(shelfOf(b))).toContainEqual({ name: "old", info: { title: "of before" } });
    const path = (await takeShelved(shelfOf(b), "old"))!;
    expect(readdirSync(path).sort()).toEqual([".kept.json", "title"]);
    expect(await takeShelved(shelfOf(b), "half")).toBeUndefined();

    await dropShelved(shelfOf(a), "old");
    expect((await listShelf(shelfOf(b))).map(({ name }) => name)).not.toContain("old");
    expect(existsSync(path)).toBe(false); // the copy went when it was looked at
    // The same name again is another thing, and is not taken for a copy of what was deleted.
    write(path, { title: "anew" });
    expect(await listShelf(shelfOf(b))).toContainEqual({ name: "old", info: { title: "anew" } });
  });

  test("a folder of the same name that was never kept is put aside, not lost", async () => {
    write(join(a.home, "things/twice"), { title: "kept" });
    await shelve(shelfOf(a), { name: "twice", info: { title: "kept" } });
    write(join(b.home, "things/twice"), { title: "mine" });
    const path = (await takeShelved(shelfOf(b), "twice"))!;
    expect(readFileSync(join(path, "title"), "utf8")).toBe("kept");
    const aside = readdirSync(dirname(path)).find((name) => name.startsWith(".twice.before"))!;
    expect(readFileSync(join(dirname(path), aside, "title"), "utf8")).toBe("mine");
  });

  test("bytes that nobody names for a day go, others stay", async () => {
    const [gone, stays] = [
      { kind: "thing", name: "gone" },
      { kind: "thing", name: "stays" },
    ];
    await checkIn(a, gone, write(join(folder, "gone"), { only: "here alone", both: "in both" }));
    await checkIn(a, stays, write(join(folder, "stays"), { both: "in both" }));
    const files = await keptFilesOf(a, gone);
    await dropShelved({ ...shelfOf(a), folder }, "gone");
    const held = (path: string) => a.blobs.exists(keptBlobKey(files.find((file) => file.path === path)!.sha256));
    expect(await held("only")).toBe(true); // somebody may be about to name it
    await a.db.update(keptBlobs).set({ usedAt: sql`now() - interval '2 days'` });
    await sweepKept(a);
    expect([await held("only"), await held("both")]).toEqual([false, true]);
    expect(await keptFolder(a, stays)).toMatchObject({ name: "stays" });
  });
});

test("where nobody else can come, a shelf is its folder and no blob is written", async () => {
  const home = join(folder, "alone");
  const store = await openStore({ home, databaseUrl: "", blobUrl: "", durability: "process" });
  const path = write(join(home, "things/one"), { title: "alone" });
  await shelve(shelfOf(store), { name: "one", info: { title: "alone" } });
  expect(await listShelf(shelfOf(store))).toEqual([{ name: "one", info: { title: "alone" } }]);
  expect(await takeShelved(shelfOf(store), "one")).toBe(path);
  expect(existsSync(join(home, "blobs/kept"))).toBe(false);
  await dropShelved(shelfOf(store), "one");
  expect(existsSync(path)).toBe(false);
  await store.close();
});
