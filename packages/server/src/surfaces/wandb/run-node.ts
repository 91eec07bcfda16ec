import {
  type Artifact,
  artifactsOfRun,
  currentValues,
  findProject,
  historyCounts,
  lastLines,
  lineCounts,
  linesOf,
  listFiles,
  type Project,
  parseRelaxedJson,
  pointsOf,
  type StoredFile,
  type StoredRun,
  updateRun,
} from "@loam/observe";
import type { Store } from "@loam/store";
import { connection, type Node } from "./execute.ts";
import { storageLink } from "./storage.ts";

/** Everything belongs to one entity: whoever runs this server. */
export const entity = "loam";

export type Json = Record<string, unknown>;

/** What nodes need to answer. */
export interface Graph {
  store: Store;
  /** `http://127.0.0.1:4545`, as the client reached us. */
  origin: string;
  /** An artifact as a node: runs lead to artifacts, and artifacts to runs. */
  artifactNode(artifact: Artifact): Node;
}

export const userNode: Node = { id: entity, name: entity, username: entity, email: "", photoUrl: "" };

const states: Record<string, string> = {
  running: "running",
  queued: "pending",
  finished: "finished",
  failed: "failed",
  cancelled: "killed",
  interrupted: "crashed",
};

/** The name by which W&B's clients know a run: their own id, or ours for runs of others. */
export function nameOf(run: StoredRun): string {
  return run.externalId ?? run.id;
}

export function projectInfo(name: string, project?: Project): Node {
  return {
    __typename: "Project",
    id: `project:${name}`,
    internalId: String(project?.id ?? 0),
    name,
    entityName: entity,
    entity: entityInfo,
    createdAt: project?.createdAt.toISOString() ?? new Date(0).toISOString(),
  };
}

export const entityInfo: Node = {
  id: entity,
  name: entity,
  isTeam: false,
  organization: { id: entity, name: entity, orgEntity: { id: entity, name: entity } },
};

/** A run of any client as W&B's read it. */
export function runNode({ store, origin, artifactNode }: Graph, run: StoredRun): Node {
  const own = run.origin;
  const rows = async () => await historyRows(store, run);
  const summary = async () => {
    const values = (await currentValues(store, [run.id])).get(run.id) ?? [];
    const numbers = run.kind === "wandb" ? {} : Object.fromEntries(values.map(({ key, value }) => [key, shown(value)]));
    return JSON.stringify({ ...numbers, ...run.summary });
  };
  return {
    __typename: "Run",
    id: run.id,
    name: nameOf(run),
    displayName: run.name,
    projectId: async () => String((await findProject(store, { name: run.experiment }))?.id ?? 0),
    project: async () => projectInfo(run.experiment, await findProject(store, { name: run.experiment })),
    entity: entityInfo,
    state: states[run.status] ?? "running",
    config: JSON.stringify(configOf(run)),
    wandbConfig: ({ keys }: Json) => {
      const all = (own.wandb_config ?? {}) as Json;
      const wanted = Array.isArray(keys) ? (keys as string[]) : Object.keys(all);
      return JSON.stringify(Object.fromEntries(wanted.filter((key) => key in all).map((key) => [key, all[key]])));
    },
    group: own.group ?? null,
    jobType: own.job_type ?? null,
    notes: own.notes ?? null,
    description: own.description ?? "",
    tags: own.tags ?? [],
    commit: own.commit ?? null,
    host: own.host ?? null,
    program: own.program ?? null,
    readOnly: false,
    user: userNode,
    sweepName: own.sweep ?? null,
    exitcode: own.exitcode ?? null,
    stopped: own.stopped === true,
    createdAt: (run.startedAt ?? run.createdAt).toISOString(),
    updatedAt: (run.heartbeatAt ?? run.finishedAt ?? run.createdAt).toISOString(),
    heartbeatAt: (run.heartbeatAt ?? run.finishedAt ?? run.createdAt).toISOString(),
    summaryMetrics: summary,
    systemMetrics: async () => (await lastLines(store, run.id, "events", 1))[0] ?? "{}",
    historyLineCount: async () =>
      run.kind === "wandb" ? ((await historyCounts(store, [run.id])).get(run.id) ?? 0) : (await rows()).length,
    eventsLineCount: async () => (await lineCounts(store, run.id)).events,
    logLineCount: async () => (await lineCounts(store, run.id)).output,
    historyTail: async () => JSON.stringify(await lastLines(store, run.id, "history", 1)),
    eventsTail: async () => JSON.stringify(await lastLines(store, run.id, "events", 1)),
    historyKeys: async () => historyKeys(await rows()),
    history: async ({ samples, minStep, maxStep }: Json) =>
      (await between(rows, minStep, maxStep))
        .filter(sampler((await rows()).length, samples, minStep))
        .map((row) => JSON.stringify(row)),
    events: async () => await linesOf(store, run.id, "events"),
    sampledHistory: async ({ specs }: Json) => {
      const results: Json[][] = [];
      for (const spec of Array.isArray(specs) ? specs : [])
        results.push(await sampled(rows, (typeof spec === "string" ? JSON.parse(spec) : spec) as Json));
      return results;
    },
    parquetHistory: async () => ({ parquetUrls: [], liveData: await rows() }),
    logLines: async (args: Json) =>
      connection(await linesOf(store, run.id, "output"), args, (line) => ({
        id: "",
        line,
        level: null,
        timestamp: null,
      })),
    files: async ({ names, first, after, pattern }: Json) => {
      const wanted = Array.isArray(names) && names.length > 0 ? new Set(names as string[]) : undefined;
      const matches = typeof pattern === "string" && pattern !== "" ? likePattern(pattern) : undefined;
      const files = (await listFiles(store, `run/${run.id}`)).filter(
        ({ path }) => (!wanted || wanted.has(path)) && (!matches || matches.test(path)),
      );
      // A client asks for the link of a file that it will put there.
      const asked = wanted && files.length === 0 ? [...wanted].map((path) => ({ path })) : files;
      return connection(asked, { first, after }, (file) => fileNode(origin, `run/${run.id}`, file));
    },
    fileCount: async () => (await listFiles(store, `run/${run.id}`)).length,
    outputArtifacts: async (args: Json) => connection(await artifactsOfRun(store, run.id, "made"), args, artifactNode),
    inputArtifacts: async (args: Json) => connection(await artifactsOfRun(store, run.id, "used"), args, artifactNode),
    runInfo: { program: own.program ?? null, args: [], os: null, python: null, gpu: null },
    computeSeconds: 0,
  };
}

/** SQL's `%` and `_` as a client writes them. */
function likePattern(pattern: string): RegExp {
  const source = [...pattern.slice(0, 500)]
    .map((char) => (char === "%" ? ".*" : char === "_" ? "." : char.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")))
    .join("");
  return new RegExp(`^${source.replace(/(\.\*)+/g, ".*")}$`, "s");
}

export function fileNode(origin: string, scope: string, file: Partial<StoredFile> & { path: string }): Node {
  const link = storageLink(origin, scope, file.path);
  return {
    __typename: "File",
    id: `${scope}/${file.path}`,
    name: file.path,
    displayName: file.path,
    url: link,
    directUrl: link,
    uploadUrl: link,
    storagePath: file.path,
    sizeBytes: file.sizeBytes ?? 0,
    mimetype: file.contentType ?? null,
    md5: file.md5 ?? null,
    digest: file.md5 ?? null,
    updatedAt: file.createdAt?.toISOString() ?? null,
  };
}

/** `{ lr: 0.1 }` as `{ lr: { value: 0.1 } }`, which is how configurations are written. */
function configOf(run: StoredRun): Json {
  const config: Json = Object.fromEntries(
    Object.entries(run.params).map(([key, value]) => [key, { value, desc: null }]),
  );
  if (run.origin.wandb_config) config._wandb = { value: run.origin.wandb_config, desc: null };
  return config;
}

function shown(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** The history as rows: as they were sent, or put together from the curves of another client's run. */
async function historyRows(store: Store, run: StoredRun): Promise<Json[]> {
  const lines = await linesOf(store, run.id, "history");
  if (lines.length > 0 || run.kind === "wandb")
    return lines.flatMap((line) => {
      try {
        return [parseRelaxedJson(line) as Json];
      } catch {
        return [];
      }
    });
  const bySteps = new Map<number, Json>();
  for (const { key } of (await currentValues(store, [run.id])).get(run.id) ?? [])
    for (const { step, timeMs, value } of await pointsOf(store, run.id, key)) {
      const row = bySteps.get(step) ?? { _step: step, _timestamp: timeMs / 1000 };
      row[key] = shown(value);
      bySteps.set(step, row);
    }
  return [...bySteps.values()].sort((a, b) => Number(a._step) - Number(b._step));
}

async function between(rows: () => Promise<Json[]>, minStep: unknown, maxStep: unknown): Promise<Json[]> {
  const from = minStep === undefined || minStep === null ? Number.NEGATIVE_INFINITY : Number(minStep);
  const to = maxStep === undefined || maxStep === null ? Number.POSITIVE_INFINITY : Number(maxStep);
  return (await rows()).filter(({ _step }, i) => {
    const step = typeof _step === "number" ? _step : i;
    return step >= from && step < to;
  });
}

/** Thins out when more rows are there than were asked for. A page between two steps is never thinned out. */
function sampler(count: number, samples: unknown, minStep: unknown): (row: Json, i: number) => boolean {
  const wanted = typeof samples === "number" && samples > 0 ? samples : count;
  if (count <= wanted || (minStep !== undefined && minStep !== null)) return () => true;
  const every = count / wanted;
  return (_, i) => Math.floor(i / every) !== Math.floor((i - 1) / every) || i === count - 1;
}

/** Rows that have all the keys, in a range of steps whose end is part of it. */
async function sampled(rows: () => Promise<Json[]>, spec: Json): Promise<Json[]> {
  const keys = Array.isArray(spec.keys) ? (spec.keys as string[]) : [];
  const maxStep = spec.maxStep === undefined || spec.maxStep === null ? undefined : Number(spec.maxStep) + 1;
  const found = (await between(rows, spec.minStep, maxStep))
    .map((row, i) => ({ _step: i, ...row }) as Json)
    .filter((row) => keys.every((key) => row[key] !== undefined && row[key] !== null));
  const samples = Number(spec.samples) || found.length;
  const kept = found.filter(sampler(found.length, samples, undefined));
  return kept.map((row) =>
    Object.fromEntries((keys.length > 0 ? keys : Object.keys(row)).map((key) => [key, row[key]])),
  );
}

function historyKeys(rows: readonly Json[]): Json {
  const keys: Record<string, { typeCounts: { type: string; count: number }[]; previousValue: unknown }> = {};
  for (const row of rows)
    for (const [key, value] of Object.entries(row)) {
      const known = Object.hasOwn(keys, key) ? keys[key]! : undefined;
      const type = typeof value === "number" ? "number" : typeof value === "string" ? "string" : "map";
      if (known) {
        known.typeCounts[0]!.count++;
        known.previousValue = value;
      } else
        Object.defineProperty(keys, key, {
          value: { typeCounts: [{ type, count: 1 }], previousValue: value },
          enumerable: true,
          writable: true,
          configurable: true,
        });
    }
  const lastStep = rows.reduce((last, { _step }, i) => Math.max(last, typeof _step === "number" ? _step : i), -1);
  return { sets: [], keys, lastStep };
}

/** Ends a run from outside: the client is told with its next heartbeat. */
export async function stopRun(store: Store, run: StoredRun): Promise<void> {
  await updateRun(store, run.id, { origin: { stopped: true } });
}
