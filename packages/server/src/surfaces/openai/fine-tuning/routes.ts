import { randomInt } from "node:crypto";
import type { FineTuningJobs, Hyperparameters } from "@loam/platform";
import { Hono } from "hono";
import type { z } from "zod";
import type { Services } from "../../../services/services.ts";
import { metadataFilter } from "../wire/metadata.ts";
import { readPage, toList } from "../wire/paging.ts";
import { setPollPace } from "../wire/poll-pace.ts";
import { projectOf } from "../wire/project.ts";
import { readJson } from "../wire/read-json.ts";
import { toCheckpointObject, toEventObject, toJobObject, toPermissionObject } from "./object.ts";
import { CreateJob, Grant } from "./schema.ts";

/** The name of a model may have slashes, which clients write as they are or encoded. */
const permissions = "/fine_tuning/checkpoints/:checkpoint{.+}/permissions";

/** What a request says below its method. */
function methodOf({ method }: z.output<typeof CreateJob>): {
  hyperparameters?: Partial<Hyperparameters> & { beta?: number | "auto" };
  recipe?: Record<string, unknown>;
  reinforcement?: Parameters<FineTuningJobs["create"]>[1]["reinforcement"];
} {
  if (method?.type !== "reinforcement") return (method?.type === "dpo" ? method.dpo : method?.supervised) ?? {};
  const { grader, hyperparameters = {}, recipe } = method.reinforcement;
  const { compute_multiplier, eval_interval, eval_samples, reasoning_effort, ...shared } = hyperparameters;
  return {
    ...{ hyperparameters: shared, recipe },
    reinforcement: {
      grader,
      compute_multiplier: compute_multiplier ?? "auto",
      eval_interval: eval_interval ?? "auto",
      eval_samples: eval_samples ?? "auto",
      reasoning_effort: reasoning_effort ?? "default",
    },
  };
}

export function fineTuningRoutes({ platform: { fineTuning } }: Services) {
  const app = new Hono();
  app.post("/fine_tuning/jobs", async (c) => {
    const request = await readJson(c, CreateJob);
    const method = request.method?.type ?? "supervised";
    const { hyperparameters, recipe, reinforcement } = methodOf(request);
    const { beta, ...numbers } = hyperparameters ?? {};
    const auto = { n_epochs: "auto", batch_size: "auto", learning_rate_multiplier: "auto" } as const;
    const job = await fineTuning.create(projectOf(c), {
      model: request.model,
      trainingFile: request.training_file,
      validationFile: request.validation_file ?? null,
      hyperparameters: { ...auto, ...(hyperparameters ? numbers : request.hyperparameters) },
      ...(method === "dpo" && { method, beta: beta ?? "auto" }),
      ...(reinforcement && { method, reinforcement }),
      isLegacy: request.method === undefined,
      recipe: recipe ?? {},
      seed: request.seed ?? randomInt(2 ** 31 - 1),
      suffix: request.suffix ?? null,
      ...(request.integrations && { integrations: request.integrations }),
      metadata: request.metadata,
    });
    return c.json(toJobObject(job));
  });
  app.get("/fine_tuning/jobs", async (c) => {
    const query = readPage(c.req.query(), "fine_tuning_jobs");
    return c.json(toList(await fineTuning.page(projectOf(c), query, { metadata: metadataFilter(c) }), toJobObject));
  });
  app.get("/fine_tuning/jobs/:id", async (c) => {
    setPollPace(c);
    return c.json(toJobObject(await fineTuning.get(projectOf(c), c.req.param("id"))));
  });
  app.post("/fine_tuning/jobs/:id/cancel", async (c) =>
    c.json(toJobObject(await fineTuning.cancel(projectOf(c), c.req.param("id")))),
  );
  app.post("/fine_tuning/jobs/:id/pause", async (c) =>
    c.json(toJobObject(await fineTuning.pause(projectOf(c), c.req.param("id")))),
  );
  app.post("/fine_tuning/jobs/:id/resume", async (c) =>
    c.json(toJobObject(await fineTuning.resume(projectOf(c), c.req.param("id")))),
  );
  app.get("/fine_tuning/jobs/:id/events", async (c) => {
    const query = readPage(c.req.query(), "fine_tuning_events");
    return c.json(toList(await fineTuning.eventPage(projectOf(c), c.req.param("id"), query), toEventObject));
  });
  app.get("/fine_tuning/jobs/:id/checkpoints", async (c) => {
    const query = readPage(c.req.query(), "fine_tuning_checkpoints");
    return c.json(toList(await fineTuning.checkpointPage(projectOf(c), c.req.param("id"), query), toCheckpointObject));
  });
  app.post(permissions, async (c) => {
    const { project_ids } = await readJson(c, Grant);
    const data = await fineTuning.grant(projectOf(c), decodeURIComponent(c.req.param("checkpoint")!), project_ids);
    return c.json(toList({ data, hasMore: false }, toPermissionObject));
  });
  app.get(permissions, async (c) => {
    const query = c.req.query();
    const checkpoint = decodeURIComponent(c.req.param("checkpoint")!);
    const page = readPage(query, "checkpoint_permissions");
    const found = await fineTuning.permissionPage(projectOf(c), checkpoint, page, query.project_id);
    return c.json(toList(found, toPermissionObject));
  });
  app.delete(`${permissions}/:id`, async (c) => {
    const id = c.req.param("id")!;
    await fineTuning.revoke(projectOf(c), decodeURIComponent(c.req.param("checkpoint")!), id);
    return c.json({ id, object: "checkpoint.permission", deleted: true });
  });
  return app;
}
