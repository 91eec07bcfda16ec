import { createSweep, currentValues, getSweep, nextTrial, searchRuns, trialsOf } from "@loam/observe";
import { openStore, type Store } from "@loam/store";
import { newHome } from "@loam/store/testing";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runAgent } from "./run-sweep-agent.ts";

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
