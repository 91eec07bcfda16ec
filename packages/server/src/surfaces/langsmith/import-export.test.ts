import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { builtinPrices, getDataset, listExamples } from "@loam/observe";
import { openStore, type Store, spans } from "@loam/store";
import { newHome } from "@loam/store/testing";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { importLangsmith } from "./import-export.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-langsmith-"));
let home: string;
let store: Store;
beforeAll(async () => {
  home = await newHome();
  store = await openStore({ home, databaseUrl: "", blobUrl: "", durability: "process" });
}, 60_000);
afterAll(async () => {
  await store.close();
  for (const each of [home, folder]) rmSync(each, { recursive: true, force: true });
});

const write = (path: string, content: string | Uint8Array): string => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
  return join(folder, path);
};
const lines = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).join("\n");
const id = (n: number) => `018f0000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const take = (path: string, project?: string) => importLangsmith(store, path, { project, prices: builtinPrices });
const stored = async () => (await store.db.select().from(spans)).sort((a, b) => (a.spanId < b.spanId ? -1 : 1));

test("runs of a list, a child before its parent and none naming its trace, are one trace, and stay so", async () => {
  const times = { start_time: "2026-01-02T03:04:05.123456", end_time: "2026-01-02T03:04:06+00:00" };
  const path = write(
    "runs.jsonl",
    lines([
      {
        id: id(2),
        parent_run_id: id(1),
        name: "call",
        run_type: "llm",
        ...times,
        inputs: { q: "why?" },
        outputs: { a: "so" },
      },
      { id: id(1), name: "root", run_type: "chain", ...times, session_name: "moved", error: "Boom" },
    ]),
  );
  const result = { files: 1, runs: 2, traces: 1, datasets: [] };
  expect(await take(path)).toEqual(result);
  const first = await stored();
  expect(first).toMatchObject([
    { name: "root", status: "error", project: "moved", startUs: 1767323045123456 },
    { name: "call", kind: "llm", input: { q: "why?" }, output: { a: "so" }, parentSpanId: first[0]!.spanId },
  ]);
  expect(first[0]!.traceId).toBe(first[1]!.traceId);
  expect(await take(path)).toEqual(result);
  expect(await stored()).toEqual(first);
});

test("a bulk export's folder of Parquet is read: JSON in columns, times, and what a call used", async () => {
  const column = (name: string, data: unknown[], type?: "STRING" | "TIMESTAMP" | "INT64" | "DOUBLE") =>
    ({ name, data, type }) as never;
  write(
    "bulk/year=2026/month=1/runs.parquet",
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          column("id", [id(10), id(11)], "STRING"),
          column("trace_id", [id(10), id(10)], "STRING"),
          column("parent_run_id", [null, id(10)], "STRING"),
          column("name", ["agent", "gpt"], "STRING"),
          column("run_type", ["chain", "llm"], "STRING"),
          column("start_time", [new Date(1767323045000), new Date(1767323045500)], "TIMESTAMP"),
          column("end_time", [new Date(1767323047000), new Date(1767323046500)], "TIMESTAMP"),
          column("inputs", ['{"question":"why?"}', '{"messages":[]}'], "STRING"),
          column("outputs", ['{"answer":"so"}', null], "STRING"),
          column("extra", [null, '{"metadata":{"ls_model_name":"gpt-4o"}}'], "STRING"),
          column("prompt_tokens", [100n, 100n], "INT64"),
          column("completion_tokens", [7n, 7n], "INT64"),
          column("total_cost", [0.5, 0.5], "DOUBLE"),
        ],
      }),
    ),
  );
  expect(await take(join(folder, "bulk"), "bulk")).toMatchObject({ runs: 2, traces: 1 });
  const found = (await stored()).filter(({ project }) => project === "bulk");
  expect(found).toMatchObject([
    { name: "agent", input: { question: "why?" }, output: { answer: "so" }, startUs: 1767323045e6, inputTokens: null },
    { name: "gpt", model: "gpt-4o", inputTokens: 100, outputTokens: 7, costUsd: 0.5, endUs: 17673230465e5 },
  ]);
});

test("datasets come with their examples, with ids or without, and again nothing changes", async () => {
  const same = { inputs: { q: "1+1" }, outputs: { a: "2" } };
  write("sets/sums.jsonl", lines([same, same, { inputs: { q: "2+2" }, metadata: { dataset_split: ["test"] } }]));
  write("sets/listed.json", JSON.stringify([{ id: id(20), dataset_id: id(21), dataset_name: "listed", ...same }]));
  write("sets/whole.json", JSON.stringify({ name: "whole", examples: [same] }));
  write("sets/table.csv", "input_question,output_answer\nwhy?,so\n");
  const counts = (isNew: boolean) =>
    [
      ["listed", 1],
      ["sums", 3],
      ["table", 1],
      ["whole", 1],
    ].map(([name, examples]) => ({ name, examples, isNew }));
  const sorted = async () => (await take(join(folder, "sets"))).datasets.sort((a, b) => (a.name < b.name ? -1 : 1));
  expect(await sorted()).toEqual(counts(true));
  const read = async (name: string) => await listExamples(store, { datasetId: (await getDataset(store, { name })).id });
  const sums = await read("sums");
  expect(sums).toMatchObject([same, same, { inputs: { q: "2+2" }, outputs: null, split: ["test"] }]);
  expect(await read("listed")).toMatchObject([{ id: id(20), datasetId: id(21), ...same }]);
  expect(await read("table")).toMatchObject([{ inputs: { question: "why?" }, outputs: { answer: "so" } }]);
  expect(await sorted()).toEqual(counts(false));
  expect(await read("sums")).toEqual(sums);
});

test("what is neither is refused by file and row, and so is a folder without an export", async () => {
  const path = write("odd.jsonl", lines([{ inputs: {} }, { note: 1 }]));
  await expect(take(path)).rejects.toThrow(`${path}, row 2: neither a run nor an example.`);
  mkdirSync(join(folder, "empty"));
  await expect(take(join(folder, "empty"))).rejects.toThrow("holds no export");
  await expect(take(join(folder, "gone.jsonl"))).rejects.toThrow("gone.jsonl");
});
