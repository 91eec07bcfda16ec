import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@loam/core";
import { type Postgres, postgresBinaries, startPostgres } from "@loam/store/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningLoam, startLoam } from "../src/start-loam.ts";

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
