import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, test, vi } from "vitest";
import { span } from "./span.ts";
import { startTracing } from "./tracing.ts";

// biome-ignore lint/suspicious/noExplicitAny: compared as a whole
const received: { path: string | undefined; type: string | undefined; body: any }[] = [];
let status = 200;
const server = createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  received.push({ path: request.url, type: request.headers["content-type"], body: JSON.parse(text) });
  response.writeHead(status, { "content-type": "application/json" }).end("{}");
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
afterAll(() => void server.close());

test("a collector gets the spans as OTLP/JSON, without secrets", async () => {
  const tracing = startTracing({ otlpEndpoint: endpoint, environment: {} });
  const traceId = span(
    "ask",
    { attributes: { pages: 3, share: 0.5, ok: true, tags: ["a", "b"], apiKey: "x" } },
    (root) => {
      root.event("retry", { attempt: 1 });
      expect(() =>
        span("inner", { side: "client" }, () => {
          throw new Error("no");
        }),
      ).toThrow("no");
      return root.traceId;
    },
  );
  await tracing.stop();
  expect(received).toHaveLength(1);
  const [{ path, type, body }] = received as [(typeof received)[0]];
  expect([path, type]).toEqual(["/v1/traces", "application/json"]);
  const [inner, ask] = body.resourceSpans[0].scopeSpans[0].spans;
  expect(ask).toMatchObject({
    traceId,
    name: "ask",
    kind: 1,
    status: { code: 0 },
    startTimeUnixNano: expect.stringMatching(/^\d{19}$/),
  });
  expect(ask.attributes).toEqual(
    expect.arrayContaining([
      { key: "pages", value: { intValue: "3" } },
      { key: "share", value: { doubleValue: 0.5 } },
      { key: "ok", value: { boolValue: true } },
      { key: "tags", value: { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b" }] } } },
      { key: "apiKey", value: { stringValue: "[redacted]" } },
    ]),
  );
  expect(ask.events[0]).toMatchObject({ name: "retry", attributes: [{ key: "attempt", value: { intValue: "1" } }] });
  expect(inner).toMatchObject({ traceId, parentSpanId: ask.spanId, kind: 3, status: { code: 2, message: "no" } });
});

test("a collector that refuses is reported, with its status", async () => {
  const warning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  status = 503;
  const tracing = startTracing({ otlpEndpoint: endpoint, environment: {}, batch: { retryDelaysMs: [] } });
  span("lost", {}, () => {});
  await tracing.stop();
  expect(warning.mock.calls[0]![0]).toContain(`1 because the export failed (${endpoint}v1/traces answered 503)`);
  warning.mockRestore();
});
