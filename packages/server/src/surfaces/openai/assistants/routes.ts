import type { AssistantBody, AssistantResponseFormat } from "@loam/platform";
import { Hono } from "hono";
import type { z } from "zod";
import type { Services } from "../../../services/services.ts";
import { readPage, toList } from "../wire/paging.ts";
import { projectOf } from "../wire/project.ts";
import { readJson } from "../wire/read-json.ts";
import { toAssistantObject } from "./object.ts";
import { CreateAssistant, UpdateAssistant } from "./schema.ts";
import { storeMaker } from "./store-maker.ts";
import { toToolResources } from "./tools.ts";

export function assistantRoutes({ platform }: Services) {
  const { assistants } = platform;
  const app = new Hono();
  app.post("/assistants", async (c) => {
    const request = await readJson(c, CreateAssistant);
    const made = await toToolResources(request.tool_resources, storeMaker(platform, projectOf(c)));
    const body: AssistantBody = {
      ...{ model: request.model, name: null, description: null, instructions: null, tools: [], toolResources: {} },
      ...{ temperature: null, topP: null, responseFormat: "auto", reasoningEffort: null },
      ...toBody(request),
      ...(made ? { toolResources: made } : {}),
    };
    return c.json(toAssistantObject(await assistants.create(projectOf(c), body, request.metadata)));
  });
  app.get("/assistants", async (c) => {
    const page = await assistants.page(projectOf(c), readPage(c.req.query(), "assistants"));
    return c.json(toList(page, toAssistantObject));
  });
  app.get("/assistants/:id", async (c) =>
    c.json(toAssistantObject(await assistants.get(projectOf(c), c.req.param("id")))),
  );
  app.post("/assistants/:id", async (c) => {
    const request = await readJson(c, UpdateAssistant);
    const made = await toToolResources(request.tool_resources, storeMaker(platform, projectOf(c)));
    const body = { ...toBody(request), ...(made ? { toolResources: made } : {}) };
    return c.json(toAssistantObject(await assistants.update(projectOf(c), c.req.param("id"), body, request.metadata)));
  });
  app.delete("/assistants/:id", async (c) => {
    const id = c.req.param("id");
    await assistants.remove(projectOf(c), id);
    return c.json({ id, object: "assistant.deleted", deleted: true });
  });
  return app;
}

/** The fields that were given, null among them. */
function toBody(request: z.output<typeof UpdateAssistant>): Partial<AssistantBody> {
  const { model, name, description, instructions, tools, temperature, top_p, reasoning_effort } = request;
  const format = request.response_format as AssistantResponseFormat | null | undefined;
  const fields = {
    ...{ model, name, description, instructions, tools, temperature, topP: top_p, reasoningEffort: reasoning_effort },
    responseFormat: format === null ? "auto" : format,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
