import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { StoreOptions } from "../src/index.ts";
import { type JobOptions, openJobs } from "../src/jobs.ts";
import { type StartedEngine, storeEngines } from "../src/testing.ts";
import { embeddedOrServer } from "./open-backend.ts";

/** Short delays, so that what a worker does in minutes is seen in seconds. */
const QUICK: JobOptions = { claimSeconds: 10, superviseSeconds: 1, retryLimit: 2, retryDelaySeconds: 1 };

const until = async (condition: () => boolean | Promise<boolean>, timeout = 20_000) =>
  await vi.waitUntil(condition, { timeout, interval: 50 });

for (const engine of storeEngines()) {
  describe.skipIf(engine.missing).concurrent(`jobs: ${engine.name}`, () => {
    let started: StartedEngine;
    let options: StoreOptions;
    const open: { close(): Promise<void> }[] = [];
    beforeAll(async () => {
      started = await engine.start();
      options = await started.newStore();
    });
    afterAll(async () => {
      for (const each of open.reverse()) await each.close();
      await started?.stop();
    });

    /** A process's view of the queue: its own connection, its own workers. */
    const openQueue = async (jobOptions = QUICK) => {
      const backend = await embeddedOrServer(options.databaseUrl || options.home!);
      const jobs = openJobs(backend, jobOptions);
      open.push({
        close: async () => {
          await jobs.stop({ timeoutMs: 200 });
          await backend.close();
        },
      });
      return jobs;
    };

    test("twenty jobs and three workers: each job is done once", async () => {
      const workers = [await openQueue(), await openQueue(), await openQueue()];
      const done: [worker: number, job: number][] = [];
      for (let n = 0; n < 20; n++) await workers[0]!.send("share", { n });
      for (const [index, jobs] of workers.entries()) {
        await jobs.work<{ n: number }>(
          "share",
          async ({ data }) => {
            await sleep(20);
            done.push([index, data.n]);
          },
          { concurrency: 2 },
        );
      }
      await until(() => done.length >= 20);
      await sleep(300);
      expect(done.map(([, n]) => n).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
      expect(new Set(done.map(([worker]) => worker)).size).toBeGreaterThan(1);
    });

    test("a handler that fails is tried again later and later, then the job is a dead letter that can be sent back", async () => {
      const jobs = await openQueue();
      const attempts: { attempt: number; at: number }[] = [];
      let works = false;
      await jobs.send("fails", { file: "a.pdf" });
      await jobs.work<{ file: string }>("fails", async ({ attempt }) => {
        attempts.push({ attempt, at: Date.now() });
        if (!works) throw new Error(`no luck at attempt ${attempt}`);
      });
      await until(async () => (await jobs.deadLetters("fails")).length > 0);
      expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      expect(attempts[1]!.at - attempts[0]!.at).toBeGreaterThan(450);
      const [letter, ...rest] = await jobs.deadLetters("fails");
      expect(letter).toMatchObject({ data: { file: "a.pdf" }, error: { message: "no luck at attempt 3" } });
      expect(rest).toEqual([]);
      works = true;
      expect(await jobs.redrive("fails")).toBe(1);
      await until(() => attempts.length === 4);
      expect(await jobs.deadLetters("fails")).toEqual([]);
    });

    test("of two jobs with one key the second is not taken, until the first is done", async () => {
      const jobs = await openQueue();
      let done = 0;
      expect(await jobs.send("keyed", { n: 1 }, { singletonKey: "sha256-aa" })).toBeTypeOf("string");
      expect(await jobs.send("keyed", { n: 2 }, { singletonKey: "sha256-aa" })).toBeNull();
      expect(await jobs.send("keyed", { n: 3 }, { singletonKey: "sha256-bb" })).toBeTypeOf("string");
      await jobs.work("keyed", async () => void done++);
      await until(() => done === 2);
      await until(async () => (await jobs.send("keyed", { n: 4 }, { singletonKey: "sha256-aa" })) !== null);
    });

    test("a worker that is stopped finishes its job and leaves the rest to the next", async () => {
      const jobs = await openQueue();
      const seen: string[] = [];
      const first = await jobs.work<{ n: number }>("handover", async ({ data }) => {
        await sleep(100);
        seen.push(`first ${data.n}`);
      });
      await jobs.send("handover", { n: 0 });
      await until(async () => seen.length === 1);
      await first.stop();
      await jobs.work<{ n: number }>("handover", async ({ data }) => void seen.push(`second ${data.n}`));
      for (const n of [1, 2, 3, 4]) await jobs.send("handover", { n });
      await until(() => seen.length === 5);
      expect(seen.toSorted()).toEqual(["first 0", "second 1", "second 2", "second 3", "second 4"]);
    });

    test("a job that waits is cancelled before it runs, one that runs is told by its signal", async () => {
      const jobs = await openQueue();
      const seen: string[] = [];
      const waiting = await jobs.send("cancel", { name: "waiting" });
      await jobs.cancel("cancel", waiting!);
      const running = await jobs.send("cancel", { name: "running" });
      const remote = await openQueue();
      await jobs.work<{ name: string }>("cancel", async ({ data, signal }) => {
        seen.push(data.name);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        seen.push("aborted");
        throw signal.reason;
      });
      await until(() => seen.length === 1);
      await jobs.cancel("cancel", running!);
      await until(() => seen.length === 2, 500);
      const second = await jobs.send("cancel", { name: "running again" });
      await until(() => seen.length === 3);
      await remote.cancel("cancel", second!);
      await until(() => seen.length === 4);
      await sleep(2500);
      expect(seen).toEqual(["running", "aborted", "running again", "aborted"]);
      expect(await jobs.deadLetters("cancel")).toEqual([]);
    });

    test("a job whose worker is killed comes back to another worker", async () => {
      const jobs = await openQueue();
      await jobs.send("killed", { n: 1 });
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, "job-process.ts"), options.databaseUrl || options.home!],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      expect((await lines.next()).value).toBe("claimed 1");
      child.kill("SIGKILL");
      const killedAt = Date.now();
      const attempts: number[] = [];
      await jobs.work("killed", async ({ attempt }) => void attempts.push(attempt));
      await until(() => attempts.length > 0, 40_000);
      expect(attempts).toEqual([2]);
      expect(Date.now() - killedAt).toBeLessThan(25_000);
    }, 240_000);
  });
}
