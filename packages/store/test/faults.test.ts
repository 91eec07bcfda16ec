import { spawn, spawnSync } from "node:child_process";
import fs, { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openFolder } from "../src/database/thread/durable-folder.ts";
import { conversations, openStore } from "../src/index.ts";
import { newHome } from "../src/testing/index.ts";

let home: string;
beforeEach(async () => {
  home = await newHome();
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const PROCESS = join(import.meta.dirname, "store-process.ts");
const open = () => openStore({ home, databaseUrl: "", blobUrl: "" });

/** Lets a process write until some rows are acknowledged, and kills it in the middle of the next. */
async function writeAndKill(rows: number): Promise<string[]> {
  const child = spawn(process.execPath, [PROCESS, "write", home], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(JSON.parse(line).id);
    if (acknowledged.length === rows) child.kill("SIGKILL");
  }
  await ended;
  return acknowledged;
}

describe("kill -9", () => {
  test("nothing acknowledged is lost over four rounds, and the next process opens the folder", async () => {
    const acknowledged: string[] = [];
    for (const rows of [1, 20, 8, 40]) acknowledged.push(...(await writeAndKill(rows)));
    const store = await open();
    expect(store.role).toBe("owner");
    const found = new Set((await store.db.select({ id: conversations.id }).from(conversations)).map(({ id }) => id));
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
    for (const id of acknowledged.slice(-50)) {
      expect(Buffer.from(await store.blobs.get(`rows/${id}`)).toString()).toBe(id.repeat(100));
    }
    // At most the row in hand was written without being acknowledged, once per round.
    expect(found.size - acknowledged.length).toBeLessThanOrEqual(4);
    await store.close();
  }, 240_000);
});

describe("a disk that takes no more", () => {
  /** A process whose files may grow to `kilobytes` only: what a full disk does, without filling one. */
  const limited = (mode: string, kilobytes: number) =>
    spawnSync("/bin/bash", ["-c", `ulimit -f ${kilobytes}; exec "$@"`, "bash", process.execPath, PROCESS, mode, home], {
      encoding: "utf8",
      timeout: 180_000,
    });

  test("writing fails with an error, and what was acknowledged before is there", async () => {
    const { stdout } = limited("fill", 17_000);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const acknowledged = events.flatMap(({ id }) => (id ? [id] : []));
    expect(acknowledged.length).toBeGreaterThan(3);
    expect(events.at(-1)).toMatchObject({ failed: expect.stringMatching(/file too large|could not extend|EFBIG/i) });
    const store = await open();
    const found = (await store.db.select({ id: conversations.id }).from(conversations)).map(({ id }) => id);
    expect(acknowledged.filter((id) => !found.includes(id))).toEqual([]);
    await store.close();
  });

  test("a blob that does not fit is refused by name and leaves nothing", async () => {
    const { stdout } = limited("blob", 2000);
    expect(JSON.parse(stdout.trim().split("\n").at(-1)!)).toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/big\/blob was not written to .*blobs \(EFBIG.*Free some space/),
      left: [],
    });
  });

  test("a new database that cannot be made is an error that names its folder", async () => {
    rmSync(home, { recursive: true });
    mkdirSync(home);
    const { stdout, stderr } = limited("insert", 200);
    expect(stdout).toBe("");
    expect(stderr).toContain(`${join(home, "pg")} cannot be opened`);
  });
});

test("a new database that was being made when its process ended is begun anew, and what was left of it removed", async () => {
  const begun = join(home, "pg.new-abcdef");
  renameSync(join(home, "pg"), begun);
  rmSync(join(begun, "base"), { recursive: true });
  const store = await open();
  expect(await store.db.select().from(conversations)).toEqual([]);
  await store.close();
  expect(readdirSync(home).filter((name) => name.startsWith("pg"))).toEqual(["pg"]);
});

test("a statement of a second holds up neither timers nor the process's other work", async () => {
  const store = await open();
  const asked = store.db.execute("select pg_sleep(1)");
  let ticks = 0;
  const timer = setInterval(() => ticks++, 20);
  await asked;
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(5);
  await store.close();
});

describe("a folder that cannot be used", () => {
  test("is named, with what the system said and another way", async () => {
    const folder = mkdtempSync(join(tmpdir(), "loam-fault-"));
    writeFileSync(join(folder, "file"), "");
    await expect(openStore({ home: join(folder, "file", "loam"), databaseUrl: "", blobUrl: "" })).rejects.toMatchObject(
      {
        code: "unavailable",
        message: expect.stringMatching(/the folder .*file\/loam cannot be written \(ENOTDIR.*Set LOAM_HOME/),
      },
    );
    rmSync(folder, { recursive: true });
  });

  test("a server that is not there is an error without the password", async () => {
    const databaseUrl = "postgres://ada:lovelace@127.0.0.1:1/loam";
    const error = await openStore({ home, databaseUrl, blobUrl: "" }).catch((caught) => caught);
    expect(error.message).toMatch(/Postgres at 127.0.0.1:1\/loam cannot be reached \(.*ECONNREFUSED/);
    expect(JSON.stringify(error)).not.toContain("lovelace");
  });
});

describe("a power cut", () => {
  test("finds every acknowledged commit on the disk: each is synced before it is answered", async () => {
    const synced = vi.spyOn(fs, "fdatasyncSync");
    syncBuiltinESMExports();
    const database = await openFolder(join(home, "pg"), "disk"); // in this thread, where calls can be counted
    const syncs: number[] = [];
    for (let n = 0; n < 5; n++) {
      const before = synced.mock.calls.length;
      await database.query("insert into conversations (id) values ($1)", [String(n)]);
      syncs.push(synced.mock.calls.length - before);
    }
    await database.close();
    synced.mockRestore();
    syncBuiltinESMExports();
    expect(syncs.every((count) => count >= 1)).toBe(true);
  });
});

test.each(["PG_VERSION", "global/pg_control"])(
  "a folder whose %s is gone is refused and left as it is",
  async (name) => {
    const home = await newHome();
    rmSync(join(home, "pg", name));
    const before = readdirSync(join(home, "pg"));
    await expect(openStore({ home, databaseUrl: "", blobUrl: "" })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining(`is not empty and no database: it has no ${JSON.stringify(name)}.`),
    });
    expect(readdirSync(join(home, "pg"))).toEqual(before);
    rmSync(home, { recursive: true, force: true });
  },
);
