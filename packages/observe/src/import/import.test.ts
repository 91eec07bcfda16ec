import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { openStore, type Store } from "@loam/store";
import { newHome } from "@loam/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listFiles } from "../ingest/files.ts";
import { curvesOf } from "../runs/curves.ts";
import { linesOf } from "../runs/run-lines.ts";
import { searchRuns } from "../runs/search-runs.ts";
import { importRuns } from "./import-path.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-import-"));
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

const write = (path: string, bytes: string | Uint8Array) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), bytes);
};
/** Every curve of an experiment's runs, with its values. */
const curves = async (experiment: string) => {
  const [run] = await searchRuns(store, { experiments: [experiment] });
  const found = await curvesOf(store, [run!.id]);
  return {
    run: run!,
    values: Object.fromEntries(found.map(({ key, points }) => [key, points.map(({ value }) => value)])),
  };
};

test("an mlruns folder comes in once, with its points, parameters, tags and files", async () => {
  write("mlruns/7/meta.yaml", "experiment_id: '7'\nname: from folder\nlifecycle_stage: active\n");
  const run = `mlruns/7/${"ab".repeat(16)}`;
  write(
    `${run}/meta.yaml`,
    `run_id: ${"ab".repeat(16)}\nrun_name: r1\nstatus: 3\nstart_time: 1700000000000\nend_time: 1700000001000\n`,
  );
  write(`${run}/metrics/loss/x`, "1700000000000 0.5 0\n1700000000001 nan 1\n1700000000002 -inf 2\n");
  write(`${run}/params/lr`, "0.1");
  write(`${run}/tags/team`, "a");
  write(`${run}/artifacts/a/b.txt`, "hello");
  const first = await importRuns(store, "mlflow", folder);
  expect(first).toMatchObject({ runs: [{ name: "r1", isNew: true, points: 3 }], files: 1 });
  expect(await importRuns(store, "mlflow", join(folder, "mlruns"))).toMatchObject({ runs: [{ isNew: false }] });
  const { run: found, values } = await curves("from folder");
  expect(values).toEqual({ "loss/x": [0.5, Number.NaN, Number.NEGATIVE_INFINITY] });
  expect(found).toMatchObject({ status: "finished", params: { lr: "0.1" }, tags: { team: "a" } });
  expect(await listFiles(store, `run/${found.id}`)).toMatchObject([{ path: "a/b.txt", sizeBytes: 5 }]);
});

test("an mlflow.db comes in once; another database is refused by name", async () => {
  const database = new DatabaseSync(join(folder, "mlflow.db"));
  database.exec(`create table experiments (experiment_id integer, name text);
    create table runs (run_uuid text, name text, status text, start_time int, end_time int, lifecycle_stage text, artifact_uri text, experiment_id int);
    create table metrics (key text, value real, timestamp int, run_uuid text, step int, is_nan int);
    create table params (key text, value text, run_uuid text); create table tags (key text, value text, run_uuid text);
    insert into experiments values (3, 'from database');
    insert into runs values ('${"cd".repeat(16)}', 'r2', 'FAILED', 1700000000000, 1700000002000, 'active', 's3://x/y', 3);
    insert into metrics values ('loss', 1.5, 1, '${"cd".repeat(16)}', 0, 0), ('loss', 0, 2, '${"cd".repeat(16)}', 1, 1),
      ('loss', 1.7976931348623157e308, 3, '${"cd".repeat(16)}', 2, 0);
    insert into params values ('lr', '0.3', '${"cd".repeat(16)}')`);
  database.close();
  for (const isNew of [true, false])
    expect(await importRuns(store, "mlflow", join(folder, "mlflow.db"))).toMatchObject({
      runs: [{ isNew, points: 3 }],
    });
  const { run, values } = await curves("from database");
  expect(values).toEqual({ loss: [1.5, Number.NaN, Number.POSITIVE_INFINITY] });
  expect(run.status).toBe("failed");
  write("other.db", "no database");
  await expect(importRuns(store, "mlflow", join(folder, "other.db"))).rejects.toMatchObject({
    code: "no_mlflow_database",
  });
});

/** A file of W&B: its header, and records in blocks of 32 KiB, split where they do not fit. */
function wandbFile(records: Uint8Array[]): Uint8Array {
  const parts: Buffer[] = [Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00])];
  let at = 7;
  for (const record of records) {
    let rest = Buffer.from(record);
    let isFirst = true;
    do {
      let left = 32_768 - (at % 32_768);
      if (left < 7) {
        parts.push(Buffer.alloc(left));
        at += left;
        left = 32_768;
      }
      const data = rest.subarray(0, left - 7);
      rest = rest.subarray(data.length);
      const type = isFirst ? (rest.length === 0 ? 1 : 2) : rest.length === 0 ? 4 : 3;
      const header = Buffer.alloc(7);
      header.writeUInt16LE(data.length, 4);
      header[6] = type;
      parts.push(header, data);
      at += 7 + data.length;
      isFirst = false;
    } while (rest.length > 0);
  }
  return Buffer.concat(parts);
}
const item = (writer: BinaryWriter, path: string[], json: string) => {
  writer.tag(1, 2).fork();
  if (path.length === 1) writer.tag(1, 2).string(path[0]!);
  else for (const name of path) writer.tag(2, 2).string(name);
  writer.tag(16, 2).string(json).join();
};
const record = (field: number, fill: (writer: BinaryWriter) => void) => {
  const writer = new BinaryWriter();
  writer.tag(field, 2).fork();
  fill(writer);
  return writer.join().finish();
};

test("an offline run of W&B comes in once, records over several blocks and all", async () => {
  const long = "x".repeat(70_000);
  const bytes = wandbFile([
    record(17, (w) => {
      w.tag(1, 2).string("abc123").tag(3, 2).string("offline").tag(8, 2).string("first").tag(10, 2).string("tag");
      w.tag(4, 2).fork();
      item(w, ["lr"], "0.1");
      item(w, ["note"], JSON.stringify(long));
      w.join();
    }),
    ...[0.5, Number.NaN].map((loss, step) =>
      record(2, (w) => {
        item(w, ["loss"], String(loss));
        item(w, ["h", "bins"], "[1,2]");
        item(w, ["_step"], String(step));
        item(w, ["_timestamp"], "1700000000.5");
      }),
    ),
    record(13, (w) => w.tag(3, 2).string("hello\n")),
    record(3, (w) => item(w, ["best"], "3")),
    record(18, (w) => w.tag(1, 0).int32(0)),
  ]);
  write("wandb/offline-run-1/run-abc123.wandb", bytes);
  write("wandb/offline-run-1/files/config.yaml", "a: 1");
  write("wandb/offline-run-2/run-cut.wandb", bytes.subarray(0, 60_000));
  for (const isNew of [true, false])
    expect((await importRuns(store, "wandb", join(folder, "wandb"))).runs).toMatchObject([
      { name: "first", isNew, points: 2 },
    ]);
  const { run, values } = await curves("offline");
  expect(values).toEqual({ loss: [0.5, Number.NaN] });
  expect(run).toMatchObject({
    externalId: "abc123",
    status: "finished",
    params: { lr: 0.1, note: long },
    summary: { best: 3 },
  });
  expect(await linesOf(store, run.id, "output")).toEqual(["hello"]);
  expect(JSON.parse((await linesOf(store, run.id, "history"))[0]!)).toMatchObject({ h: { bins: [1, 2] }, _step: 0 });
  await expect(importRuns(store, "wandb", join(folder, "mlruns"))).rejects.toMatchObject({ code: "no_wandb_file" });
  await expect(importRuns(store, "tensorboard", join(folder, "nothing"))).rejects.toMatchObject({ code: "not_found" });
});
