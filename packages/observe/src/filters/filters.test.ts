import { openStore, type Store } from "@loam/store";
import { newHome } from "@loam/store/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeSpans } from "../ingest/span-writer.ts";
import { builtinPrices } from "../prices/prices.ts";
import { recordOfPlain } from "../record/span-record.ts";
import { searchRuns } from "../runs/search-runs.ts";
import { createRun, logToRun } from "../runs/write-runs.ts";
import { querySpans } from "../spans/query-spans.ts";
import { langsmithFilter } from "./langsmith-filter.ts";
import { parseMlflowFilter } from "./mlflow-filter.ts";
import { runFilter, runOrder } from "./run-filter.ts";

let store: Store;
beforeAll(async () => {
  store = await openStore({ home: await newHome(), databaseUrl: "", blobUrl: "", durability: "process" });
});
afterAll(async () => await store.close());

describe("over runs", () => {
  beforeAll(async () => {
    for (const [i, value] of [0.1, 0.2, Number.NaN, Number.POSITIVE_INFINITY].entries()) {
      await createRun(store, {
        id: `r${i}`,
        kind: "test",
        experiment: "e",
        name: `n${i}`,
        params: { opt: { name: i % 2 ? "sgd" : "adam" } },
      });
      await logToRun(store, `r${i}`, {
        points: [{ key: "MAP@10 🚀", step: 0, timeMs: 1, value }],
        params: [{ key: "lr", value: String(i) }],
        tags: { 'q"uote': "it's" },
      });
    }
  });
  const ids = async (filter: string, order: string[] = ["attributes.run_id"]) =>
    (await searchRuns(store, { experiments: ["e"], where: runFilter(filter), orderBy: runOrder(order) })).map(
      ({ id }) => id,
    );

  test.each([
    ["metrics.`MAP@10 🚀` < 0.15", ["r0"]],
    ["metrics.`MAP@10 🚀` >= 0.2", ["r1", "r3"]],
    ["metrics.`MAP@10 🚀` < 1e9 and params.lr = '1'", ["r1"]],
    ["params.lr IN ('0', '3')", ["r0", "r3"]],
    ["params.lr NOT IN ('0', '3')", ["r1", "r2"]],
    ["params.opt.name = 'adam'", ["r0", "r2"]],
    ["tags.`q\"uote` = 'it''s'", ["r0", "r1", "r2", "r3"]],
    ["attributes.run_name ILIKE 'N1'", ["r1"]],
    ["run_name LIKE 'n%' AND status = 'RUNNING'", ["r0", "r1", "r2", "r3"]],
    ["", ["r0", "r1", "r2", "r3"]],
  ])("%s", async (filter, expected) => {
    expect(await ids(filter)).toEqual(expected);
  });

  test("NaN is ordered after every number, and what has no value last", async () => {
    expect(await ids("", ["metrics.`MAP@10 🚀` DESC"])).toEqual(["r3", "r1", "r0", "r2"]);
  });

  test.each([
    ["metrics.loss <<< 3", /"< 3"|<< 3/],
    ["params.x = 3 or 1=1", /"or 1=1"/],
    ["tags.x = 'a' ; DROP TABLE runs", /"; DROP TABLE runs"/],
    ["params.x = 3", /in quotes/],
    ["nothing.x = 'a'", /nothing/],
    ["metrics.x LIKE 1", /numbers are compared/],
    ["tags.x = 'a", /ends with '/],
  ])("%s is refused by what is wrong with it", (filter, message) => {
    expect(() => runFilter(filter)).toThrow(message);
  });

  test("quotes, escapes and lists are read as values", () => {
    expect(parseMlflowFilter("tags.a = 'it''s; --' and metrics.b IN (1, -2.5e3)")).toMatchObject([
      { entity: "tags", key: "a", operator: "=", value: "it's; --" },
      { entity: "metrics", key: "b", operator: "IN", value: [1, -2500] },
    ]);
  });
});

describe("over spans", () => {
  beforeAll(async () => {
    const span = (i: number, attributes: Record<string, unknown>, status: "ok" | "error" = "ok") =>
      recordOfPlain(
        {
          ...{
            traceId: "a".repeat(32),
            spanId: i.toString(16).padStart(16, "0"),
            parentSpanId: i === 1 ? null : "1".padStart(16, "0"),
          },
          ...{
            name: `s${i}`,
            startUs: 1.7e15 + i,
            endUs: 1.7e15 + i + i * 1e6,
            status,
            statusMessage: status === "error" ? "boom" : null,
          },
          ...{ attributes, events: [], resource: {} },
        },
        { prices: builtinPrices, project: "p" },
      );
    await writeSpans(store, [
      span(1, { "openinference.span.kind": "CHAIN", "tag.tags": ["beta"], metadata: '{"customer":"acme"}' }),
      span(2, {
        "openinference.span.kind": "LLM",
        "llm.token_count.prompt": 7,
        "input.value": 'what is (it), "really"?',
      }),
      span(3, { "openinference.span.kind": "TOOL" }, "error"),
    ]);
  });

  test.each([
    ['eq(name, "s1")', ["s1"]],
    ['and(eq(run_type, "llm"), gt(latency, "1.5s"))', ["s2"]],
    ['or(eq(status, "error"), has(tags, "beta"))', ["s1", "s3"]],
    ['has(metadata, \'{"customer": "acme"}\')', ["s1"]],
    ['and(eq(metadata_key, "customer"), eq(metadata_value, "acme"))', ["s1"]],
    ['in(name, ["s2", "s3"])', ["s2", "s3"]],
    ["not(eq(is_root, true))", ["s2", "s3"]],
    ['search("(it), \\"really\\"")', ["s2"]],
    ["gte(total_tokens, 7)", ["s2"]],
    ["eq(error, null)", ["s1", "s2"]],
    ["lt(latency, 1500)", ["s1", "s2", "s3"]],
  ])("%s", async (filter, expected) => {
    const found = await querySpans(store, langsmithFilter(filter), { limit: 10, order: "asc" });
    expect(found.map(({ name }) => name)).toEqual(expected);
  });

  test.each([
    ['eq(name, "x"', /`,` or `\)`/],
    ['eq(nothing, "x")', /no field `nothing`/],
    ['drop(table, "spans")', /no function `drop`/],
    ["eq(name", /`,` or `\)`|takes a field/],
    [`${"not(".repeat(60)}eq(name,"x")${")".repeat(60)}`, /nested more than 50/],
    ['eq(name, "x") or 1=1', /left over/],
  ])("%s is refused by what is wrong with it", (filter, message) => {
    expect(() => langsmithFilter(filter)).toThrow(message);
  });
});
