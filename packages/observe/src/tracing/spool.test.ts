import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { span } from "./span.ts";
import { startTracing } from "./tracing.ts";

/** A collector that can be away, slow or full, and knows what it took. */
async function collector() {
  const taken: Record<string, unknown>[] = [];
  const state = { status: 200, requests: 0, headers: {} as Record<string, unknown> };
  const server: Server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", () => {
      state.requests++;
      state.headers = request.headers;
      if (state.status === 200)
        for (const { scopeSpans } of JSON.parse(text).resourceSpans)
          for (const { spans } of scopeSpans) taken.push(...spans);
      response.writeHead(state.status, { "content-type": "application/json" }).end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    taken,
    state,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  };
}

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "loam-spool-"));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test("a burst of 20,000 spans to a server that is away loses none, whoever sends them in the end", async () => {
  const server = await collector();
  server.state.status = 503;
  const folder = newFolder();
  const child = spawn(process.execPath, [
    join(import.meta.dirname, "../../test/spooling-process.ts"),
    folder,
    server.url,
    "20000",
  ]);
  const [report] = (await once(child.stdout, "data")) as [Buffer];
  expect(JSON.parse(report.toString())).toMatchObject({ ended: 20_000, exported: 20_000, droppedQueueFull: 0 });
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(server.taken).toHaveLength(0);
  server.state.status = 200;
  const tracing = startTracing({ otlpEndpoint: server.url, spool: { folder }, environment: {} });
  await tracing.flush();
  await tracing.stop();
  server.close();
  expect(new Set(server.taken.map(({ spanId }) => spanId)).size).toBe(20_000);
  expect(server.taken).toHaveLength(20_000);
  expect(readdirSync(folder)).toEqual([]);
}, 120_000);

test("what does not fit into the spool is counted, headers are sent, and what is refused is told", async () => {
  const server = await collector();
  server.state.status = 503;
  vi.stubEnv("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=secret%20key,x-team=a");
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => warnings.push(message);
  process.on("warning", onWarning);
  const spool = { folder: newFolder(), maxBytes: 30_000 };
  const batch = { maxBatchSpans: 50, retryDelaysMs: [] };
  const tracing = startTracing({ otlpEndpoint: server.url, spool, batch, environment: {} });
  for (let i = 0; i < 500; i++) span("step", {}, (opened) => opened.input("x".repeat(100)));
  await tracing.flush();
  const { exported, droppedExportFailed, lastError } = tracing.report();
  expect(exported + droppedExportFailed).toBe(500);
  expect(exported).toBeGreaterThan(0);
  expect(lastError).toContain("is full");
  expect(server.state.headers).toMatchObject({ "x-api-key": "secret key", "x-team": "a" });
  server.state.status = 413;
  await tracing.flush();
  await tracing.stop();
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", onWarning);
  server.close();
  expect(warnings.some((message) => message.includes("answered 413"))).toBe(true);
});

test("inputs, outputs and metadata can be hidden, texts rewritten, and traces left out by their share", async () => {
  const server = await collector();
  const tracing = startTracing({
    ...{ otlpEndpoint: server.url, environment: {}, hideInputs: true, hideMetadata: true },
    redactors: [
      (text) => text.replaceAll("Bob", "[name]"),
      (text) => {
        if (text === "boom") throw new Error("no");
        return text;
      },
    ],
  });
  span("ask Bob", { attributes: { "metadata.team": "a", other: "boom" } }, (opened) => {
    opened.input("who?");
    opened.output("it is Bob");
  });
  await tracing.flush();
  await tracing.stop();
  const [{ name, attributes }] = server.taken as [{ name: string; attributes: { key: string; value: unknown }[] }];
  const values = Object.fromEntries(
    attributes.map(({ key, value }) => [key, (value as { stringValue: string }).stringValue]),
  );
  expect(name).toBe("ask [name]");
  expect(values).toMatchObject({ "output.value": "it is [name]", other: "[redactor failed]" });
  expect(Object.keys(values).filter((key) => /^(input|metadata)/.test(key))).toEqual([]);

  const some = startTracing({ otlpEndpoint: server.url, environment: {}, sampling: 0.25 });
  for (let i = 0; i < 400; i++) span("outer", {}, () => span("inner", {}, () => {}));
  await some.flush();
  await some.stop();
  server.close();
  const kept = server.taken.slice(1);
  expect(kept.length).toBeGreaterThan(100);
  expect(kept.length).toBeLessThan(320);
  expect(kept.filter((each) => each.name === "inner")).toHaveLength(kept.length / 2);
});
