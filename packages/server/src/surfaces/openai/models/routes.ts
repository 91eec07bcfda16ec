import { LoamError } from "@loam/core";
import type { ServedModel } from "@loam/platform";
import { Hono } from "hono";
import type { Services } from "../../../services/services.ts";

/** Ids hold slashes and colons, so the rest of the path is the id. */
export function modelRoutes({ platform: { registry } }: Services) {
  const app = new Hono();
  app.get("/models", async (c) => c.json({ object: "list", data: (await registry.list()).map(toModelObject) }));
  app.get("/models/:id{.+}", async (c) => c.json(toModelObject(await registry.find(c.req.param("id")))));
  app.delete("/models/:id{.+}", async (c) => {
    const model = await registry.find(c.req.param("id"));
    if (!model.remove) throw new UndeletableModelError(model.id);
    await model.remove();
    return c.json({ id: model.id, object: "model", deleted: true });
  });
  return app;
}

class UndeletableModelError extends LoamError {
  constructor(model: string) {
    super(
      "model_not_deletable",
      `The model ${JSON.stringify(model)} cannot be deleted here: only fine-tuned ones can.`,
      {
        details: { name: "model", model },
        hint: "`loam models remove` takes a downloaded model off this machine",
        status: 403,
        exitCode: 3,
      },
    );
  }
}

function toModelObject({ id, created, ownedBy, makes, contextLength }: ServedModel) {
  return {
    id,
    object: "model" as const,
    created,
    owned_by: ownedBy,
    abilities: makes === "text" ? ["chat", "completions", "responses"] : ["embeddings"],
    ...(contextLength === undefined ? {} : { context_length: contextLength }),
  };
}
