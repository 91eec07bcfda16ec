import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../src/database/migrate.ts";
import { roomSchema, rooms } from "../src/database/rooms.ts";
import { openStore } from "../src/index.ts";
import { type StartedEngine, storeEngines } from "../src/testing/index.ts";

const PACKAGE = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "loam-migrations-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The package's migrations and one more. */
function withOneMore(tag: string, statements: string): string {
  const copy = join(folder, tag);
  cpSync(join(PACKAGE, "migrations"), copy, { recursive: true });
  const journal = JSON.parse(readFileSync(join(copy, "main", "meta", "_journal.json"), "utf8"));
  journal.entries.push({ tag });
  writeFileSync(join(copy, "main", "meta", "_journal.json"), JSON.stringify(journal));
  writeFileSync(join(copy, "main", `${tag}.sql`), statements);
  return copy;
}

test.each(rooms)("the migrations of the room %s say what its schema says", (room) => {
  const out = join(folder, `generated-${room}`);
  cpSync(join(PACKAGE, "migrations", room), out, { recursive: true });
  const before = readdirSync(out);
  // drizzle-kit takes `out` as relative to where it runs.
  const config = join(folder, `drizzle-${room}.config.json`);
  const schema = `${PACKAGE}/src/schema/${roomSchema(room)}`;
  writeFileSync(config, JSON.stringify({ dialect: "postgresql", schema, out }));
  const kit = join(PACKAGE, "..", "..", "node_modules", ".bin", "drizzle-kit");
  const output = execFileSync(process.execPath, [kit, "generate", "--config", config], { cwd: "/", encoding: "utf8" });
  expect(output).toContain("No schema changes");
  expect(readdirSync(out)).toEqual(before);
});

for (const engine of storeEngines()) {
  describe.skipIf(engine.missing)(`migrations: ${engine.name}`, () => {
    let started: StartedEngine;
    beforeAll(async () => {
      started = await engine.start();
    });
    afterAll(async () => await started?.stop());

    test("several that open an empty database at once migrate it once", async () => {
      const options = await started.newStore();
      const stores = await Promise.all(Array.from({ length: 5 }, () => openStore(options)));
      const { rows } = await stores[0]!.db.execute<{ tag: string }>(sql`select tag from loam_migrations order by tag`);
      expect(rows.map(({ tag }) => tag)).toContain("0000_initial");
      expect(new Set(rows.map(({ tag }) => tag)).size).toBe(rows.length);
      for (const store of stores.reverse()) await store.close();
    });

    test("a database that a newer version wrote is refused, by the name of what is unknown", async () => {
      const options = await started.newStore();
      const store = await openStore(options);
      expect(await migrate(store.db, { folder: withOneMore("9998_later", "create table later (n integer)") })).toEqual([
        "9998_later",
      ]);
      await store.close();
      await expect(openStore(options)).rejects.toMatchObject({
        code: "unsupported",
        message:
          "The database holds schema changes this version of Loam does not know: 9998_later. " +
          "Update Loam, or point it at another database.",
      });
    });

    test("a migration that fails halfway leaves the schema as it was", async () => {
      const store = await openStore(await started.newStore());
      const broken = withOneMore(
        "9999_broken",
        "create table half (n integer);\n--> statement-breakpoint\nselect nonsense",
      );
      await expect(migrate(store.db, { folder: broken })).rejects.toThrow();
      const { rows } = await store.db.execute(sql`select to_regclass('half') as half`);
      expect(rows).toEqual([{ half: null }]);
      expect(await migrate(store.db)).toEqual([]);
      await store.close();
    });
  });
}
