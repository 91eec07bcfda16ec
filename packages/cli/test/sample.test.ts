import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bin, loamEnvironment, runLoam } from "./run-loam.ts";

// Each command is a process of its own, and opens the database.
vi.setConfig({ testTimeout: 180_000 });

const sample = join(import.meta.dirname, "../../pdf/sample/loam-sample.pdf");
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "loam-sample-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

test("the sample paper is read whole, scanned page included, without a server", async () => {
  const { exitCode, json } = await runLoam(["ingest", sample, "--json"], { home });
  expect(exitCode).toBe(0);
  const [document] = json().documents;
  expect(document).toMatchObject({ name: "loam-sample.pdf", status: "ready", failedPages: [] });
  expect(document.pageStatuses).toMatchObject({ failed: 0, empty: 0, ocr: 1 });
});

test("while a server runs, commands work through it, and the server sees what they did", async () => {
  const server = spawn(process.execPath, [bin, "serve", "--port", "0", "--json"], { env: loamEnvironment(home) });
  try {
    const { url } = await firstJson(server.stdout);
    const asked = await runLoam(["ask", sample, "What is the reading order of a page with two columns?", "--json"], {
      home,
    });
    expect(asked.exitCode).toBe(0);
    expect(asked.json().sentences.length + (asked.json().mode === "refused" ? 1 : 0)).toBeGreaterThan(0);
    const response = await fetch(`${url}/api/documents`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("loam-sample.pdf");
    const traces = (await runLoam(["trace", "ls", "--query", "reading order", "--json"], { home })).json();
    expect(traces[0]).toMatchObject({ id: asked.json().trace, name: "ask" });
  } finally {
    const ended = new Promise((resolve) => server.on("exit", resolve));
    server.kill("SIGINT");
    expect(await ended).toBe(0);
  }
});

/** The first JSON document on a stream that goes on. */
async function firstJson(stream: NodeJS.ReadableStream): Promise<{ url: string }> {
  let text = "";
  for await (const chunk of stream) {
    text += chunk;
    if (text.trimEnd().endsWith("}")) return JSON.parse(text);
  }
  throw new Error(`the server ended without saying where it is: ${text}`);
}
