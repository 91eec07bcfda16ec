import { createSweep, currentValues, getSweep, nextTrial, searchRuns, trialsOf } from "@loam/observe";
import { openStore, type Store } from "@loam/store";
import { newHome } from "@loam/store/testing";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runAgent } from "./run-sweep-agent.ts";
import { scanKept } from "./scan-kept.ts";

let store: Store;
beforeAll(async () => {
  store = await openStore({ home: await newHome(), databaseUrl: "", blobUrl: "", durability: "process" });
});
afterAll(async () => await store.close());

const quiet = (signal = new AbortController().signal) => ({ signal, note: () => {} });
/** A program that prints what it was given as its loss, and fails for 3. */
const program = [
  process.execPath,
  "-e",
  "const x = Number(process.argv[1]); console.log(`loss=${x * x}`); process.exitCode = x === 3 ? 1 : 0;",
  "{x}",
];

test("four workers share a sweep; the trial of one that dies is taken over, and none runs twice", async () => {
  const { id } = await createSweep(store, {
    project: "four",
    config: {
      method: "grid",
      metric: { name: "loss", goal: "minimize" },
      parameters: { x: { values: [1, 2, 3, 4, 5] } },
    },
  });
  const dead = (await nextTrial(store, id, "dead"))!;
  const working = Promise.all(
    ["a", "b", "c"].map((worker) => runAgent(store, { sweep: id, argv: program, worker }, quiet())),
  );
  // The three have done all others and wait.
  await expect
    .poll(async () => (await trialsOf(store, id)).filter(({ state }) => state !== "running").length, {
      timeout: 20_000,
    })
    .toBe(4);
  await store.db.execute(sql`update sweep_trials set lease_until = now() - interval '1 second' where worker = 'dead'`);
  const done = await working;
  expect(done.reduce((sum, { finished }) => sum + finished, 0)).toBe(4);
  expect(done.reduce((sum, { failed }) => sum + failed, 0)).toBe(1);
  const trials = await trialsOf(store, id);
  expect(trials.map(({ params, value, attempts }) => [params.x, value, attempts])).toEqual(
    [1, 2, 3, 4, 5].map((x) => [x, x * x, x === dead.params.x ? 2 : 1]),
  );
  expect((await getSweep(store, id)).state).toBe("finished");
  expect((await searchRuns(store, { experiments: ["four"] })).length).toBe(5);
}, 40_000);

const runIds = async (experiment: string) =>
  (await searchRuns(store, { experiments: [experiment] })).map(({ id }) => id);

test("a worker that is interrupted gives its trial back", async () => {
  const { id } = await createSweep(store, {
    project: "back",
    config: { method: "grid", parameters: { x: { values: [1] } } },
  });
  const stop = new AbortController();
  const endless = [process.execPath, "-e", "console.log('on=1'); setInterval(() => {}, 1000)", "{x}"];
  const working = runAgent(store, { sweep: id, argv: endless, worker: "a" }, quiet(stop.signal));
  await expect
    .poll(async () => [...(await currentValues(store, await runIds("back"))).values()].length, { timeout: 20_000 })
    .toBe(1);
  stop.abort();
  expect(await working).toEqual({ finished: 0, failed: 0, stopped: 1 });
  expect((await trialsOf(store, id)).map(({ state }) => state)).toEqual(["waiting"]);
  await runAgent(store, { sweep: id, argv: program, worker: "b" }, quiet());
  expect((await getSweep(store, id)).state).toBe("finished");
}, 40_000);

const secret = "sk-proj-Zq8Lw3Nv7Rt2Yb6Kd9Mf4Hs1";

test("what an earlier version kept is found in every table, and taken out of what is settled", async () => {
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
});
