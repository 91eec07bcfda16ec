import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@loam/store";
import { type Postgres, postgresBinaries, startPostgres } from "@loam/store/testing";
import { listWork } from "@loam/work";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { makePdf } from "./make-pdf.ts";
import { bin, loamEnvironment, runLoam } from "./run-loam.ts";

vi.setConfig({ testTimeout: 240_000 });

/** A process of the command line that runs until it is ended. */
function start(args: string[], env: Record<string, string | undefined>): ChildProcess & { said(): string } {
  const child = spawn(process.execPath, [bin, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout!.on("data", (chunk) => (said += chunk));
  child.stderr!.on("data", (chunk) => (said += chunk));
  return Object.assign(child, { said: () => said });
}

const ended = (child: ChildProcess) => new Promise((resolve) => child.once("exit", resolve));

describe.skipIf(!postgresBinaries())(
  "workers and a server on one Postgres (skipped where Postgres is not installed)",
  () => {
    let postgres: Postgres;
    let home: string;
    let env: Record<string, string>;
    const running: ChildProcess[] = [];

    beforeAll(async () => {
      postgres = await startPostgres();
      home = await mkdtemp(join(tmpdir(), "loam-workers-"));
      env = { DATABASE_URL: await postgres.createDatabase(), BLOB_URL: join(home, "blobs") };
    });
    afterAll(async () => {
      for (const child of running) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await postgres.stop();
      await rm(home, { recursive: true, force: true });
    });

    test("they share the queue, each document is read once, and a worker that is killed is replaced by the other", async () => {
      const serve = start(["serve", "--port", "0", "--json"], { ...loamEnvironment(home), ...env });
      running.push(serve);
      await vi.waitUntil(() => serve.said().includes("url"), { timeout: 180_000 });
      const { url } = JSON.parse(serve.said()) as { url: string };

      const files: string[] = [];
      for (let n = 1; n <= 6; n++) {
        const pages = Array.from({ length: n <= 2 ? 150 : 3 }, (_, page) =>
          `File ${n} page ${page} tells of matter ${page * 7919}. `.repeat(4),
        );
        files.push(join(home, `file-${n}.pdf`));
        await writeFile(files.at(-1)!, await makePdf(`File ${n}`, pages));
      }
      const queued = await runLoam(["ingest", ...files, "--queue", "--json"], { home, env });
      expect(queued.exitCode).toBe(0);
      expect(queued.json().documents).toHaveLength(6);

      const workers = [1, 2].map(() => start(["worker"], { ...loamEnvironment(home), ...env }));
      running.push(...workers);
      const documents = async () => {
        const response = await fetch(`${url}/api/documents`);
        expect(response.status).toBe(200);
        const body = await response.json();
        return (Array.isArray(body) ? body : body.documents) as { name: string; status: string; pagesDone: number }[];
      };
      // Both long files are in hand: one with each worker.
      await vi.waitUntil(
        async () =>
          (await documents()).filter(({ status, pagesDone }) => status === "reading" && pagesDone > 0).length === 2,
        { timeout: 90_000, interval: 50 },
      );
      workers[0]!.kill("SIGKILL");
      await ended(workers[0]!);
      await vi.waitUntil(async () => (await documents()).every(({ status }) => status === "ready"), {
        timeout: 150_000,
        interval: 500,
      });

      const store = await openStore({ databaseUrl: env.DATABASE_URL, blobUrl: env.BLOB_URL });
      try {
        const works = await listWork(store, { kinds: ["ingest"] });
        // Claimed once each: only what the killed worker had in hand was tried again.
        expect(works.map(({ status, attempts }) => `${status} ${attempts}`).sort()).toEqual([
          ...Array.from({ length: 5 }, () => "finished 1"),
          "finished 2",
        ]);
      } finally {
        await store.close();
      }
      expect((await documents()).map(({ pagesDone }) => pagesDone).sort((a, b) => a - b)).toEqual([
        3, 3, 3, 3, 150, 150,
      ]);

      for (const child of [serve, workers[1]!]) {
        const end = ended(child);
        child.kill("SIGINT");
        expect(await end).toBe(0);
      }
    });
  },
);
