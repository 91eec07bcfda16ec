import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../packages/server/test/running.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
}, 120_000);
afterAll(async () => await server.end());

test("what LangSmith's and W&B's clients wrote is read by MLflow's protocol", async () => {
  const example = spawn(process.execPath, [join(import.meta.dirname, "observe-two-clients.ts")], {
    env: {
      ...process.env,
      ...{ LANGSMITH_ENDPOINT: server.url, LANGSMITH_API_KEY: "any", LANGSMITH_TRACING: "true" },
      ...{ WANDB_BASE_URL: server.url, WANDB_API_KEY: "0".repeat(40) },
    },
  });
  const [out, errors] = await Promise.all([text(example.stdout), text(example.stderr)]);
  expect(out, errors).toContain("run   threshold search, FINISHED: answered 1, threshold 0.1");
  expect(out.match(/^trace answer: .*High tide is at 14:20/gm)).toHaveLength(2);
  expect(out.match(/^trace answer: .*I do not know/gm)).toHaveLength(1);
}, 120_000);
