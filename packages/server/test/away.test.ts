import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@loam/core";
import { type Postgres, postgresBinaries, startPostgres } from "@loam/store/testing";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makePdf } from "../../pdf/test/make-pdf.ts";
import { ACCESS_KEY, SECRET_KEY, startS3Server } from "../../store/test/s3-server.ts";
import { type RunningLoam, startLoam } from "../src/start-loam.ts";
import { upload } from "./running.ts";

describe.skipIf(!postgresBinaries())("with the database away", () => {
  let folder: string;
  let postgres: Postgres;
  let server: RunningLoam;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "loam-away-"));
    postgres = await startPostgres();
    const env = {
      LOAM_HOME: join(folder, "home"),
      DATABASE_URL: await postgres.createDatabase(),
      PATH: process.env.PATH,
    };
    const userFile = join(folder, "config.json");
    server = await startLoam({ load: () => loadConfig({ cwd: folder, env, userFile }), userFile, port: 0 });
    expect((await fetch(`${server.url}/api/health`)).status).toBe(200);
    await postgres.stop();
  }, 120_000);
  afterAll(async () => {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("health says which part it is", async () => {
    const response = await fetch(`${server.url}/api/health`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      status: "unavailable",
      parts: { database: { status: "away", message: expect.stringContaining("database") }, blobs: { status: "ok" } },
    });
  });

  test.each([
    ["GET", "/api/documents"],
    ["GET", "/api/catalogues"],
    ["GET", "/api/traces"],
    ["GET", "/api/work"],
    ["GET", "/api/runs"],
    ["GET", "/v1/files"],
    ["GET", "/v1/vector_stores"],
    ["GET", "/v1/assistants"],
    ["GET", "/v1/batches"],
    ["GET", "/v1/fine_tuning/jobs"],
    ["POST", "/v1/threads", {}],
    ["POST", "/api/2.0/mlflow/experiments/search", { max_results: 1 }],
    ["GET", "/api/v1/sessions"],
  ])("%s %s is answered 503 and told when to come back", async (method, path, body?: object) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    expect([response.status, await response.text()]).toEqual([503, expect.not.stringMatching(/select|internal_error/)]);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe.skipIf(!postgresBinaries())("with a part that hangs or refuses for a while", () => {
  let folder: string;
  let postgres: Postgres;
  let s3: Awaited<ReturnType<typeof startS3Server>>;
  let server: RunningLoam;
  let databaseUrl: string;
  const before = { ...process.env };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "loam-hangs-"));
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: SECRET_KEY });
    [postgres, s3] = await Promise.all([startPostgres(), startS3Server("away")]);
    databaseUrl = await postgres.createDatabase();
    const env = {
      ...{ LOAM_HOME: join(folder, "home"), DATABASE_URL: databaseUrl, PATH: process.env.PATH, LOAM_TRACING: "off" },
      BLOB_URL: `s3://away/loam?endpoint=${encodeURIComponent(s3.endpoint)}`,
      ...{ LOAM_BLOB_TIMEOUT: "1", LOAM_DATABASE_TIMEOUT: "2" },
    };
    const userFile = join(folder, "config.json");
    server = await startLoam({ load: () => loadConfig({ cwd: folder, env, userFile }), userFile, port: 0 });
  }, 120_000);
  afterAll(async () => {
    s3?.setAway(undefined);
    await server?.close();
    await Promise.all([postgres?.stop(), s3?.stop()]);
    await rm(folder, { recursive: true, force: true });
    process.env = before;
  });

  const send = async (word: string) => {
    const bytes = await makePdf([({ write }) => write([`The word is ${word}.`], { x: 60, y: 80 })], { title: word });
    return await upload(server.url, [{ name: `${word}.pdf`, bytes }]);
  };
  const documentStatus = async (name: string) => {
    const all = (await (await fetch(`${server.url}/api/documents`)).json()) as { name: string; status: string }[];
    return all.find((one) => one.name === name)?.status;
  };
  const works = async (): Promise<{ kind: string; status: string; error: { message: string } | null }[]> =>
    await (await fetch(`${server.url}/api/work?limit=50`)).json();

  test.each(["hangs", "refuses"] as const)(
    "while S3 %s an upload is refused in time, and what was accepted waits with the reason and goes on by itself",
    async (how) => {
      // Accepted, and not read yet: the database holds the worker's next look back until S3 is away.
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      await client.query("begin; lock table work in share row exclusive mode");
      const accepting = send(`accepted-${how}`);
      await expect
        .poll(() => [...s3.objects.keys()].length, { timeout: 20_000 })
        .toBeGreaterThan(how === "hangs" ? 0 : 1);
      s3.setAway(how);
      await client.query("commit");
      await client.end();
      expect((await accepting).status).toBe(202);
      const said = async () => (await works()).find(({ error }) => error?.message.startsWith("blobs:"))?.status;
      await expect.poll(said, { timeout: 30_000 }).toBe("queued");

      const files = new FormData();
      files.append("purpose", "user_data");
      files.append("file", new Blob(["text"]), "a.txt");
      const refused = await fetch(`${server.url}/v1/files`, { method: "POST", body: files });
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      const health = await fetch(`${server.url}/api/health`);
      expect(await health.json()).toMatchObject({ parts: { database: { status: "ok" }, blobs: { status: "away" } } });

      s3.setAway(undefined);
      await expect.poll(() => documentStatus(`accepted-${how}.pdf`), { timeout: 60_000 }).toBe("ready");
    },
    120_000,
  );

  test("a statement that hangs in the database is answered 503 in time, and the next is answered", async () => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query("begin; lock table documents in access exclusive mode");
    const response = await fetch(`${server.url}/api/documents`);
    expect([response.status, Number(response.headers.get("retry-after")) > 0]).toEqual([503, true]);
    await client.query("commit");
    await client.end();
    expect((await fetch(`${server.url}/api/documents`)).status).toBe(200);
  });

  test("a file of a vector store waits while S3 is away, and is indexed when it is back", async () => {
    const files = new FormData();
    files.append("purpose", "assistants");
    files.append("file", new Blob(["The tide is high."]), "tide.txt");
    const { id } = await (await fetch(`${server.url}/v1/files`, { method: "POST", body: files })).json();
    s3.setAway("refuses");
    const made = await fetch(`${server.url}/v1/vector_stores`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ file_ids: [id] }),
    });
    const { id: store } = await made.json();
    const work = async () => (await works()).find(({ error }) => error?.message.startsWith("blobs:"))?.status;
    await expect.poll(work, { timeout: 30_000 }).toBe("queued");
    const file = async () => await (await fetch(`${server.url}/v1/vector_stores/${store}/files/${id}`)).json();
    expect(await file()).toMatchObject({ status: "in_progress", last_error: null });
    s3.setAway(undefined);
    await expect.poll(async () => (await file()).status, { timeout: 60_000 }).toBe("completed");
  }, 120_000);
});
