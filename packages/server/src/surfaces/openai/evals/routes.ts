import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Services } from "../../../services/services.ts";
import { readPage, toList } from "../wire/paging.ts";
import { setPollPace } from "../wire/poll-pace.ts";
import { projectOf } from "../wire/project.ts";
import { parseJson, readJson } from "../wire/read-json.ts";
import { toEvalObject, toEvalRunObject, toOutputItemObject } from "./object.ts";
import { CreateEval, CreateEvalRun, UpdateEval } from "./schema.ts";

const RunStatus = z.enum(["queued", "in_progress", "completed", "canceled", "failed"]).optional();
const ItemStatus = z.enum(["pass", "fail"]).optional();

export function evalRoutes({ platform: { evals } }: Services) {
  const app = new Hono();
  const status = <Schema extends z.ZodType>(c: Context, schema: Schema) =>
    parseJson(c.req.query("status"), schema, "status");

  app.post("/evals", async (c) => {
    const { name = "eval", data_source_config, testing_criteria, metadata } = await readJson(c, CreateEval);
    const body = { name, dataSource: data_source_config, criteria: testing_criteria };
    return c.json(toEvalObject(await evals.create(projectOf(c), body, metadata)), 201);
  });
  app.get("/evals", async (c) =>
    c.json(toList(await evals.page(projectOf(c), readPage(c.req.query(), "evals")), toEvalObject)),
  );
  app.get("/evals/:id", async (c) => c.json(toEvalObject(await evals.get(projectOf(c), c.req.param("id")))));
  app.post("/evals/:id", async (c) =>
    c.json(toEvalObject(await evals.update(projectOf(c), c.req.param("id"), await readJson(c, UpdateEval)))),
  );
  app.delete("/evals/:id", async (c) => {
    const id = c.req.param("id");
    await evals.remove(projectOf(c), id);
    return c.json({ object: "eval.deleted", deleted: true, eval_id: id });
  });

  app.post("/evals/:id/runs", async (c) => {
    const { name = "run", data_source, metadata } = await readJson(c, CreateEvalRun);
    const run = await evals.createRun(projectOf(c), c.req.param("id"), { name, dataSource: data_source, metadata });
    return c.json(toEvalRunObject(run), 201);
  });
  app.get("/evals/:id/runs", async (c) => {
    const query = readPage(c.req.query(), "eval_runs");
    const page = await evals.runPage(projectOf(c), c.req.param("id"), query, status(c, RunStatus));
    return c.json(toList(page, toEvalRunObject));
  });
  app.get("/evals/:id/runs/:runId", async (c) => {
    const { id, runId } = c.req.param();
    setPollPace(c);
    return c.json(toEvalRunObject(await evals.getRun(projectOf(c), id, runId)));
  });
  app.post("/evals/:id/runs/:runId/cancel", async (c) => {
    const { id, runId } = c.req.param();
    return c.json(toEvalRunObject(await evals.cancelRun(projectOf(c), id, runId)));
  });
  app.post("/evals/:id/runs/:runId", async (c) => {
    const { id, runId } = c.req.param();
    return c.json(toEvalRunObject(await evals.cancelRun(projectOf(c), id, runId)));
  });
  app.delete("/evals/:id/runs/:runId", async (c) => {
    const { id, runId } = c.req.param();
    await evals.removeRun(projectOf(c), id, runId);
    return c.json({ object: "eval.run.deleted", deleted: true, run_id: runId });
  });
  app.get("/evals/:id/runs/:runId/output_items", async (c) => {
    const { id, runId } = c.req.param();
    const query = readPage(c.req.query(), "eval_output_items");
    const page = await evals.itemPage(projectOf(c), id, runId, query, status(c, ItemStatus));
    return c.json(toList(page, toOutputItemObject));
  });
  app.get("/evals/:id/runs/:runId/output_items/:itemId", async (c) => {
    const { id, runId, itemId } = c.req.param();
    return c.json(toOutputItemObject(await evals.getItem(projectOf(c), id, runId, itemId)));
  });
  return app;
}
