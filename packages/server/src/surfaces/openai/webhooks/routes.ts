import { webhookEventTypes } from "@loam/platform";
import { Hono } from "hono";
import type { Services } from "../../../services/services.ts";
import { readPage, toList } from "../wire/paging.ts";
import { projectOf } from "../wire/project.ts";
import { readJson } from "../wire/read-json.ts";
import { toEndpointObject, toEndpointWithSecret } from "./object.ts";
import { CreateEndpoint, RotateSecret, TestEndpoint, UpdateEndpoint } from "./schema.ts";

/** Endpoints that are told when a response, a batch, a job, a run or a video has ended. */
export function webhookRoutes({ platform: { webhooks } }: Services) {
  const app = new Hono();
  app.get("/webhook_event_types", (c) => c.json({ object: "list", data: webhookEventTypes }));
  app.post("/webhook_endpoints", async (c) => {
    const { name, url, event_types } = await readJson(c, CreateEndpoint);
    return c.json(toEndpointWithSecret(await webhooks.create(projectOf(c), { name, url, eventTypes: event_types })));
  });
  app.get("/webhook_endpoints", async (c) => {
    const page = await webhooks.page(projectOf(c), readPage(c.req.query(), "webhook_endpoints"));
    return c.json(toList(page, toEndpointObject));
  });
  app.get("/webhook_endpoints/:id", async (c) =>
    c.json(toEndpointObject(await webhooks.get(projectOf(c), c.req.param("id")))),
  );
  app.post("/webhook_endpoints/:id", async (c) => {
    const { name, url, event_types } = await readJson(c, UpdateEndpoint);
    const change = { name, url, eventTypes: event_types };
    return c.json(toEndpointObject(await webhooks.update(projectOf(c), c.req.param("id"), change)));
  });
  app.delete("/webhook_endpoints/:id", async (c) => {
    const id = c.req.param("id");
    await webhooks.remove(projectOf(c), id);
    return c.json({ id, object: "webhook_endpoint.deleted", deleted: true });
  });
  app.post("/webhook_endpoints/:id/rotate_secret", async (c) => {
    const { keep_old_secret_active_for_24_hours: keepOld = false } = await readJson(c, RotateSecret);
    return c.json(toEndpointWithSecret(await webhooks.rotate(projectOf(c), c.req.param("id"), { keepOld })));
  });
  app.post("/webhook_endpoints/:id/test", async (c) => {
    const { event_type } = await readJson(c, TestEndpoint);
    const id = c.req.param("id");
    const status_code = await webhooks.test(projectOf(c), id, event_type);
    return c.json({ object: "webhook_endpoint.test", webhook_endpoint_id: id, event_type, status_code, success: true });
  });
  return app;
}
