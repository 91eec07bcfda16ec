import { openStore, type Store } from "@loam/store";
import { type StartedEngine, storeEngines } from "@loam/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { builtinPrices } from "../prices/prices.ts";
import { getTrace } from "../record/traces.ts";
import { addSecret } from "../secrets/secrets.ts";
import { takeOtlpExport } from "./take-export.ts";

let started: StartedEngine;
let store: Store;
beforeAll(async () => {
  started = await storeEngines()
    .find(({ missing }) => !missing)!
    .start();
  store = await openStore(await started.newStore());
});
afterAll(async () => {
  await store?.close();
  await started?.stop();
});

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
const body = (traceId: string, padding: number) => ({
  resourceSpans: [
    {
      resource: { attributes: [text("service.name", "shop")] },
      scopeSpans: [
        {
          spans: [
            { spanId: "no id", name: "lost" },
            {
              traceId,
              spanId: "a".repeat(16),
              name: "call",
              startTimeUnixNano: "1700000000000000000",
              endTimeUnixNano: "1700000001000000000",
              attributes: [
                text("gen_ai.operation.name", "chat"),
                text("gen_ai.request.model", "gpt-4o"),
                { key: "gen_ai.usage.input_tokens", value: { intValue: "1000" } },
                { key: "gen_ai.usage.output_tokens", value: { intValue: "0" } },
                text("input.value", "the code word is xylophone-42"),
                text("image", `data:image/png;base64,${Buffer.alloc(9000, 7).toString("base64")}`),
                text("padding", "words ".repeat(padding)),
              ],
            },
          ],
        },
      ],
    },
  ],
});

test.each([
  ["here", 10],
  ["in a thread of its own", 100_000],
])("an export that is read %s keeps what is good, says what is not, and no secret", async (_, padding) => {
  addSecret("xylophone-42");
  const traceId = crypto.randomUUID().replaceAll("-", "");
  const bytes = Buffer.from(JSON.stringify(body(traceId, padding)));
  const rejected = await takeOtlpExport(store, { bytes, encoding: "json", prices: builtinPrices });
  expect(rejected).toEqual([expect.stringContaining('"lost"')]);
  const trace = await getTrace(store, traceId);
  expect(trace).toMatchObject({ spans: 1, costUsd: 0.0025 });
  expect(JSON.stringify(trace.roots)).not.toMatch(/xylophone|base64/);
  expect(JSON.stringify(trace.roots)).toContain("/api/blobs/");
});

test.each([
  ["json", "here", "{ broken", "no JSON"],
  ["json", "in a thread of its own", `${" ".repeat(600_000)}{ broken`, "no JSON"],
  ["protobuf", "in a thread of its own", "\xff".repeat(600_000), "ExportTraceServiceRequest"],
] as const)("a broken %s body that is read %s is refused", async (encoding, _, given, says) => {
  const bytes = Buffer.from(given, "latin1");
  await expect(takeOtlpExport(store, { bytes, encoding, prices: builtinPrices })).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining(says),
  });
});
