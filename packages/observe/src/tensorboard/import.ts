import { createHash } from "node:crypto";
import { posix } from "node:path";
import { InputError } from "@loam/core";
import { runs, runTexts, type Store } from "@loam/store";
import { and, eq, sql } from "drizzle-orm";
import { checkPath, putFile } from "../ingest/files.ts";
import { type MetricPoint, writePoints } from "../runs/points.ts";
import { createRun, updateRun } from "../runs/write-runs.ts";
import { readEvent, type TensorboardEvent } from "./events.ts";
import { readRecords } from "./records.ts";

/** A file of a log folder: its path below it, and its bytes. */
export interface LogFile {
  path: string;
  bytes: Uint8Array;
}

export interface ImportedRun {
  id: string;
  name: string;
  points: number;
  /** Files that ended within a record, as one does that is being written. */
  truncated: string[];
  /** Files that could not be read, and why. */
  damaged: string[];
}

/**
 * Event files as runs: each folder is one, named by its path. Doing it again adds only what is new, to the same runs.
 *
 * @throws {InputError} when no file could be read.
 */
export async function importTensorboard(
  store: Store,
  files: readonly LogFile[],
  experiment: string,
): Promise<ImportedRun[]> {
  const folders = Map.groupBy(files, ({ path }) => {
    checkPath(path);
    return posix.dirname(path) === "." ? "run" : posix.dirname(path);
  });
  const imported: ImportedRun[] = [];
  const failures: InputError[] = [];
  for (const [name, group] of folders) {
    const events: TensorboardEvent[] = [];
    const truncated: string[] = [];
    const damaged: string[] = [];
    for (const { path, bytes } of [...group].sort((a, b) => (a.path < b.path ? -1 : 1)))
      try {
        const found = readFile(path, bytes);
        events.push(...found.events);
        if (found.truncated) truncated.push(path);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        failures.push(error);
        damaged.push(error.message);
      }
    if (events.length === 0) continue;
    const run = await writeRun(store, name, events, experiment);
    imported.push({ ...run, truncated, damaged });
  }
  if (imported.length === 0)
    throw (
      failures[0] ??
      new InputError("no_event_file", "There is no event file in what was sent.", {
        hint: "send files called events.out.tfevents.…, with their paths below the log folder",
      })
    );
  return imported;
}

/** The events of a file; what comes before a damaged record is read. */
function readFile(path: string, bytes: Uint8Array): { events: TensorboardEvent[]; truncated: boolean } {
  const { records, truncated } = readRecords(bytes, path);
  try {
    return { events: records.map(readEvent), truncated };
  } catch (cause) {
    throw new InputError("invalid_event", `${path}: a record is no event (${(cause as Error).message}).`, {
      hint: "the file may be cut or not be one of TensorBoard; give its folder's other files",
      cause,
    });
  }
}

async function writeRun(
  store: Store,
  name: string,
  events: readonly TensorboardEvent[],
  experiment: string,
): Promise<{ id: string; name: string; points: number }> {
  const times = events.map(({ wallTime }) => wallTime * 1000);
  const startedAt = new Date(times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY));
  const finishedAt = new Date(times.reduce((a, b) => Math.max(a, b), 0));
  await createRun(store, {
    id: createHash("sha256").update(`tensorboard\n${experiment}\n${name}`).digest("hex").slice(0, 32),
    kind: "tensorboard",
    experiment,
    name,
    externalId: name,
    startedAt,
    status: "finished",
  });
  const [run] = await store.db
    .select({ id: runs.id, params: runs.params })
    .from(runs)
    .where(and(eq(runs.experiment, experiment), eq(runs.externalId, name)));
  const { id, params } = run!;
  const points: MetricPoint[] = [];
  const hparams: Record<string, unknown> = {};
  const texts = new Map<string, { tag: string; step: number; text: string; time: Date }>();
  for (const { wallTime, step, values } of events)
    for (const value of values) {
      const timeMs = Math.round(wallTime * 1000);
      if (value.type === "scalar") points.push({ key: value.tag, step, timeMs, value: value.value });
      else if (value.type === "hparams") Object.assign(hparams, value.values);
      else if (value.type === "text")
        texts.set(`${value.tag} ${step}`, { tag: value.tag, step, text: value.text, time: new Date(timeMs) });
      else await putMedia(store, id, value, step, timeMs);
    }
  await store.db.transaction(async (tx) => {
    await writePoints(tx, id, points);
    for (const text of texts.values())
      await tx
        .insert(runTexts)
        .values({ runId: id, ...text })
        .onConflictDoUpdate({ target: [runTexts.runId, runTexts.tag, runTexts.step], set: { text: text.text } });
  });
  await updateRun(store, id, {
    finishedAt,
    ...(Object.keys(hparams).length > 0 ? { params: { ...params, ...hparams } } : {}),
  });
  await store.db
    .update(runs)
    .set({ startedAt: sql`least(${runs.startedAt}, ${startedAt.toISOString()}::timestamptz)` })
    .where(eq(runs.id, id));
  return { id, name, points: points.length };
}

/** Media are files of the run: `media/<type>/<tag>/<step>.<ending>`. */
async function putMedia(
  store: Store,
  runId: string,
  value: Extract<TensorboardEvent["values"][number], { type: "image" | "audio" | "histogram" }>,
  step: number,
  timeMs: number,
): Promise<void> {
  const folder = `media/${value.type}/${encodeURIComponent(value.tag).replaceAll(".", "%2E")}`;
  const file =
    value.type === "histogram"
      ? {
          ending: "json",
          bytes: Buffer.from(JSON.stringify({ ...value.histogram, timeMs })),
          contentType: "application/json",
        }
      : value.type === "image"
        ? { ending: imageEnding(value.bytes), bytes: value.bytes, contentType: `image/${imageEnding(value.bytes)}` }
        : { ending: "wav", bytes: value.bytes, contentType: value.contentType };
  const path = `${folder}/${step}.${file.ending}`;
  await putFile(store, { scope: `run/${runId}`, path, bytes: file.bytes, contentType: file.contentType });
}

function imageEnding(bytes: Uint8Array): "png" | "jpeg" | "gif" {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return "jpeg";
  return bytes[0] === 0x47 ? "gif" : "png";
}
