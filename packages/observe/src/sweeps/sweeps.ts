import { randomBytes } from "node:crypto";
import { NotFoundError, Rng } from "@loam/core";
import { type Database, runPoints, runSeries, runs, type Store, sweepAgents, sweeps, sweepTrials } from "@loam/store";
import { and, asc, desc, eq, gte, inArray, sql } from "drizzle-orm";
import { ensureProject } from "../projects/projects.ts";
import { nestParams, readSweepConfig, type SweepConfig } from "./config.ts";
import { shouldStop } from "./early-stop.ts";
import { nextOfGrid } from "./grid.ts";
import { drawUnit, type Params } from "./space.ts";
import { type Observation, suggestTpe, toParams } from "./tpe.ts";

export type SweepState = "running" | "paused" | "finished" | "stopped";

export interface Sweep {
  id: string;
  project: string;
  name: string | null;
  config: SweepConfig;
  source: string | null;
  state: SweepState;
  createdAt: Date;
}

export interface Trial {
  number: number;
  params: Params;
  state: "running" | "finished" | "failed" | "stopped" | "waiting";
  run: string;
  value: number | null;
  attempts: number;
  worker: string | null;
  leaseUntil: Date | null;
}

/** How long a worker that is not heard of keeps its trial. */
const leaseSeconds = 60;
/** How often a trial whose worker has died is begun again. */
const maxAttempts = 3;

/** @param config as W&B's sweeps have it. @throws {ArgumentError} naming what is not understood. */
export async function createSweep(
  store: Store,
  { project, config, source, id = shortId() }: { project: string; config: unknown; source?: string; id?: string },
): Promise<Sweep> {
  const read = readSweepConfig(config);
  await ensureProject(store, project);
  await store.db
    .insert(sweeps)
    .values({
      id,
      project,
      name: read.name ?? null,
      config: read as unknown as Record<string, unknown>,
      source,
      state: "running",
    })
    .onConflictDoUpdate({
      target: sweeps.id,
      set: {
        config: read as unknown as Record<string, unknown>,
        source,
        name: read.name ?? null,
        updatedAt: sql`now()`,
      },
    });
  return await getSweep(store, id);
}

/** Eight letters and digits, as W&B's ids are. */
function shortId(): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  return [...randomBytes(8)].map((byte) => alphabet[byte % 36]).join("");
}

/** @throws {NotFoundError} */
export async function getSweep(store: Store, id: string): Promise<Sweep> {
  const [row] = await store.db.select().from(sweeps).where(eq(sweeps.id, id));
  if (!row) throw new NotFoundError("sweep", id);
  return row as unknown as Sweep;
}

export async function listSweeps(
  store: Store,
  { project, limit = 100 }: { project?: string; limit?: number } = {},
): Promise<Sweep[]> {
  return (await store.db
    .select()
    .from(sweeps)
    .where(project === undefined ? undefined : eq(sweeps.project, project))
    .orderBy(desc(sweeps.createdAt))
    .limit(limit)) as unknown as Sweep[];
}

/** Pauses, resumes or ends a sweep; trials on their way go on unless it is stopped. @throws {NotFoundError} */
export async function setSweepState(store: Store, id: string, state: SweepState): Promise<Sweep> {
  await getSweep(store, id);
  await store.db.update(sweeps).set({ state, updatedAt: sql`now()` }).where(eq(sweeps.id, id));
  return await getSweep(store, id);
}

export async function trialsOf(store: Store, id: string): Promise<Trial[]> {
  return (await store.db
    .select()
    .from(sweepTrials)
    .where(eq(sweepTrials.sweepId, id))
    .orderBy(asc(sweepTrials.number))) as Trial[];
}

export async function createAgent(store: Store, sweepId: string, host: string | null): Promise<string> {
  await getSweep(store, sweepId);
  const id = shortId();
  await store.db.insert(sweepAgents).values({ id, sweepId, host });
  return id;
}

/** The sweep of an agent, which is noted as alive. @throws {NotFoundError} */
export async function sweepOfAgent(store: Store, agentId: string): Promise<Sweep> {
  const [row] = await store.db
    .update(sweepAgents)
    .set({ heartbeatAt: sql`now()` })
    .where(eq(sweepAgents.id, agentId))
    .returning({ sweepId: sweepAgents.sweepId });
  if (!row) throw new NotFoundError("agent", agentId);
  return await getSweep(store, row.sweepId);
}

/**
 * The next trial for a worker: one whose worker has died, else a new one. Undefined when there is none to be had: the
 * grid is done, the cap is reached, or the sweep is not running.
 */
export async function nextTrial(
  store: Store,
  sweepId: string,
  worker: string,
): Promise<(Trial & { nested: Params }) | undefined> {
  const trial = await store.db.transaction(async (tx) => {
    // One at a time: two workers must not be given one trial.
    const [sweep] = (await tx.select().from(sweeps).where(eq(sweeps.id, sweepId)).for("update")) as unknown as Sweep[];
    if (!sweep) throw new NotFoundError("sweep", sweepId);
    if (sweep.state !== "running") return undefined;
    const trials = (await tx
      .select()
      .from(sweepTrials)
      .where(eq(sweepTrials.sweepId, sweepId))
      .orderBy(asc(sweepTrials.number))) as Trial[];
    const lost = trials.find(
      ({ state, leaseUntil, attempts }) =>
        state === "waiting" ||
        (state === "running" && leaseUntil !== null && leaseUntil.getTime() < Date.now() && attempts < maxAttempts),
    );
    if (lost) return await begin(tx, sweepId, { ...lost, attempts: lost.attempts + 1, run: shortId() }, worker);
    const { config } = sweep;
    if (config.runCap !== undefined && trials.length >= config.runCap) return undefined;
    const params = await suggest(tx, sweep, trials);
    if (!params) return undefined;
    const number = (trials.at(-1)?.number ?? -1) + 1;
    const made: Trial = {
      number,
      params,
      state: "running",
      run: shortId(),
      value: null,
      attempts: 1,
      worker,
      leaseUntil: null,
    };
    return await begin(tx, sweepId, made, worker);
  });
  if (!trial) return undefined;
  const { config } = await getSweep(store, sweepId);
  return { ...trial, nested: nestParams({ ...config.constants, ...trial.params }) };
}

async function begin(tx: Database, sweepId: string, trial: Trial, worker: string): Promise<Trial> {
  const values = {
    params: trial.params,
    state: "running" as const,
    run: trial.run,
    attempts: trial.attempts,
    worker,
    leaseUntil: sql`now() + make_interval(secs => ${leaseSeconds})`,
  };
  const [row] = await tx
    .insert(sweepTrials)
    .values({ sweepId, number: trial.number, ...values })
    .onConflictDoUpdate({ target: [sweepTrials.sweepId, sweepTrials.number], set: values })
    .returning();
  return row as Trial;
}

async function suggest(db: Database, sweep: Sweep, trials: readonly Trial[]): Promise<Params | undefined> {
  const { config } = sweep;
  const { dimensions } = config;
  if (config.method === "grid")
    return nextOfGrid(
      dimensions,
      trials.map(({ params }) => params),
    );
  const rng = new Rng(((config.seed ?? hash(sweep.id)) + 7919 * trials.length) >>> 0);
  if (config.method === "random")
    return toParams(
      dimensions,
      dimensions.map((dimension) => drawUnit(dimension, rng)),
      rng,
    );
  const values = await objectives(db, sweep, trials);
  const observations: Observation[] = trials.map(({ params, run, state }) => {
    const value = values.get(run);
    // A trial that ended without a result is as bad as can be; one on its way is not known yet.
    return {
      params,
      value: value ?? (state === "running" || state === "waiting" ? undefined : Number.POSITIVE_INFINITY),
    };
  });
  return suggestTpe(dimensions, observations, rng);
}

function hash(text: string): number {
  let value = 2166136261;
  for (const char of text) value = Math.imul(value ^ char.codePointAt(0)!, 16777619);
  return value >>> 0;
}

/** What each trial's run has reached, the smaller the better. NaN counts as the worst. */
async function objectives(
  db: Database,
  { project, config }: Sweep,
  trials: readonly Trial[],
): Promise<Map<string, number>> {
  const { metric } = config;
  if (!metric || trials.length === 0) return new Map();
  const rows = await db
    .select({ run: runs.externalId, value: runSeries.value })
    .from(runSeries)
    .innerJoin(runs, eq(runs.id, runSeries.runId))
    .where(
      and(
        eq(runs.experiment, project),
        inArray(
          runs.externalId,
          trials.map(({ run }) => run),
        ),
        eq(runSeries.key, metric.name),
      ),
    );
  return new Map(
    rows.map(({ run, value }) => {
      const signed = metric.goal === "maximize" ? -value : value;
      return [run!, Number.isNaN(signed) ? Number.POSITIVE_INFINITY : signed];
    }),
  );
}

/** A worker's trial goes on: its lease is renewed. */
export async function keepTrial(store: Store, sweepId: string, run: string): Promise<void> {
  await store.db
    .update(sweepTrials)
    .set({ leaseUntil: sql`now() + make_interval(secs => ${leaseSeconds})` })
    .where(and(eq(sweepTrials.sweepId, sweepId), eq(sweepTrials.run, run), eq(sweepTrials.state, "running")));
}

/** How a trial ended. */
export async function endTrial(
  store: Store,
  sweepId: string,
  run: string,
  state: "finished" | "failed" | "stopped",
): Promise<void> {
  const sweep = await getSweep(store, sweepId);
  const trials = (await trialsOf(store, sweepId)).filter((trial) => trial.run === run);
  const values = await objectives(store.db, sweep, trials);
  await store.db
    .update(sweepTrials)
    .set({ state, value: values.get(run) ?? null, leaseUntil: null })
    .where(and(eq(sweepTrials.sweepId, sweepId), eq(sweepTrials.run, run), eq(sweepTrials.state, "running")));
}

/** A worker leaves its trial before the end; the next one that asks begins it anew. */
export async function giveBackTrial(store: Store, sweepId: string, run: string): Promise<void> {
  await store.db
    .update(sweepTrials)
    .set({ state: "waiting", leaseUntil: null })
    .where(and(eq(sweepTrials.sweepId, sweepId), eq(sweepTrials.run, run), eq(sweepTrials.state, "running")));
}

/** Ends a sweep that has nothing left to give and nothing on its way. @returns its state. */
export async function settleSweep(store: Store, sweepId: string): Promise<SweepState> {
  const sweep = await getSweep(store, sweepId);
  if (sweep.state !== "running") return sweep.state;
  await store.db
    .update(sweepTrials)
    .set({ state: "failed", leaseUntil: null })
    .where(
      and(
        eq(sweepTrials.sweepId, sweepId),
        eq(sweepTrials.state, "running"),
        gte(sweepTrials.attempts, maxAttempts),
        sql`${sweepTrials.leaseUntil} < now()`,
      ),
    );
  const trials = await trialsOf(store, sweepId);
  const { config } = sweep;
  const taken = trials.map(({ params }) => params);
  const exhausted =
    (config.method === "grid" && nextOfGrid(config.dimensions, taken) === undefined) ||
    (config.runCap !== undefined && trials.length >= config.runCap);
  const busy = trials.some(({ state }) => state === "running" || state === "waiting");
  if (!exhausted || busy) return sweep.state;
  return (await setSweepState(store, sweepId, "finished")).state;
}

/** Whether a trial should end early, by the sweep's rule or because the sweep was stopped. */
export async function trialShouldStop(store: Store, sweepId: string, run: string): Promise<boolean> {
  const sweep = await getSweep(store, sweepId);
  if (sweep.state === "stopped") return true;
  const { earlyStop, metric } = sweep.config;
  if (!earlyStop || !metric) return false;
  const rows = await store.db
    .select({ run: runs.externalId, value: runPoints.value })
    .from(runPoints)
    .innerJoin(runSeries, eq(runSeries.id, runPoints.series))
    .innerJoin(runs, eq(runs.id, runSeries.runId))
    .innerJoin(sweepTrials, and(eq(sweepTrials.run, runs.externalId), eq(sweepTrials.sweepId, sweepId)))
    .where(and(eq(runs.experiment, sweep.project), eq(runSeries.key, metric.name)))
    .orderBy(asc(runPoints.step), asc(runPoints.timeMs));
  const curves = Map.groupBy(rows, (row) => row.run!);
  const curveOf = (name: string) =>
    (curves.get(name) ?? []).map(({ value }) =>
      Number.isNaN(value) ? Number.POSITIVE_INFINITY : metric.goal === "maximize" ? -value : value,
    );
  const others = [...curves.keys()].filter((name) => name !== run).map(curveOf);
  return shouldStop(earlyStop, curveOf(run), others);
}
