import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tendOnce, tendTables } from "./table-care.ts";

const patiently = { timeout: 60_000 };
let pglite: PGlite;

beforeAll(async () => {
  pglite = await PGlite.create();
  await pglite.exec("create table notes (id int primary key, list int, place int)");
  await pglite.exec("create index by_list on notes (list, id); create index in_order on notes (list, place)");
});
afterAll(async () => await pglite.close());

async function estimatedRows(): Promise<number> {
  const { rows } = await pglite.query<{ n: number }>("select reltuples as n from pg_class where relname = 'notes'");
  return rows[0]!.n;
}

test("a table that has changed gets the planner's statistics, once", async () => {
  await pglite.exec("insert into notes select n, 1, n from generate_series(1, 5000) n");
  expect(await estimatedRows()).toBe(-1); // Postgres' word for "never looked"
  // A session tells what it has done about a second later.
  await expect.poll(() => tendOnce(pglite), patiently).toEqual(["notes"]);
  expect(await estimatedRows()).toBe(5000);
  expect(await tendOnce(pglite)).toEqual([]);
  const plan = await pglite.query<{ "QUERY PLAN": string }>(
    "explain select * from notes where list = 1 and place < 2500 order by place desc limit 100",
  );
  expect(plan.rows.map((row) => row["QUERY PLAN"]).join("\n")).toContain("using in_order");
});

test("dead rows of a small table are swept", async () => {
  await pglite.exec("delete from notes where id % 2 = 0");
  const dead = async () => {
    const { rows } = await pglite.query<{ n: number }>(
      "select n_dead_tup::int as n from pg_stat_user_tables where relname = 'notes'",
    );
    return rows[0]!.n;
  };
  await expect.poll(dead, patiently).toBe(2500);
  expect(await tendOnce(pglite)).toEqual(["notes"]);
  expect(await dead()).toBe(0);
});

test("care goes on by itself until it is ended", async () => {
  await pglite.exec("insert into notes select n, 2, n from generate_series(10001, 20000) n");
  const end = tendTables(pglite, { everyMs: 20 });
  await expect.poll(estimatedRows, patiently).toBe(12_500);
  await end();
});
