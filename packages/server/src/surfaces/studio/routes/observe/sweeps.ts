import { createRoute, z } from "@hono/zod-openapi";
import {
  createSweep,
  endTrial,
  getSweep,
  listSweeps,
  nextTrial,
  type Sweep,
  setSweepState,
  settleSweep,
  trialShouldStop,
  trialsOf,
} from "@loam/observe";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";

const SweepSchema = z
  .object({
    id: z.string(),
    project: z.string(),
    name: z.string().nullable(),
    state: z.enum(["running", "paused", "finished", "stopped"]),
    config: z.record(z.string(), z.unknown()),
    createdAt: z.iso.datetime(),
  })
  .openapi("Sweep");
const TrialSchema = z
  .object({
    number: z.int(),
    run: z.string(),
    state: z.enum(["running", "finished", "failed", "stopped", "waiting"]),
    params: z.record(z.string(), z.unknown()),
    value: z.number().nullable(),
    attempts: z.int(),
    worker: z.string().nullable(),
  })
  .openapi("SweepTrial");
const id = { params: z.object({ id: z.string() }) };
const refused = { 400: json(ErrorSchema, "Refused"), 404: json(ErrorSchema, "No such sweep") };

const list = createRoute({
  method: "get",
  path: "/sweeps",
  request: {
    query: z.object({ project: z.string().optional(), limit: z.coerce.number().int().min(1).max(1000).default(100) }),
  },
  responses: { 200: json(z.array(SweepSchema), "Newest first") },
});
const create = createRoute({
  method: "post",
  path: "/sweeps",
  request: body(z.object({ project: z.string().min(1), config: z.record(z.string(), z.unknown()) })),
  responses: { 201: json(SweepSchema, "Made; workers may take trials"), ...refused },
});
const get = createRoute({
  method: "get",
  path: "/sweeps/{id}",
  request: id,
  responses: {
    200: json(
      SweepSchema.extend({
        trials: z.array(TrialSchema),
        best: TrialSchema.nullable().openapi({ description: "Of the trials with a result" }),
      }),
      "The sweep with its trials",
    ),
    ...refused,
  },
});
const state = createRoute({
  method: "post",
  path: "/sweeps/{id}/state",
  request: { ...id, ...body(z.object({ state: z.enum(["running", "paused", "finished", "stopped"]) })) },
  responses: { 200: json(SweepSchema, "Changed"), ...refused },
});
const next = createRoute({
  method: "post",
  path: "/sweeps/{id}/next",
  description: "Takes the next trial for a worker; it is retried by another one when this one is not heard of.",
  request: { ...id, ...body(z.object({ worker: z.string().min(1).max(200) })) },
  responses: {
    200: json(
      z.object({ trial: TrialSchema.nullable(), params: z.record(z.string(), z.unknown()) }),
      "The trial, or null",
    ),
    ...refused,
  },
});
const report = createRoute({
  method: "post",
  path: "/sweeps/{id}/trials/{run}",
  request: {
    params: z.object({ id: z.string(), run: z.string() }),
    ...body(z.object({ state: z.enum(["running", "finished", "failed"]) })),
  },
  responses: { 200: json(z.object({ stop: z.boolean() }), "Whether the trial should end now"), ...refused },
});

const change = (verb: "start" | "pause" | "stop") =>
  createRoute({
    method: "post",
    path: `/sweeps/{id}/${verb}` as const,
    request: id,
    responses: { 200: json(SweepSchema, "Changed"), ...refused },
  });

/** Sweeps for programs that are no W&B agents. */
export function sweepRoutes({ store }: Services) {
  return router()
    .openapi(list, async (c) => c.json((await listSweeps(store, c.req.valid("query"))).map(show), 200))
    .openapi(create, async (c) => c.json(show(await createSweep(store, c.req.valid("json"))), 201))
    .openapi(get, async (c) => {
      const sweep = await getSweep(store, c.req.valid("param").id);
      const trials = (await trialsOf(store, sweep.id)).map(showTrial);
      const best = trials.reduce<(typeof trials)[number] | null>(
        (before, trial) =>
          trial.value !== null && trial.value < (before?.value ?? Number.POSITIVE_INFINITY) ? trial : before,
        null,
      );
      return c.json(
        { ...show(sweep), trials: trials.map((trial) => told(trial, sweep)), best: best && told(best, sweep) },
        200,
      );
    })
    .openapi(state, async (c) =>
      c.json(show(await setSweepState(store, c.req.valid("param").id, c.req.valid("json").state)), 200),
    )
    .openapi(change("start"), async (c) =>
      c.json(show(await setSweepState(store, c.req.valid("param").id, "running")), 200),
    )
    .openapi(change("pause"), async (c) =>
      c.json(show(await setSweepState(store, c.req.valid("param").id, "paused")), 200),
    )
    .openapi(change("stop"), async (c) =>
      c.json(show(await setSweepState(store, c.req.valid("param").id, "stopped")), 200),
    )
    .openapi(next, async (c) => {
      const { id: sweep } = c.req.valid("param");
      const trial = await nextTrial(store, sweep, c.req.valid("json").worker);
      if (!trial) await settleSweep(store, sweep);
      return c.json({ trial: trial ? showTrial(trial) : null, params: trial?.nested ?? {} }, 200);
    })
    .openapi(report, async (c) => {
      const { id: sweep, run } = c.req.valid("param");
      const { state: reported } = c.req.valid("json");
      if (reported !== "running") await endTrial(store, sweep, run, reported);
      return c.json({ stop: reported === "running" && (await trialShouldStop(store, sweep, run)) }, 200);
    });
}

function show({ id, project, name, state: now, config, createdAt }: Sweep) {
  return {
    ...{ id, project, name },
    state: now,
    config: config as unknown as Record<string, unknown>,
    createdAt: createdAt.toISOString(),
  };
}

/** The store keeps what is to be small; people read the metric as it was logged. */
function told<T extends { value: number | null }>(trial: T, { config }: Sweep): T {
  const isTurned = config.metric?.goal === "maximize" && trial.value !== null;
  return isTurned ? { ...trial, value: -trial.value! } : trial;
}

function showTrial({
  number,
  run,
  state: now,
  params,
  value,
  attempts,
  worker,
}: Awaited<ReturnType<typeof trialsOf>>[number]) {
  return { number, run, state: now, params, value, attempts, worker };
}
