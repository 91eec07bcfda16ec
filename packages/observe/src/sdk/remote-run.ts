import { readdir, readFile, stat } from "node:fs/promises";
import { cpus, freemem, totalmem } from "node:os";
import { basename, join, relative, sep } from "node:path";
import { LoamError, UnavailableError } from "@loam/core";

export interface StartRunOptions {
  experiment: string;
  name?: string;
  params?: Readonly<Record<string, unknown>>;
  tags?: Readonly<Record<string, string>>;
  /** The server; `LOAM_URL`, else http://127.0.0.1:4545. MLflow's own server does as well. */
  url?: string;
  /** `LOAM_TOKEN` when left out. */
  token?: string;
  /** Records CPU and memory so often; 0, as when left out, never. */
  systemMetricsEveryMs?: number;
  /** Longest time a number waits before it is sent. */
  flushEveryMs?: number;
  /** How long `finish` goes on trying. */
  finishWithinMs?: number;
}

/** A run that is being logged. */
export interface RemoteRun {
  readonly id: string;
  /** Numbers of one step; a step after the last one when none is given. NaN and the infinities are kept. Never waits. */
  log(values: Readonly<Record<string, number>>, options?: { step?: number }): void;
  summary(values: Readonly<Record<string, string | number>>): void;
  logImage(
    tag: string,
    bytes: Uint8Array,
    options?: { step?: number; type?: "png" | "jpg" | "webp" | "gif" },
  ): Promise<void>;
  logText(tag: string, text: string, options?: { step?: number }): Promise<void>;
  /** Rows as objects. */
  logTable(tag: string, rows: readonly Readonly<Record<string, unknown>>[], options?: { step?: number }): Promise<void>;
  /** A file of this machine, under its name or another. */
  logFile(path: string, options?: { as?: string }): Promise<void>;
  /** A file or a folder as a model; with `register` it is the next version of that name in the registry. */
  logModel(path: string, options?: { name?: string; register?: string }): Promise<void>;
  /** Notes that the run was made from a version of the registry: `NAME@ALIAS`, `NAME/VERSION` or `NAME`. @returns its source. */
  useArtifact(name: string): Promise<{ name: string; version: number; source: string | null }>;
  /** Sends what waits. @throws {UnavailableError} when the server is away; what waits goes on waiting. */
  flush(): Promise<void>;
  /** Sends everything, and how it ended. */
  finish(status?: "finished" | "failed" | "cancelled"): Promise<void>;
}

interface Metric {
  key: string;
  value: number | string;
  step: number;
  timestamp: number;
}

/** What may wait for a server that is away. */
const maxWaiting = 1_000_000;
const metricsAtOnce = 1000;

/**
 * Begins a run on a server, by MLflow's tracking API. Numbers are sent in batches, off the caller's path; while the
 * server is away they wait in memory, and the same batch twice is once.
 *
 * @throws {UnavailableError} when the server is away at the start.
 */
export async function startRun(options: StartRunOptions): Promise<RemoteRun> {
  const {
    experiment,
    name = "run",
    params = {},
    tags = {},
    url = process.env.LOAM_URL || "http://127.0.0.1:4545",
    token = process.env.LOAM_TOKEN,
    systemMetricsEveryMs = 0,
    flushEveryMs = 1000,
    finishWithinMs = 30_000,
  } = options;
  const api = client(url.replace(/\/+$/, ""), token);
  const found = await api
    .json("GET", `experiments/get-by-name?experiment_name=${encodeURIComponent(experiment)}`)
    .catch(onMissing);
  const experimentId =
    (found as { experiment: { experiment_id: string } } | undefined)?.experiment.experiment_id ??
    ((await api.json("POST", "experiments/create", { name: experiment })) as { experiment_id: string }).experiment_id;
  const { run } = (await api.json("POST", "runs/create", {
    experiment_id: experimentId,
    run_name: name,
    start_time: Date.now(),
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  })) as { run: { info: { run_id: string } } };
  const id = run.info.run_id;
  const given = Object.entries(params).map(([key, value]) => ({ key, value: asText(value) }));
  for (let i = 0; i < given.length; i += 100)
    await api.json("POST", "runs/log-batch", { run_id: id, params: given.slice(i, i + 100) });

  let waiting: Metric[] = [];
  let dropped = 0;
  let nextStep = 0;
  let sending: Promise<void> = Promise.resolve();
  const sendAll = async () => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, metricsAtOnce);
      await api.json("POST", "runs/log-batch", { run_id: id, metrics: batch });
      waiting = waiting.slice(batch.length);
    }
  };
  const flush = () => (sending = sending.catch(() => {}).then(sendAll));
  const log: RemoteRun["log"] = (values, { step = nextStep } = {}) => {
    nextStep = Math.max(nextStep, step + 1);
    const timestamp = Date.now();
    for (const [key, value] of Object.entries(values)) {
      if (waiting.length >= maxWaiting) dropped++;
      else waiting.push({ key, value: Number.isFinite(value) ? value : String(value), step, timestamp });
    }
  };
  const timers = [setInterval(() => void flush().catch(() => {}), flushEveryMs).unref()];
  if (systemMetricsEveryMs > 0) {
    const sample = systemSampler();
    let tick = 0;
    timers.push(setInterval(() => log(sample(), { step: tick++ }), systemMetricsEveryMs).unref());
  }
  const put = (path: string, bytes: Uint8Array) => api.put(`${experimentId}/${id}/artifacts`, path, bytes);
  const tag = (key: string, value: string) => api.json("POST", "runs/set-tag", { run_id: id, key, value });
  const place = (kind: string, of: string, step: number, ending: string) =>
    `media/${kind}/${encodeURIComponent(of)}/${step}.${ending}`;
  const now = () => Math.max(0, nextStep - 1);
  return {
    id,
    log,
    flush,
    summary: (values) => {
      for (const [key, value] of Object.entries(values))
        if (typeof value === "number") log({ [key]: value }, { step: now() });
        else void tag(key, value).catch(() => {});
    },
    logImage: (of, bytes, { step = now(), type = "png" } = {}) => put(place("image", of, step, type), bytes),
    logText: (of, text, { step = now() } = {}) => put(place("text", of, step, "txt"), Buffer.from(text)),
    logTable: (of, rows, { step = now() } = {}) => {
      const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
      const table = { columns, data: rows.map((row) => columns.map((column) => row[column] ?? null)) };
      return put(place("table", of, step, "json"), Buffer.from(JSON.stringify(table)));
    },
    logFile: async (path, { as = basename(path) } = {}) => put(as, await readFile(path)),
    logModel: async (path, { name: of = "model", register } = {}) => {
      for (const file of await filesIn(path)) await put(`${of}/${file.as}`, await readFile(file.path));
      if (register === undefined) return;
      await api.json("POST", "registered-models/create", { name: register }).catch(onTaken);
      const source = `mlflow-artifacts:/${experimentId}/${id}/artifacts/${of}`;
      await api.json("POST", "model-versions/create", { name: register, source, run_id: id });
    },
    useArtifact: async (text) => {
      const version = await resolve(api, text);
      await tag(`loam.used.${version.name}`, String(version.version));
      return version;
    },
    finish: async (status = "finished") => {
      for (const timer of timers) clearInterval(timer);
      const until = Date.now() + finishWithinMs;
      const word = { finished: "FINISHED", failed: "FAILED", cancelled: "KILLED" }[status];
      for (let delayMs = 250; ; delayMs = Math.min(5000, delayMs * 2))
        try {
          await flush();
          await api.json("POST", "runs/update", { run_id: id, status: word, end_time: Date.now() });
          break;
        } catch (error) {
          if (!(error instanceof UnavailableError) || Date.now() + delayMs > until) throw error;
          await new Promise((resolve) => setTimeout(resolve, delayMs));
        }
      if (dropped > 0)
        process.emitWarning(`${dropped} numbers of the run were not kept: too many waited.`, {
          code: "LOAM_POINTS_DROPPED",
        });
    },
  };
}

function client(url: string, token: string | undefined) {
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, {
        ...init,
        headers: { ...init.headers, ...(token ? { authorization: `Bearer ${token}` } : {}) },
        signal: AbortSignal.timeout(60_000),
      });
    } catch (cause) {
      throw new UnavailableError("server", `at ${url} does not answer.`, { hint: "start it: `loam serve`", cause });
    }
    if (response.ok) return response;
    const { message = `${path} answered ${response.status}`, error_code: code = "failed" } = (await response
      .json()
      .catch(() => ({}))) as { message?: string; error_code?: string };
    if (response.status >= 500 || response.status === 429)
      throw new UnavailableError("server", `at ${url}: ${message}`, {});
    throw new LoamError(String(code).toLowerCase(), message, { status: response.status, exitCode: 3 });
  };
  return {
    json: async (method: "GET" | "POST", path: string, body?: unknown): Promise<unknown> => {
      const init = { method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body) };
      return await (await ask(`/api/2.0/mlflow/${path}`, init as RequestInit)).json();
    },
    put: async (folder: string, path: string, bytes: Uint8Array): Promise<void> => {
      const encoded = path.split("/").map(encodeURIComponent).join("/");
      await ask(`/api/2.0/mlflow-artifacts/artifacts/${folder}/${encoded}`, { method: "PUT", body: bytes as BodyInit });
    },
  };
}

type Api = ReturnType<typeof client>;

async function resolve(api: Api, text: string): Promise<{ name: string; version: number; source: string | null }> {
  type Answer = { model_version: { name: string; version: string; source?: string } };
  const told = ({
    model_version: { name, version, source = null },
  }: {
    model_version: { name: string; version: string; source?: string | null };
  }) => ({
    ...{ name, version: Number(version), source: source ?? null },
  });
  const query = (values: Record<string, string>) => new URLSearchParams(values).toString();
  const [, aliased, alias] = /^(.+)@([^@/]+)$/.exec(text) ?? [];
  if (aliased !== undefined)
    return told(
      (await api.json("GET", `registered-models/alias?${query({ name: aliased, alias: alias! })}`)) as Answer,
    );
  const [, numbered, version] = /^(.+)\/(\d+)$/.exec(text) ?? [];
  if (numbered !== undefined)
    return told(
      (await api.json("GET", `model-versions/get?${query({ name: numbered, version: version! })}`)) as Answer,
    );
  const { model_versions: versions = [] } = (await api.json("POST", "registered-models/get-latest-versions", {
    name: text,
  })) as {
    model_versions?: Answer["model_version"][];
  };
  const newest = versions.sort((a, b) => Number(b.version) - Number(a.version))[0];
  if (!newest)
    throw new LoamError("not_found", `${JSON.stringify(text)} has no version.`, {
      status: 404,
      exitCode: 4,
      hint: "log the artifact first, or name another version",
    });
  return told({ model_version: newest });
}

/** CPU in percent of all cores since the last time, and memory in bytes. */
function systemSampler(): () => Record<string, number> {
  const times = () => {
    const all = cpus().map((cpu) => cpu.times);
    const total = all.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
    return { total, idle: all.reduce((sum, { idle }) => sum + idle, 0) };
  };
  let before = times();
  return () => {
    const now = times();
    const busy = 1 - (now.idle - before.idle) / Math.max(1, now.total - before.total);
    before = now;
    return {
      "system/cpu_percent": 100 * busy,
      "system/memory_bytes": totalmem() - freemem(),
      "system/process_memory_bytes": process.memoryUsage.rss(),
    };
  };
}

async function filesIn(path: string): Promise<{ path: string; as: string }[]> {
  if ((await stat(path)).isFile()) return [{ path, as: basename(path) }];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: file, as: relative(path, file).split(sep).join("/") }));
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function onMissing(error: unknown): undefined {
  if (error instanceof LoamError && error.status === 404) return undefined;
  throw error;
}

function onTaken(error: unknown): void {
  if (!(error instanceof LoamError) || error.status >= 500) throw error;
}
