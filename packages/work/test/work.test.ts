import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InputError, operation, UnavailableError } from "@loam/core";
import { openStore, type Store, type StoreOptions } from "@loam/store";
import { type StartedEngine, storeEngines } from "@loam/store/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  cancelWork,
  deleteWork,
  followAllWork,
  followWork,
  getWork,
  listWork,
  pauseWork,
  resumeWork,
  retryFailed,
  runWorker,
  settledWork,
  startWork,
  type WorkKind,
  workEventsOf,
  workKind,
} from "../src/index.ts";
import { count } from "./working-process.ts";

const kind = workKind(count, {}, { maxAttempts: 50 });
const quick = { pollMs: 50, leaseSeconds: 2, retryDelaySeconds: 0 };

/** A kind whose runs do what a test says. */
function kindThat(name: string, run: WorkKind["run"], options: Partial<WorkKind> = {}): WorkKind {
  return { name, parse: (input) => input, run, ...options };
}

for (const engine of storeEngines()) {
  describe.skipIf(engine.missing)(`work: ${engine.name}`, () => {
    let started: StartedEngine;
    let options: StoreOptions;
    let store: Store;
    const others: Store[] = [];
    beforeAll(async () => {
      started = await engine.start();
      options = await started.newStore();
      store = await openStore(options);
    });
    afterAll(async () => {
      for (const other of others) await other.close();
      await store?.close();
      await started?.stop();
    });
    const openAgain = async () => {
      const other = await openStore(options);
      others.push(other);
      return other;
    };

    test("work is accepted, done, and told in order", async () => {
      const { id, status } = await startWork(store, kind, { to: 3, everyMs: 1 });
      expect(status).toBe("queued");
      const worker = runWorker(store, [kind], quick);
      const heard: string[] = [];
      for await (const event of followWork(store, id)) if (event.type !== "progress") heard.push(event.type);
      await worker.stop();
      expect(heard).toEqual(["status", "status", "number", "number", "number", "status"]);
      expect(await getWork(store, id)).toMatchObject({
        status: "finished",
        result: { counted: 3 },
        progress: { done: 3, total: 3 },
        attempts: 1,
      });
      const events = await workEventsOf(store, id);
      expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
      expect((await workEventsOf(store, id, { after: 4 })).map(({ data }) => data)).toEqual([
        { n: 3 },
        { status: "finished" },
      ]);
    });

    test("a follower of everything hears of each change, and after a break of what it missed", async () => {
      const gone = new AbortController();
      const seen = new Map<string, string[]>();
      let last = 0;
      const following = (async () => {
        for await (const { position, work } of followAllWork(store, { signal: gone.signal })) {
          seen.set(work.id, [...(seen.get(work.id) ?? []), work.status]);
          last = position;
        }
      })();
      const { id } = await startWork(store, kind, { to: 3, everyMs: 1 });
      while (!seen.has(id)) await sleep(20);
      const worker = runWorker(store, [kind], quick);
      while (seen.get(id)!.at(-1) !== "finished") await sleep(20);
      expect(seen.get(id)![0]).toBe("queued");
      gone.abort();
      await following;
      const missed = await startWork(store, kind, { to: 2, everyMs: 1 });
      await settledWork(store, missed.id);
      await worker.stop();
      const back = new AbortController();
      for await (const { work } of followAllWork(store, { after: last, signal: back.signal })) {
        if (work.id === missed.id) break;
        expect(work.id).not.toBe(id); // it was heard of before the break
      }
      back.abort();
    });

    test("an input that does not fit never gets into the queue", async () => {
      await expect(startWork(store, kind, { to: 0 })).rejects.toThrow(
        "`to` is 0; expected a whole number from 1 to 1000.",
      );
    });

    test("under one key one piece is open, and the next may start when it has ended", async () => {
      const named = kindThat("keyed", async () => "done");
      const [a, b] = await Promise.all([1, 2].map((n) => startWork(store, named, { n }, { key: "same" })));
      expect(a!.id).toBe(b!.id);
      const worker = runWorker(store, [named], quick);
      await settledWork(store, a!.id);
      await worker.stop();
      const c = await startWork(store, named, { n: 3 }, { key: "same" });
      expect(c.id).not.toBe(a!.id);
      await expect(resumeWork(store, (await cancelWork(store, c.id)).id)).resolves.toMatchObject({ status: "queued" });
      await cancelWork(store, c.id);
      await startWork(store, named, { n: 4 }, { key: "same" });
      await expect(resumeWork(store, c.id)).rejects.toMatchObject({ code: "key_taken" });
    });

    test("thirty pieces and four workers on two connections: each is done once", async () => {
      const done: number[] = [];
      const share = kindThat("share", async (input) => {
        await sleep(5);
        done.push((input as { n: number }).n);
      });
      const other = await openAgain();
      for (let n = 0; n < 30; n++) await startWork(store, share, { n });
      const workers = [store, other, store, other].map((each) => runWorker(each, [share], quick));
      while ((await listWork(store, { kinds: ["share"], statuses: ["finished"] })).length < 30) await sleep(50);
      for (const worker of workers) await worker.stop();
      expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n));
    });

    test("the higher priority goes first, then the older", async () => {
      const order: string[] = [];
      const named = kindThat("ordered", async (input) => void order.push((input as { n: string }).n));
      await startWork(store, named, { n: "first" });
      await startWork(store, named, { n: "second" });
      await startWork(store, named, { n: "urgent" }, { priority: 5 });
      const worker = runWorker(store, [named], quick);
      while (order.length < 3) await sleep(20);
      await worker.stop();
      expect(order).toEqual(["urgent", "first", "second"]);
    });

    test("work is cancelled from another connection, while it waits and while it runs", async () => {
      const other = await openAgain();
      const waiting = await startWork(store, kind, { to: 1000 }, { priority: -1 });
      expect((await cancelWork(other, waiting.id)).status).toBe("cancelled");
      const running = await startWork(store, kind, { to: 1000 });
      const worker = runWorker(store, [kind], quick);
      for await (const { type } of followWork(store, running.id)) if (type === "number") break;
      await cancelWork(other, running.id);
      expect((await settledWork(store, running.id)).status).toBe("cancelled");
      await worker.stop();
      await deleteWork(store, running.id);
      await expect(getWork(store, running.id)).rejects.toMatchObject({ code: "not_found" });
    });

    test("paused work goes on from its checkpoint when it is resumed", async () => {
      const { id } = await startWork(store, kind, { to: 40, everyMs: 10 });
      const worker = runWorker(store, [kind], quick);
      for await (const { type } of followWork(store, id)) if (type === "number") break;
      await pauseWork(store, id);
      const paused = await settledWork(store, id);
      expect(paused.status).toBe("waiting");
      expect(paused.checkpoint).toBeGreaterThan(0);
      await resumeWork(store, id);
      while ((await getWork(store, id)).status !== "finished") await sleep(50);
      await worker.stop();
      const numbers = (await workEventsOf(store, id)).filter(({ type }) => type === "number");
      expect(numbers.map(({ data }) => (data as { n: number }).n)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    });

    test("what may pass is tried again, what is wrong is not", async () => {
      let tries = 0;
      const flaky = kindThat("flaky", async () => {
        if (++tries < 3) throw new UnavailableError("hub", "does not answer");
        return tries;
      });
      const wrong = kindThat("wrong", async () => {
        throw new InputError("bad_file", "The file is no PDF.");
      });
      const hopeless = kindThat("hopeless", async () => Promise.reject(new Error("broken")), { maxAttempts: 2 });
      const ids = [];
      for (const each of [flaky, wrong, hopeless]) ids.push((await startWork(store, each, {})).id);
      const worker = runWorker(store, [flaky, wrong, hopeless], quick);
      const ended = [];
      for (const id of ids) ended.push(await settledWork(store, id));
      await worker.stop();
      expect(ended).toMatchObject([
        { status: "finished", result: 3, attempts: 3 },
        { status: "failed", attempts: 1, error: { code: "bad_file", message: "The file is no PDF." } },
        { status: "failed", attempts: 2, error: { code: "internal", message: "broken" } },
      ]);
    });

    test("while database or blobs are away, work waits and uses up no attempt", async () => {
      let away = 7;
      const kind = kindThat("patient", async () => {
        if (away-- > 0) throw new Error("wrapped", { cause: new UnavailableError("blobs", "does not answer.") });
        return "done";
      });
      const { id } = await startWork(store, kind, {});
      const worker = runWorker(store, [{ ...kind, maxAttempts: 2 }], quick);
      expect(await settledWork(store, id)).toMatchObject({ status: "finished", result: "done", attempts: 1 });
      await worker.stop();
    });

    test("what waits for another attempt says when; all that failed is put back at once, but for what has a successor", async () => {
      let broken = true;
      const flaky = kindThat("flaky", async () => {
        if (broken) throw new UnavailableError("the network", "No answer.");
        return "done";
      });
      const once = { ...flaky, maxAttempts: 1 };
      const keyed = await startWork(store, once, {}, { key: "one" });
      const plain = await startWork(store, once, {});
      const worker = runWorker(store, [flaky], { ...quick, retryDelaySeconds: 600 });
      for (const { id } of [keyed, plain]) expect((await settledWork(store, id)).status).toBe("failed");
      const again = await startWork(store, flaky, {}, { key: "one" });
      await expect.poll(async () => (await getWork(store, again.id)).attempts).toBe(1);
      await expect.poll(async () => (await getWork(store, again.id)).status).toBe("queued");
      const waits = await getWork(store, again.id);
      expect(waits).toMatchObject({ error: { code: "unavailable" }, notBefore: expect.any(Date) });
      expect(waits.notBefore!.getTime()).toBeGreaterThan(Date.now() + 60_000);
      broken = false;
      const { retried, left } = await retryFailed(store, { kinds: ["flaky"] });
      expect([retried.map(({ id }) => id), left.map(({ id }) => id)]).toEqual([[plain.id], [keyed.id]]);
      expect(await settledWork(store, plain.id)).toMatchObject({ status: "finished", error: null, notBefore: null });
      expect(await retryFailed(store, { kinds: ["other"] })).toEqual({ retried: [], left: [] });
      await worker.stop();
    });

    test("work that waits for somebody is taken up with what they brought", async () => {
      const asks = kindThat("asks", async (_, { checkpoint, wait, work }) => {
        if (checkpoint.value === undefined) {
          await checkpoint.write("asked");
          wait("tool output", { call: "get_weather" });
        }
        return { after: checkpoint.value, events: work.lastSeq };
      });
      const { id } = await startWork(store, asks, {});
      const worker = runWorker(store, [asks], quick);
      expect((await settledWork(store, id)).status).toBe("waiting");
      await resumeWork(store, id, { data: { output: "rain" } });
      while ((await getWork(store, id)).status !== "finished") await sleep(20);
      await worker.stop();
      expect((await getWork(store, id)).result).toMatchObject({ after: "asked" });
      expect((await workEventsOf(store, id)).map(({ data }) => data)).toContainEqual({
        status: "queued",
        data: { output: "rain" },
      });
    });

    test("a worker that stops gives back what it has, and that is no attempt", async () => {
      const { id } = await startWork(store, kind, { to: 60, everyMs: 10 });
      const first = runWorker(store, [kind], quick);
      for await (const { type } of followWork(store, id)) if (type === "number") break;
      await first.stop();
      expect(await getWork(store, id)).toMatchObject({ status: "queued", attempts: 0 });
      const second = runWorker(store, [kind], quick);
      expect((await settledWork(store, id)).status).toBe("finished");
      await second.stop();
    });

    test("workers that are killed lose nothing, and nothing is done twice", async () => {
      const ids: string[] = [];
      for (let n = 0; n < 3; n++) ids.push((await startWork(store, kind, { to: 30, everyMs: 25 })).id);
      for (let kills = 0; kills < 3; kills++) {
        const child = spawn(
          process.execPath,
          [join(import.meta.dirname, "working-process.ts"), JSON.stringify(options)],
          {
            stdio: ["ignore", "pipe", "inherit"],
          },
        );
        await once(child.stdout, "data");
        await sleep(250 + 150 * kills);
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      await sleep(2100);
      const lost = await listWork(store, { statuses: ["interrupted"] });
      expect(lost.length).toBeGreaterThan(0);
      const worker = runWorker(store, [kind], quick);
      for (const id of ids) expect((await settledWork(store, id)).status).toBe("finished");
      await worker.stop();
      for (const id of ids) {
        const events = await workEventsOf(store, id);
        expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
        const numbers = events.filter(({ type }) => type === "number").map(({ data }) => (data as { n: number }).n);
        // Nothing is left out; what came after the last checkpoint may be told again.
        expect([...new Set(numbers)]).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
        for (let i = 1; i < numbers.length; i++) expect(numbers[i]!).toBeGreaterThanOrEqual(numbers[i - 1]!);
      }
    }, 60_000);

    test("who takes the place of a killed worker does not wait for the end of its lease", async () => {
      const { id } = await startWork(store, kind, { to: 40, everyMs: 25 });
      const process_ = [join(import.meta.dirname, "working-process.ts"), JSON.stringify(options), "600"];
      const child = spawn(process.execPath, process_, { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout, "data");
      while ((await workEventsOf(store, id)).length < 4) await sleep(20);
      child.kill("SIGKILL");
      await once(child, "exit");
      const worker = runWorker(store, [kind], quick);
      expect(await settledWork(store, id)).toMatchObject({ status: "finished", attempts: 2 });
      await worker.stop();
    }, 60_000);

    test("only operations that are work have a kind", () => {
      const moment = operation({
        name: "now",
        summary: "",
        lasts: "moment",
        input: z.strictObject({}),
        run: async () => 1,
      });
      expect(() => workKind(moment, {} as never)).toThrow('only what is "work" can wait in a queue');
    });
  });
}
