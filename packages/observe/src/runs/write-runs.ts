import { InputError, NotFoundError } from "@loam/core";
import { projects, type RunStatus, runs, type Store } from "@loam/store";
import { eq, sql } from "drizzle-orm";
import { ensureProject } from "../projects/projects.ts";
import { redact } from "../secrets/redact.ts";
import { redactText } from "../secrets/secrets.ts";
import { type MetricPoint, writePoints } from "./points.ts";

/** A run as a client declares it. */
export interface NewRun {
  id: string;
  /** Which client's: `mlflow`, `wandb`, `tensorboard`. */
  kind: string;
  experiment: string;
  name: string;
  params?: Record<string, unknown>;
  tags?: Record<string, string>;
  summary?: Record<string, unknown>;
  status?: RunStatus;
  startedAt?: Date;
  externalId?: string;
  origin?: Record<string, unknown>;
}

/** Begins a run. One of the same id, or of the same name of its client's in the experiment, stays as it is. @returns whether it is new. */
export async function createRun(store: Store, run: NewRun): Promise<boolean> {
  await ensureProject(store, run.experiment);
  const { startedAt = new Date(), ...rest } = run;
  const made = await store.db
    .insert(runs)
    .values({
      ...rest,
      name: redactText(rest.name),
      params: cleanParams(rest.params ?? {}),
      tags: cleanTags(rest.tags ?? {}),
      summary: rest.summary ?? {},
      origin: rest.origin ?? {},
      status: rest.status ?? "running",
      startedAt,
    })
    .onConflictDoNothing()
    .returning({ id: runs.id });
  return made.length > 0;
}

/** What one call logs. */
export interface RunBatch {
  points?: readonly MetricPoint[];
  params?: readonly { key: string; value: string }[];
  tags?: Record<string, string>;
}

/** A parameter of a run was already given another value. */
class ParamChangedError extends InputError {
  constructor(key: string, before: unknown, now: string) {
    super(
      "param_changed",
      `Changing param values is not allowed. Param with key=${JSON.stringify(key)} was already logged with value=${JSON.stringify(before)?.slice(0, 200)}; the attempted value is ${JSON.stringify(now).slice(0, 200)}.`,
      { details: { name: "params" }, hint: "log it under another key, or start another run" },
    );
  }
}

/**
 * Writes points, parameters and tags together: all of them, or none. A parameter keeps the value that it was given
 * first.
 *
 * @throws {NotFoundError} @throws {ParamChangedError}
 */
export async function logToRun(
  store: Store,
  id: string,
  { points = [], params = [], tags = {} }: RunBatch,
): Promise<void> {
  await store.db.transaction(async (tx) => {
    const [run] = await tx
      .select({ params: runs.params, deletedAt: runs.deletedAt, projectDeletedAt: projects.deletedAt, name: runs.name })
      .from(runs)
      .leftJoin(projects, eq(projects.name, runs.experiment))
      .where(eq(runs.id, id))
      .for("update", { of: runs });
    if (!run) throw new NotFoundError("run", id);
    if (run.deletedAt || run.projectDeletedAt)
      throw new InputError("run_deleted", `The run ${id} must be in the 'active' state; it is deleted.`, {
        hint: "restore it first",
      });
    const added: Record<string, unknown> = {};
    for (const { key, value } of params) {
      const clean = cleanParam(key, value);
      const before = Object.hasOwn(added, key)
        ? added[key]
        : Object.hasOwn(run.params, key)
          ? run.params[key]
          : undefined;
      if (before !== undefined && String(before) !== String(clean)) throw new ParamChangedError(key, before, value);
      define(added, key, clean);
    }
    await writePoints(tx, id, points);
    if (params.length > 0 || Object.keys(tags).length > 0)
      await tx
        .update(runs)
        .set({
          params: sql`${runs.params} || ${sql.param(added, runs.params)}`,
          tags: sql`${runs.tags} || ${sql.param(cleanTags(tags), runs.tags)}`,
          ...(tags["mlflow.runName"] ? { name: tags["mlflow.runName"] } : {}),
        })
        .where(eq(runs.id, id));
  });
}

/** Changes what is given. Params and summary are merged or replaced as a whole. @throws {NotFoundError} */
export async function updateRun(
  store: Store,
  id: string,
  {
    params,
    summary,
    tags,
    origin,
    ...changes
  }: Partial<Pick<NewRun, "name" | "params" | "tags" | "summary" | "status" | "origin" | "startedAt">> & {
    finishedAt?: Date | null;
    deletedAt?: Date | null;
    heartbeatAt?: Date;
    error?: { code: string; message: string } | null;
  },
): Promise<void> {
  const [row] = await store.db
    .update(runs)
    .set({
      ...changes,
      ...(changes.name === undefined ? {} : { name: redactText(changes.name) }),
      ...(params && { params: cleanParams(params) }),
      ...(summary && { summary: redact(summary, wide) as Record<string, unknown> }),
      ...(tags && { tags: sql`${runs.tags} || ${sql.param(cleanTags(tags), runs.tags)}` }),
      ...(origin && { origin: sql`${runs.origin} || ${sql.param(origin, runs.origin)}` }),
    })
    .where(eq(runs.id, id))
    .returning({ id: runs.id });
  if (!row) throw new NotFoundError("run", id);
}

export async function deleteRunTag(store: Store, id: string, key: string): Promise<boolean> {
  const [row] = await store.db
    .update(runs)
    .set({ tags: sql`${runs.tags} - ${key}::text` })
    .where(sql`${runs.id} = ${id} and ${runs.tags} ? ${key}::text`)
    .returning({ id: runs.id });
  return row !== undefined;
}

const wide = {
  maxStringChars: 1024 ** 2,
  maxTotalChars: 16 * 1024 ** 2,
  maxItems: 100_000,
  maxDepth: 60,
  maxNumbers: 100_000,
};

function cleanParams(params: Record<string, unknown>): Record<string, unknown> {
  return redact(params, wide) as Record<string, unknown>;
}

function cleanParam(key: string, value: string): unknown {
  return (redact({ [key]: value }, wide) as Record<string, unknown>)[key] ?? value;
}

function cleanTags(tags: Record<string, string>): Record<string, string> {
  return redact(tags, wide) as Record<string, string>;
}

function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}
