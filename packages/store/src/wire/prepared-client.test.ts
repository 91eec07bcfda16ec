import { PGlite } from "@electric-sql/pglite";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/pglite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { preparedClient } from "./prepared-client.ts";

let pglite: PGlite;
let client: ReturnType<typeof preparedClient>;
beforeAll(async () => {
  pglite = await PGlite.create();
  client = preparedClient(pglite);
  await pglite.exec(
    "create table things (id serial primary key, name text, data jsonb, bytes bytea, list text[], at timestamptz)",
  );
});
afterAll(() => pglite.close());

const rows = async (text: string, values?: unknown[]) => (await client.query(text, values)).rows;

test("values come back as PGlite gives them, the first time and the next", async () => {
  const insert =
    "insert into things (name, data, bytes, list, at) values ($1, $2, $3, $4, $5) returning name, data, bytes, list, at, id > 0 as fine";
  const values = ["a'\u{1F30A}", { b: [1, null] }, new Uint8Array([0, 255]), ["x", 'y"'], new Date(0)];
  const { rows: expected } = await pglite.query(insert, values);
  for (let i = 0; i < 2; i++) expect(await rows(insert, values)).toEqual(expected);
  const empty = [null, null, null, null, undefined];
  expect(await rows(insert, empty)).toEqual((await pglite.query(insert, empty)).rows);
  const { rows: arrays } = await client.query("select 1 as a, 2 as a", [], { rowMode: "array" });
  expect(arrays).toEqual([[1, 2]]);
});

test("what is wrong is told with its code, and the next statement is none the worse", async () => {
  await expect(rows("select nothing from things")).rejects.toMatchObject({ code: "42703" });
  await expect(rows("select 1 / $1::int as a", [0])).rejects.toMatchObject({ code: "22012" });
  await expect(rows("select $1::int as a", ["x"])).rejects.toMatchObject({ code: "22P02" });
  expect(await rows("select $1::int as a", [2])).toEqual([{ a: 2 }]);
});

test("a transaction holds or leaves nothing, nested ones too, and nobody comes between", async () => {
  const db = drizzle(client as never);
  const count = async () => (await rows("select count(*)::int as n from things where name = 'tx'"))[0];
  const insert = sql`insert into things (name) values ('tx')`;
  await expect(
    db.transaction(async (tx) => {
      await tx.execute(insert);
      throw new Error("no");
    }),
  ).rejects.toThrow("no");
  expect(await count()).toEqual({ n: 0 });
  await db.transaction(async (tx) => {
    await tx.execute(insert);
    await tx
      .transaction(async (inner) => {
        await inner.execute(insert);
        await inner.execute(sql`select nothing`);
      })
      .catch(() => {});
    const between = count();
    await tx.execute(insert);
    expect(await Promise.race([between, Promise.resolve("waits")])).toBe("waits");
  });
  expect(await count()).toEqual({ n: 2 });
});

test("statements that the session lost, or whose columns changed, are prepared anew", async () => {
  const all = "select * from things where id = $1";
  await rows(all, [1]);
  await pglite.exec("deallocate all");
  expect(await rows(all, [1])).toHaveLength(1);
  await pglite.exec("alter table things add column more int default 7");
  expect((await rows(all, [1]))[0]).toMatchObject({ more: 7 });
});

test("no more statements are kept than a few hundred", async () => {
  for (let i = 0; i < 450; i++) await rows(`select ${i} as n`);
  const { rows: kept } = await pglite.query<{ n: number }>("select count(*)::int as n from pg_prepared_statements");
  expect(kept[0]!.n).toBeLessThanOrEqual(401);
  expect(await rows("select 0 as n")).toEqual([{ n: 0 }]);
});
