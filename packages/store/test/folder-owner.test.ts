import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { thisProcess } from "@loam/core";
import { eq, sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { conversations, newId, openStore, type Store } from "../src/index.ts";
import { newHome } from "../src/testing/index.ts";

let home: string;
let children: ChildProcess[];
let stores: Store[];
beforeEach(async () => {
  home = await newHome();
  children = [];
  stores = [];
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  for (const store of stores.reverse()) await store.close();
  rmSync(home, { recursive: true, force: true });
});

const open = async (folder = home) => {
  const store = await openStore({ home: folder, databaseUrl: "", blobUrl: "", durability: "process" });
  stores.push(store);
  return store;
};

/** A second process on the same folder: prints one JSON line per event, obeys one word per line. */
function startProcess(mode: string, folder = home) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "store-process.ts"), mode, folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    next: async () => JSON.parse((await lines.next()).value ?? "null"),
    say: (word: string) => child.stdin.write(`${word}\n`),
    kill: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    },
  };
}

const lockFiles = (folder = home) => readdirSync(folder).filter((name) => name.endsWith(".lock"));
const titles = async (store: Store) => (await store.db.select().from(conversations)).map(({ title }) => title).sort();

describe("one owner per folder", () => {
  test("the folder is its user's alone, and a second process reads and writes through the first", async () => {
    rmSync(home, { recursive: true });
    const store = await open();
    expect(store.role).toBe("owner");
    expect(statSync(home).mode & 0o777).toBe(0o700);
    await store.db.insert(conversations).values({ id: "a", title: "from the owner" });
    const other = startProcess("insert");
    expect(await other.next()).toEqual({ role: "client", titles: ["from the owner"] });
    expect(await other.next()).toEqual({ inserted: "from the other" });
    expect(await titles(store)).toEqual(["from the other", "from the owner"]);
  });

  test("of eight processes that start at once, one becomes the owner and all of them write", async () => {
    const all = Array.from({ length: 8 }, () => startProcess("insert"));
    const roles = await Promise.all(all.map(async (each) => (await each.next()).role));
    expect(roles.filter((role) => role === "owner")).toHaveLength(1);
    expect(roles.filter((role) => role === "client")).toHaveLength(7);
    await Promise.all(all.map((each) => each.next()));
    const store = await open();
    expect(await store.db.$count(conversations)).toBe(8);
    expect(lockFiles()).toHaveLength(1);
  }, 240_000);

  test("of eight processes that find the owner killed, one takes over", async () => {
    const first = startProcess("insert");
    expect((await first.next()).role).toBe("owner");
    await first.next();
    await first.kill();
    const all = Array.from({ length: 8 }, () => startProcess("insert"));
    const roles = await Promise.all(all.map(async (each) => (await each.next()).role));
    expect(roles.filter((role) => role === "owner")).toHaveLength(1);
    expect(lockFiles()).toEqual(["owner.2.lock"]);
  }, 240_000);

  test("when the owner is killed, a client is told so, and opening again makes it the owner", async () => {
    const owner = startProcess("insert");
    expect((await owner.next()).role).toBe("owner");
    await owner.next();
    const client = await open();
    expect(client.role).toBe("client");
    expect(await client.db.$count(conversations)).toBe(1);
    await owner.kill();
    const error = await client.db
      .select()
      .from(conversations)
      .catch((caught) => caught);
    expect(error.cause).toMatchObject({ code: "unavailable", status: 503 });
    expect(error.cause.message).toContain(`held by process ${owner.child.pid}, cannot be reached`);
    expect(error.cause.message).toContain("run the command again and it opens the database itself");
    const inTransaction = await client.db.transaction(async () => {}).catch((caught) => caught);
    expect(inTransaction).toMatchObject({ code: "unavailable" });
    const again = await open();
    expect(again.role).toBe("owner");
    expect(await again.db.$count(conversations)).toBe(1);
  });

  test("an owner that closes while a client waits hands over: the client's next open is the owner", async () => {
    const owner = await open();
    const other = startProcess("hold");
    expect((await other.next()).role).toBe("client");
    await owner.close();
    other.say("query");
    expect(await other.next()).toMatchObject({ error: "unavailable" });
    expect((await open()).role).toBe("owner");
  });

  test("a lock whose pid was given to another process since is recognised as left over", async () => {
    // This test's own pid, but another start time: what the lock of a killed owner looks like after pids wrapped.
    writeFileSync(join(home, "owner.7.lock"), JSON.stringify({ ...thisProcess(), startedAt: "1" }));
    expect((await open()).role).toBe("owner");
    expect(lockFiles()).toEqual(["owner.8.lock"]);
  });

  test("a lock from before the machine was restarted, and one that a power cut left empty, are left over", async () => {
    writeFileSync(join(home, "owner.1.lock"), JSON.stringify({ ...thisProcess(), bootId: "another start" }));
    const store = await open();
    expect(store.role).toBe("owner");
    await store.close();
    writeFileSync(join(home, "owner.3.lock"), "");
    expect((await open()).role).toBe("owner");
  });

  test("a folder held by another machine is refused with the file to remove", async () => {
    const path = join(home, "owner.1.lock");
    writeFileSync(path, JSON.stringify({ ...thisProcess(), host: "elsewhere", bootId: "another" }));
    await expect(open()).rejects.toThrow(`or, if that machine is gone for good, remove ${path}`);
  });

  test("a folder with too long a name for a socket is shared through the temporary folder", async () => {
    const deep = join(home, "x".repeat(120));
    mkdirSync(deep);
    const owner = await open(deep);
    const { socketFolder } = JSON.parse(readFileSync(join(deep, lockFiles(deep)[0]!), "utf8"));
    expect(socketFolder.startsWith(tmpdir())).toBe(true);
    expect(statSync(socketFolder).mode & 0o777).toBe(0o700);
    expect(statSync(join(socketFolder, ".s.PGSQL.5432")).mode & 0o777).toBe(0o600);
    expect((await open(deep)).role).toBe("client");
    await owner.close();
    expect(existsSync(socketFolder)).toBe(false);
  });
});

describe("sharing the one session", () => {
  test("transactions of the owner and of two clients do not come between each other", async () => {
    const owner = await open();
    const clients = [await open(), await open()];
    await owner.db.execute(sql`create table counter (n integer)`);
    await owner.db.execute(sql`insert into counter values (0)`);
    const addOne = async (store: Store) =>
      await store.db.transaction(async (tx) => {
        const { rows } = await tx.execute<{ n: number }>(sql`select n from counter`);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
        await tx.execute(sql`update counter set n = ${rows[0]!.n + 1}`);
      });
    await Promise.all(Array.from({ length: 60 }, (_, i) => addOne([owner, ...clients][i % 3]!)));
    expect((await owner.db.execute(sql`select n from counter`)).rows).toEqual([{ n: 60 }]);
  });

  test("a statement of the owner waits for a client's transaction, and survives its rollback", async () => {
    const owner = await open();
    const client = await open();
    let insertedByOwner: Promise<unknown> | undefined;
    const failing = client.db.transaction(async (tx) => {
      await tx.insert(conversations).values({ id: "rolled back" });
      insertedByOwner = owner.db.insert(conversations).values({ id: "kept" }).then();
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await insertedByOwner;
    expect((await owner.db.select().from(conversations)).map(({ id }) => id)).toEqual(["kept"]);
  });

  test("many clients with different statements at once get each their own answers", async () => {
    await open();
    const clients = [await open(), await open(), await open()];
    const ask = async (store: Store, n: number) => {
      const { rows } = await store.db.execute<Record<string, number>>(sql.raw(`select ${n} as "c${n % 7}"`));
      return rows[0];
    };
    const answers = await Promise.all(Array.from({ length: 300 }, (_, n) => ask(clients[n % 3]!, n)));
    expect(answers).toEqual(Array.from({ length: 300 }, (_, n) => ({ [`c${n % 7}`]: n })));
  });

  test("prepared statements of the same name do not meet", async () => {
    await open();
    const [one, two] = [await open(), await open()];
    const id = newId("con");
    await one.db.insert(conversations).values({ id, title: "t" });
    const prepare = (store: Store) =>
      store.db
        .select()
        .from(conversations)
        .where(eq(conversations.id, sql.placeholder("id")));
    const byId = prepare(one).prepare("find");
    const other = two.db
      .select({ n: sql<number>`7` })
      .from(conversations)
      .where(eq(conversations.id, sql.placeholder("id")))
      .prepare("find");
    for (let i = 0; i < 3; i++) {
      expect(await byId.execute({ id })).toMatchObject([{ id, title: "t" }]);
      expect(await other.execute({ id })).toEqual([{ n: 7 }]);
    }
  });

  test("a statement that fails leaves the session usable, for its caller and for others", async () => {
    const owner = await open();
    const client = await open();
    for (let i = 0; i < 3; i++) {
      const error = await client.db.execute(sql`select * from nowhere`).catch((caught) => caught);
      expect(error.cause.code).toBe("42P01");
      expect(await client.db.$count(conversations)).toBe(0);
      expect(await owner.db.$count(conversations)).toBe(0);
    }
  });

  test("a client that is killed inside a transaction has it rolled back", async () => {
    const owner = await open();
    const other = startProcess("begin");
    expect(await other.next()).toMatchObject({ role: "client" });
    expect(await other.next()).toEqual({ begun: true });
    await other.kill();
    expect(await owner.db.$count(conversations)).toBe(0);
    await owner.db.insert(conversations).values({ id: "after" });
    expect(await owner.db.$count(conversations)).toBe(1);
  });

  test("rows of several megabytes go through the socket whole", async () => {
    await open();
    const client = await open();
    const title = "图表 ".repeat(1_500_000);
    await client.db.insert(conversations).values({ id: "big", title });
    const [row] = await client.db.select().from(conversations);
    expect(row!.title === title).toBe(true);
  });
});
