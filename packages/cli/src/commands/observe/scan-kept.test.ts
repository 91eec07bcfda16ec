import { openStore } from "@loam/store";
import { storeEngines } from "@loam/store/testing";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { scanKept } from "./scan-kept.ts";

const secret = "sk-proj-Zq8Lw3Nv7Rt2Yb6Kd9Mf4Hs1";

test("what an earlier version kept is found in every table, and taken out of what is settled", async () => {
  const engine = await storeEngines()[0]!.start();
  const store = await openStore(await engine.newStore());
  const { db } = store;
  const words = JSON.stringify({ text: `the key ${secret}`, blobKey: "9f86d081884c7d659a2feaa0c55ad015" });
  const cell = JSON.stringify({ kind: "output", system: "a", row: "1", key: "k", prediction: secret });
  // By SQL, since columns of today are written through today's redaction.
  for (const [id, status] of [
    ["done", "finished"],
    ["open", "queued"],
  ])
    await db.execute(sql`insert into work (id, kind, name, status, input, max_attempts)
      values (${id}, 'summarize', ${secret}, ${status}, ${words}::jsonb, 1)`);
  await db.execute(sql`insert into evaluation_runs (id, name, spec, dataset, record, finished_at)
    values ('run', 'run', '{}', ${JSON.stringify({ rows: [{ source: secret }] })}, '{}', now())`);
  await db.execute(sql`insert into evaluation_cells (run, key, cell) values ('run', 'k', ${cell})`);
  for (const kind of ["message", "api_key"])
    await db.execute(sql`insert into platform_objects (id, kind, metadata, body)
      values (${kind}, ${kind}, '{}', ${words}::jsonb)`);
  const looked = await scanKept(store, { limit: 100, redact: false });
  expect(looked.found.map(({ table, fields }) => `${table}: ${fields.join()}`)).toEqual([
    "evaluations: dataset",
    "outputs of evaluations: cell",
    "work: name,input",
    "work: name,input",
    "objects of the platform: body",
  ]);
  expect((await scanKept(store, { limit: 100, redact: true })).changed).toBe(4);
  const { found } = await scanKept(store, { limit: 100, redact: false });
  expect(found).toEqual([{ table: "work", id: "open", fields: ["name", "input"] }]);
  const { rows } = await db.execute(sql`select body, version from platform_objects where id = 'message'`);
  expect(rows).toEqual([
    { body: { text: "the key [redacted]", blobKey: "9f86d081884c7d659a2feaa0c55ad015" }, version: 2 },
  ]);
  await store.close();
  await engine.stop();
});
