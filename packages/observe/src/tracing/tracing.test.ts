import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { trace } from "@opentelemetry/api";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import { afterEach, expect, test, vi } from "vitest";
import { span } from "./span.ts";
import { startTracing, type Tracing } from "./tracing.ts";

let tracing: Tracing | undefined;
afterEach(() => tracing?.stop());

/** Exports after `delayMs`, failing the first `failures` times. */
class SlowExporter implements SpanExporter {
  readonly seen: ReadableSpan[] = [];
  attempts = 0;
  readonly #options: { delayMs?: number; failures?: number };
  constructor(options: { delayMs?: number; failures?: number } = {}) {
    this.#options = options;
  }
  export(batch: ReadableSpan[], done: (result: { code: number; error?: Error }) => void): void {
    const { delayMs = 0, failures = 0 } = this.#options;
    setTimeout(() => {
      if (this.attempts++ < failures) return done({ code: 1, error: new Error("database is away") });
      this.seen.push(...batch);
      done({ code: 0 });
    }, delayMs);
  }
  async shutdown(): Promise<void> {}
}

test("a slow exporter never makes the caller wait", async () => {
  const exporter = new SlowExporter({ delayMs: 200 });
  tracing = startTracing({ exporter, environment: {}, batch: { maxBatchSpans: 10 } });
  const start = performance.now();
  for (let n = 0; n < 100; n++) span(`step ${n}`, {}, () => n);
  expect(performance.now() - start).toBeLessThan(100);
  expect(tracing.report()).toMatchObject({ ended: 100, exported: 0 });
  await tracing.stop();
  expect(exporter.seen).toHaveLength(100);
  tracing = undefined;
});

test("a full queue drops the newest spans and says how many", async () => {
  const warning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  tracing = startTracing({
    exporter: new SlowExporter(),
    environment: {},
    batch: { maxQueuedSpans: 5, maxBatchSpans: 100 },
  });
  for (let n = 0; n < 12; n++) span("step", {}, () => n);
  await tracing.stop();
  expect(tracing.report()).toEqual({ ended: 12, exported: 5, droppedQueueFull: 7, droppedExportFailed: 0 });
  expect(warning).toHaveBeenCalledWith(
    "7 of 12 spans were not recorded: 7 because the queue was full, 0 because the export failed.",
    { code: "LOAM_SPANS_DROPPED" },
  );
  warning.mockRestore();
  tracing = undefined;
});

test("a failed export is tried again, then counted with its reason", async () => {
  const warning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const exporter = new SlowExporter({ failures: 4 });
  tracing = startTracing({ exporter, environment: {}, batch: { retryDelaysMs: [1, 1] } });
  span("lost", {}, () => {});
  await tracing.flush();
  span("kept", {}, () => {});
  await tracing.flush();
  expect(tracing.report()).toEqual({
    ended: 2,
    exported: 1,
    droppedQueueFull: 0,
    droppedExportFailed: 1,
    lastError: "database is away",
  });
  expect(exporter.seen.map((one) => one.name)).toEqual(["kept"]);
  await tracing.stop();
  warning.mockRestore();
  tracing = undefined;
});

test("spans of other instrumentation are recorded too, without their secrets", async () => {
  const exporter = new SlowExporter();
  tracing = startTracing({ exporter, environment: { MY_API_KEY: "tops3cret-value" } });
  const foreign = trace.getTracer("foreign").startSpan("GET https://u:p@h/?api_key=abc", {
    attributes: { authorization: "x", body: "key tops3cret-value", tags: ["Bearer abcdefgh12345678"], n: 1 },
  });
  foreign.addEvent("retry with tops3cret-value", { password: "x" });
  foreign.end();
  await tracing.flush();
  expect(exporter.seen[0]).toMatchObject({
    name: "GET https://[redacted]@h/?api_key=[redacted]",
    attributes: { authorization: "[redacted]", body: "key [redacted]", tags: ["Bearer [redacted]"], n: 1 },
    events: [{ name: "retry with [redacted]", attributes: { password: "[redacted]" } }],
  });
});

test("without content, spans keep names, times and counts only", async () => {
  const exporter = new SlowExporter();
  tracing = startTracing({ exporter, environment: {}, content: "none" });
  span("ask", { attributes: { k: 8, "gen_ai.input.messages": "[private]" } }, (opened) => opened.input("private"));
  await tracing.flush();
  expect(JSON.stringify(exporter.seen[0]!.attributes)).not.toContain("private");
  expect(exporter.seen[0]).toMatchObject({ name: "ask", attributes: { k: 8 } });
});

test("starting twice is refused; after stopping it works again", async () => {
  tracing = startTracing({ exporter: new SlowExporter(), environment: {} });
  expect(() => startTracing({ exporter: new SlowExporter() })).toThrow(
    '`startTracing` is "called twice"; expected one call per process.',
  );
  expect(() => startTracing({})).toThrow();
  await tracing.stop();
  tracing = startTracing({ exporter: new SlowExporter(), environment: {} });
});

test("a process that simply ends has exported its spans", async () => {
  const script = `
    import { startTracing, span } from ${JSON.stringify(new URL("../index.ts", import.meta.url).href)};
    startTracing({ exporter: {
      export: (batch, done) => setTimeout(() => { console.log(batch.map((s) => s.name).join()); done({ code: 0 }); }, 50),
      shutdown: async () => {},
    } });
    span("a", {}, () => span("b", {}, () => {}));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  expect(stdout.trim()).toBe("b,a");
});
