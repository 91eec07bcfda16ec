import { InputError } from "@loam/core";
import {
  ensureProject,
  listProjects,
  type NewFeedback,
  type PriceTable,
  putFeedback,
  putFile,
  tracesOfSpans,
  writeSpans,
} from "@loam/observe";
import type { Store } from "@loam/store";
import { parseJson } from "../../http/read-bytes.ts";
import type { Part } from "../../http/read-multipart.ts";
import { readFeedback } from "./feedback.ts";
import { isUuid, spanIdOf, uuidOf } from "./ids.ts";
import { type Json, readRun } from "./read-run.ts";

/** What one request brings. */
export interface Batch {
  post: Json[];
  patch: Json[];
  feedback: Json[];
  attachments: { runId: string; name: string; contentType: string; bytes: Uint8Array }[];
}

const fields = new Set(["inputs", "outputs", "events", "extra", "serialized", "error", "attachments"]);

/**
 * The parts of `POST /runs/multipart`: `post.<id>` and `patch.<id>` with their larger fields in parts of their own,
 * `attachment.<id>.<name>`, `feedback.<id>`.
 *
 * @throws {InputError} naming the part that is not understood.
 */
export function readParts(parts: readonly Part[]): Batch {
  const runs = { post: new Map<string, Json>(), patch: new Map<string, Json>() };
  const batch: Batch = { post: [], patch: [], feedback: [], attachments: [] };
  for (const { name, contentType, bytes } of parts) {
    const [, kind, id, rest] = /^(post|patch|attachment|feedback)\.([^.]+)(?:\.(.+))?$/.exec(name) ?? [];
    if (!kind || !isUuid(id)) throw unknownPart(name);
    if (kind === "attachment") {
      if (!rest) throw unknownPart(name);
      batch.attachments.push({ runId: id, name: rest, contentType: contentType.replace(/;?\s*length=\d+/, ""), bytes });
      continue;
    }
    const value = bytes.length === 0 && rest ? null : parsePart(name, bytes);
    if (kind === "feedback") {
      batch.feedback.push(object(name, value));
      continue;
    }
    const group = runs[kind as "post" | "patch"];
    const run = group.get(id) ?? { id };
    if (rest === undefined) Object.assign(run, { ...object(name, value), ...run, id });
    else if (fields.has(rest)) run[rest] = value;
    else throw unknownPart(name);
    group.set(id, run);
  }
  batch.post.push(...runs.post.values());
  batch.patch.push(...runs.patch.values());
  return batch;
}

function parsePart(name: string, bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch (cause) {
    throw new InputError("invalid_part", `The part ${JSON.stringify(name.slice(0, 80))} is no JSON.`, {
      hint: "the other parts of the batch were kept; send this one again",
      cause,
    });
  }
}

function object(name: string, value: unknown): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new InputError("invalid_part", `${JSON.stringify(name.slice(0, 80))} is no JSON object.`, {
    hint: "send an object for each run",
  });
}

function unknownPart(name: string): InputError {
  return new InputError("invalid_part", `The part ${JSON.stringify(name.slice(0, 100))} is not understood.`, {
    hint: "parts are called post.<uuid>, patch.<uuid>, either with .inputs, .outputs, .events, .extra, .error or .serialized, attachment.<uuid>.<name>, and feedback.<uuid>",
  });
}

/** Writes what a request brings; answers when it is committed. */
export async function writeBatch(store: Store, batch: Batch, prices: PriceTable): Promise<void> {
  const runs = [...batch.post, ...batch.patch];
  const lost = runs.filter((run) => !run.trace_id && !run.dotted_order);
  const traces = await tracesOfSpans(
    store,
    lost.flatMap((run) => [run.id, run.parent_run_id].filter(isUuid).map((id) => spanIdOf(id))),
  );
  const projects = await projectsOf(store, runs);
  const context = {
    prices,
    traceOf: (spanId: string) => traces.get(spanId),
    projectOf: (sessionId: string) => projects.get(uuidOf(sessionId, "session_id")),
  };
  const records = [
    ...batch.post.map((run) => readRun(run, "post", context)),
    ...batch.patch.map((run) => readRun(run, "patch", context)),
  ];
  const judgements: NewFeedback[] = batch.feedback.map((each) => readFeedback(each));
  for (const { runId, name, contentType, bytes } of batch.attachments)
    await putFile(store, { scope: `span/${spanIdOf(runId)}`, path: name, bytes, contentType });
  await writeSpans(store, records, { prices });
  await putFeedback(store, judgements);
}

/**
 * The names of the projects that runs know by their id alone. One that nobody has made yet is made under its id, and takes its
 * name when `POST /sessions` says it: clients do that in either order.
 */
async function projectsOf(store: Store, runs: readonly Json[]): Promise<Map<string, string>> {
  const given = runs.filter((run) => !run.session_name).map((run) => run.session_id);
  const ids = [...new Set(given.filter(isUuid).map((id) => uuidOf(id, "session_id")))];
  if (ids.length === 0) return new Map();
  const find = async () => {
    const found = await listProjects(store, { ids, deleted: "show", limit: ids.length });
    return new Map(found.map(({ uuid, name }) => [uuid, name]));
  };
  const known = await find();
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length === 0) return known;
  for (const id of unknown) await ensureProject(store, id, { uuid: id });
  return await find();
}
