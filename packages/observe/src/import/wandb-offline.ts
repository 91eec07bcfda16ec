import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError } from "@loam/core";
import { runs, type Store } from "@loam/store";
import { and, eq } from "drizzle-orm";
import { putFile } from "../ingest/files.ts";
import { parseRelaxedJson } from "../runs/relaxed-json.ts";
import { putLines } from "../runs/run-lines.ts";
import { createRun, updateRun } from "../runs/write-runs.ts";
import type { Imported } from "./mlflow-runs.ts";
import { below, filesBelow } from "./read-folder.ts";
import { type Items, readWandbFile, type WandbRecord } from "./wandb-records.ts";

/**
 * Offline runs of W&B: a `wandb` folder, one `offline-run-…`, or one `.wandb` file. Each goes to the project it was
 * begun in, under its own id; doing it again, or `wandb sync` after it, changes nothing.
 *
 * @throws {InputError} when there is none.
 */
export async function importWandb(
  store: Store,
  path: string,
  { project }: { project?: string } = {},
): Promise<Imported> {
  const files = await filesBelow(path, (name) => name.endsWith(".wandb"));
  if (files.length === 0)
    throw new InputError("no_wandb_file", `${path} holds no offline run of W&B.`, {
      hint: "give the folder `wandb` with its `offline-run-…`",
    });
  const imported: Imported = { runs: [], files: 0 };
  // `latest-run` is a link to one of the others; a run that was resumed has several files, in the order of their names.
  for (const file of files.filter((name) => !name.includes("latest-run")))
    await importRun(store, file, project, imported);
  return imported;
}

async function importRun(store: Store, file: string, project: string | undefined, imported: Imported): Promise<void> {
  const records = readWandbFile(await readFile(file), file);
  const declared = records.findLast((record) => record.type === "run");
  if (!declared) return;
  const externalId = declared.id || /run-([^.]+)\.wandb$/.exec(basename(file))?.[1] || basename(file);
  const experiment = project ?? (declared.project || "uncategorized");
  const { _wandb, ...params } = nested(
    records.flatMap((record) =>
      record.type === "run" ? record.config : record.type === "config" ? record.values : [],
    ),
  );
  const made = await createRun(store, {
    ...{ id: randomBytes(16).toString("hex"), kind: "wandb", experiment, externalId, params },
    name: declared.name || externalId,
    startedAt: declared.startMs === undefined ? undefined : new Date(declared.startMs),
    origin: {
      ...(declared.group ? { group: declared.group } : {}),
      ...(declared.notes ? { notes: declared.notes } : {}),
      ...(declared.tags.length > 0 ? { tags: declared.tags } : {}),
      ...(declared.sweep ? { sweep: declared.sweep } : {}),
      ...(_wandb === undefined ? {} : { wandb_config: _wandb }),
    },
  });
  const [row] = await store.db
    .select({ id: runs.id, summary: runs.summary })
    .from(runs)
    .where(and(eq(runs.experiment, experiment), eq(runs.externalId, externalId)));
  const { id } = row!;
  const history = records.flatMap((record) => (record.type === "history" ? [historyLine(record)] : []));
  const stats = records.flatMap((record) => (record.type === "stats" ? [statsLine(record)] : []));
  const output = records.flatMap((record) => (record.type === "output" ? record.line.split(/(?<=\n)/) : []));
  await store.db.transaction(async (tx) => {
    await putLines(tx, id, "history", 0, history);
    await putLines(tx, id, "events", 0, stats);
    await putLines(
      tx,
      id,
      "output",
      0,
      output.map((text) => text.replace(/\n$/, "")),
    );
  });
  const exit = records.findLast((record) => record.type === "exit");
  const summary = nested(records.flatMap((record) => (record.type === "summary" ? record.values : [])));
  await updateRun(store, id, {
    summary: { ...row!.summary, ...summary },
    status: exit === undefined ? "failed" : exit.code === 0 ? "finished" : "failed",
    finishedAt: new Date(lastTime(history) ?? Date.now()),
  });
  const folder = join(dirname(file), "files");
  for (const path of await filesBelow(folder, () => true).catch(() => [])) {
    await putFile(store, { scope: `run/${id}`, path: below(folder, path), bytes: await readFile(path) });
    imported.files++;
  }
  imported.runs.push({ id, name: declared.name || externalId, isNew: made, points: history.length });
}

/** As the online client sends it: one JSON object a row. */
function historyLine({ values, step }: Extract<WandbRecord, { type: "history" }>): string {
  const hasStep = values.some(([path]) => path[0] === "_step");
  return jsonOf(step === undefined || hasStep ? values : [...values, [["_step"], String(step)]]);
}

function statsLine({ values, timeMs }: Extract<WandbRecord, { type: "stats" }>): string {
  const named = values.map(([path, json]): Items[number] => [[`system.${path.join(".")}`], json]);
  return jsonOf([...named, [["_timestamp"], String(timeMs / 1000)]]);
}

type Tree = Map<string, string | Tree>;

/** The values as one object, their texts as they are: a bare NaN stays one. */
function jsonOf(items: Items): string {
  const root: Tree = new Map();
  for (const [path, json] of items) {
    let at = root;
    for (const name of path.slice(0, -1)) {
      let inner = at.get(name);
      if (!(inner instanceof Map)) at.set(name, (inner = new Map()));
      at = inner;
    }
    at.set(path.at(-1)!, json);
  }
  const write = (tree: Tree): string =>
    `{${[...tree].map(([name, value]) => `${JSON.stringify(name)}:${typeof value === "string" ? value : write(value)}`).join(",")}}`;
  return write(root);
}

function nested(items: Items): Record<string, unknown> {
  return parseRelaxedJson(jsonOf(items)) as Record<string, unknown>;
}

function lastTime(history: readonly string[]): number | undefined {
  const seconds = /"_timestamp":([\d.e+]+)/.exec(history.at(-1) ?? "")?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
