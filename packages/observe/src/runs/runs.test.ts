import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { openStore, type Store, type StoreOptions, runs as table } from "@loam/store";
import { type StartedEngine, storeEngines } from "@loam/store/testing";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { curvesOf } from "./curves.ts";
import { deletePoints, deletePointsFrom } from "./points.ts";
import { runSeries, sparklines } from "./run-series.ts";
import { deleteRun, getRun, listRuns, queueRun, runArtifactsOf, runTextsOf, settleRun } from "./runs.ts";
import { storeRecorder } from "./store-recorder.ts";
import { createRun, logToRun } from "./write-runs.ts";

for (const engine of storeEngines()) {
  describe.skipIf(engine.missing)(engine.name, () => {
    let started: StartedEngine;
    let options: StoreOptions;
    let store: Store;
    beforeAll(async () => {
      started = await engine.start();
      options = await started.newStore();
      store = await openStore(options);
    });
    afterAll(async () => {
      await store?.close();
      await started?.stop();
    });

    test("a long curve keeps its peaks, its ends and what is no number, from however far", async () => {
      await createRun(store, { id: "long", kind: "mlflow", experiment: "curves", name: "long" });
      const points = Array.from({ length: 5000 }, (_, step) => ({
        key: "loss",
        step: step * 10 - 100,
        timeMs: step,
        value: Math.sin(step / 50),
      }));
      points[3210]!.value = 50;
      points[4001]!.value = Number.NaN;
      points[4444]!.value = Number.NEGATIVE_INFINITY;
      await logToRun(store, "long", { points });
      const [drawn] = await curvesOf(store, ["long"], { points: 100 });
      expect(drawn).toMatchObject({ runId: "long", key: "loss", thinned: true, max: 50 });
      expect(drawn!.points.length).toBeLessThanOrEqual(104);
      const byStep = new Map(drawn!.points.map(({ step, value }) => [step, value]));
      expect([byStep.get(32_000), byStep.get(39_910), byStep.get(44_340)]).toEqual([50, Number.NaN, -Infinity]);
      expect(drawn!.points.map(({ step }) => step)).toEqual(
        drawn!.points.map(({ step }) => step).toSorted((a, b) => a - b),
      );
      const [close] = await curvesOf(store, ["long"], { points: 100, from: 31_900, to: 32_100 });
      expect(close).toMatchObject({ thinned: false, points: { length: 21 } });
      expect(await curvesOf(store, ["long"], { keys: ["other"] })).toEqual([]);
    });

    test("a curve that is drawn from its stretches is the curve of its points, whatever is written or taken away", async () => {
      const runId = "stretched";
      await createRun(store, { id: runId, kind: "mlflow", experiment: "curves", name: runId });
      const points = Array.from({ length: 30_000 }, (_, i) => {
        const value = i % 7001 === 9 ? Number.NaN : Math.sin(i * i);
        return { key: "loss", step: i * 3 - 5000, timeMs: i, value };
      });
      await logToRun(store, runId, { points });
      const draw = async (from?: number, to?: number) =>
        (await curvesOf(store, [runId], { points: 200, from, to }))[0]!.points;
      const check = async (from = -5000, to = 85_000) => {
        const inside = points.filter(({ step }) => step >= from && step <= to);
        const drawn = await draw(from, to);
        const known = new Set(inside.map(({ step, value }) => `${step} ${value}`));
        expect(drawn.filter(({ step, value }) => !known.has(`${step} ${value}`))).toEqual([]);
        const finite = (list: readonly { value: number }[]) => list.map(({ value }) => value).filter(Number.isFinite);
        expect(Math.max(...finite(drawn))).toBe(Math.max(...finite(inside)));
        expect(Math.min(...finite(drawn))).toBe(Math.min(...finite(inside)));
        expect(drawn.length).toBeLessThanOrEqual(310);
        const gap = Math.max(...drawn.map(({ step }, i) => (i === 0 ? step - from : step - drawn[i - 1]!.step)));
        expect(gap).toBeLessThan(2.5 * Math.max(512, (to - from) / 100));
      };
      await check();
      const [{ n }] = (await store.db.execute<{ n: number }>(sql`select count(*)::int as n from run_stretches`))
        .rows as [{ n: number }];
      expect(n).toBeGreaterThan(300); // it is drawn from them
      for (const [from, to] of [
        [-4000, 80_001],
        [1234, 60_000],
        [7777, 9999],
        [50_000, 85_000],
      ])
        await check(from, to);

      // Who writes holds the head of a curve; whoever draws one that is whole does not wait for it. (The embedded database has one
      // connection, on which nobody waits for another.)
      if (engine.name === "Postgres server")
        await store.db.transaction(async (tx) => {
          await tx.execute(sql`select id from run_series where run_id = ${runId} for update`);
          await check();
        });

      points.push(
        { key: "loss", step: 30_001, timeMs: 0, value: 40 },
        { key: "loss", step: 90_000, timeMs: 0, value: -9 },
      );
      await logToRun(store, runId, { points: points.slice(-2) });
      expect((await draw()).map(({ value }) => value)).toEqual(expect.arrayContaining([40, -9]));
      await store.db.transaction(async (tx) => await deletePoints(tx, runId, points.splice(-2)));
      await check();
      await store.db.transaction(async (tx) => await deletePointsFrom(tx, runId, "loss", 40_000));
      points.splice(15_000);
      await check(-5000, 39_997);
    });

    test("a run is written down with what went in, its numbers, texts and results", async () => {
      const recorder = storeRecorder(store, { kind: "tune", tags: { output: "adapter-1" } });
      await recorder.start({ name: "first", params: { method: { peft_type: "LORA", r: 8 }, seed: 42 } });
      expect((await getRun(store, recorder.id)).status).toBe("running");
      for (let step = 1; step <= 3; step++)
        recorder.metrics(step, { "train/loss": 4 - step, "train/learning_rate": 1e-3 });
      recorder.metrics(3, { "eval/loss": Number.NaN });
      recorder.text(3, "sample/0", "Why?\n\nBecause\u0000.");
      recorder.progress({ task: "train", unit: "step", done: 3, total: 3 });
      recorder.summary({ trainableParameters: 128 });
      recorder.artifact("/tmp/adapter-1");
      await recorder.finish({ status: "finished" });

      const run = await getRun(store, recorder.id);
      expect(run).toMatchObject({
        status: "finished",
        name: "first",
        params: { method: { peft_type: "LORA", r: 8 }, seed: 42 },
        summary: { "train/loss": 1, "train/learning_rate": 1e-3, trainableParameters: 128 },
        progress: { done: 3, total: 3 },
        error: null,
      });
      const series = await runSeries(store, recorder.id);
      expect(series["train/loss"]!.map(({ step, value }) => [step, value])).toEqual([
        [1, 3],
        [2, 2],
        [3, 1],
      ]);
      expect(series["eval/loss"]![0]!.value).toBeNaN();
      expect(await runTextsOf(store, recorder.id)).toEqual([
        { tag: "sample/0", step: 3, text: "Why?\n\nBecause\uFFFD." },
      ]);
      expect(await runArtifactsOf(store, recorder.id)).toEqual(["/tmp/adapter-1"]);
      expect((await listRuns(store, { tags: { output: "adapter-1" } })).map(({ id }) => id)).toEqual([recorder.id]);
      expect(await listRuns(store, { kind: "other" })).toEqual([]);
    });

    test("ten thousand points are written in a second or so, and a list shows forty", async () => {
      const recorder = storeRecorder(store);
      await recorder.start({ name: "long", params: {} });
      for (let step = 0; step < 10_000; step++) recorder.metrics(step, { "train/loss": 1 / (step + 1) });
      await recorder.finish({ status: "finished" });
      const line = (await sparklines(store, [recorder.id], "train/loss")).get(recorder.id)!;
      expect(line).toHaveLength(40);
      expect(line[0]).toBeGreaterThan(line[39]!);
      const { "train/loss": drawn } = await runSeries(store, recorder.id, { points: 100 });
      expect(drawn!.length).toBeGreaterThan(80);
      expect(drawn!.length).toBeLessThanOrEqual(100);
      expect([drawn!.at(0)!.step, drawn!.at(-1)!.step]).toEqual([0, 9999]);
    });

    test("a run that goes on forgets the steps that it does again, and no others", async () => {
      const { id } = await queueRun(store, { kind: "tune", name: "again", params: {} });
      const first = storeRecorder(store, { run: id });
      await first.start({ name: "again", params: {} });
      for (let step = 1; step <= 6; step++) first.metrics(step, { loss: step });
      first.metrics(4, { eval: 40 });
      await first.finish({ status: "failed", error: "out of memory" });
      expect((await getRun(store, id)).error).toMatchObject({ message: "out of memory" });

      const second = storeRecorder(store, { run: id });
      await second.start({ name: "again", params: {} });
      expect((await getRun(store, id)).error).toBeNull();
      for (let step = 5; step <= 7; step++) second.metrics(step, { loss: 10 * step });
      await second.flush();
      for (let step = 8; step <= 9; step++) second.metrics(step, { loss: 10 * step });
      await second.finish({ status: "finished" });
      const { loss, eval: evaluated } = await runSeries(store, id);
      expect(loss!.map(({ value }) => value)).toEqual([1, 2, 3, 4, 50, 60, 70, 80, 90]);
      expect(evaluated!.map(({ value }) => value)).toEqual([40]);
    });

    test("what could not be written waits, in order, until the database answers again", async () => {
      const recorder = storeRecorder(store, { flushEveryMs: 60_000 });
      await recorder.start({ name: "unlucky", params: {} });
      recorder.metrics(1, { loss: 1 });
      await store.db.execute(sql`alter table run_points rename to run_points_away`);
      await expect(recorder.flush()).rejects.toThrow();
      recorder.metrics(2, { loss: 2 });
      await store.db.execute(sql`alter table run_points_away rename to run_points`);
      await recorder.finish({ status: "finished" });
      expect((await runSeries(store, recorder.id)).loss!.map(({ value }) => value)).toEqual([1, 2]);
    });

    test("a run whose process was killed reads as interrupted, with the points it had written", async () => {
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, "../../test/recording-process.ts"), JSON.stringify(options)],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      const [line] = await once(child.stdout, "data");
      const id = String(line).trim();
      child.kill("SIGKILL");
      await once(child, "exit");
      expect((await getRun(store, id)).status).toBe("running"); // perhaps it is only slow
      await store.db.update(table).set({ heartbeatAt: sql`now() - interval '2 minutes'` }).where(eq(table.id, id));
      expect((await getRun(store, id)).status).toBe("interrupted");
      expect((await runSeries(store, id)).loss).toHaveLength(5);
    });

    test("a run is settled only from where it stands, and takes its rows along when it goes", async () => {
      const { id } = await queueRun(store, { kind: "tune", name: "waits", params: {} });
      expect(await settleRun(store, id, { from: ["running"], to: "failed" })).toBe(false);
      expect(await settleRun(store, id, { from: ["queued"], to: "cancelled" })).toBe(true);
      expect((await getRun(store, id)).status).toBe("cancelled");
      await deleteRun(store, id);
      await expect(getRun(store, id)).rejects.toMatchObject({ code: "not_found" });
    });
  });
}
