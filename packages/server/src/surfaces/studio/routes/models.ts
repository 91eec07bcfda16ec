import { createRoute, z } from "@hono/zod-openapi";
import { listModels, modelsAtHand, roomFor } from "@loam/models";
import { addSecret } from "@loam/observe";
import { pullOperation } from "@loam/providers";
import { startWork } from "@loam/work";
import { workRoute } from "../../../http/operation-routes.ts";
import { router } from "../../../http/router.ts";
import type { Services } from "../../../services/services.ts";
import { body, ErrorSchema, json } from "../schemas/error.ts";

const RoleNameSchema = z.enum(["chat", "vision", "embed", "judge", "reranker"]);

const RoleSchema = z
  .object({
    role: RoleNameSchema,
    model: z.string().nullable(),
    reason: z.string(),
    configured: z.string().nullable(),
    fixedBy: z.string().nullable(),
  })
  .openapi("Role");

const KeySchema = z
  .object({ provider: z.string(), source: z.string().nullable(), removable: z.boolean() })
  .openapi("Key");

const SettingsSchema = z
  .object({ roles: z.array(RoleSchema), keys: z.array(KeySchema), userFile: z.string() })
  .openapi("Settings");

const ModelAtHandSchema = z
  .object({
    name: z.string(),
    id: z.string(),
    role: z.enum(["chat", "vision", "embed"]),
    licence: z.string(),
    languages: z.array(z.string()).readonly(),
    parameters: z.number(),
    sizeBytes: z.number(),
    memoryBytes: z.number(),
    here: z.boolean(),
    fitsDisk: z.boolean(),
    fitsMemory: z.boolean(),
    /** Ollama fetches and runs it. */
    byOllama: z.boolean(),
  })
  .openapi("ModelAtHand");

export type ModelAtHandJson = z.infer<typeof ModelAtHandSchema>;
export type RoleJson = z.infer<typeof RoleSchema>;
export type KeyJson = z.infer<typeof KeySchema>;

const get = createRoute({
  method: "get",
  path: "/settings",
  responses: { 200: json(SettingsSchema, "Roles, and which providers have a key (never the key)") },
});
const setRole = createRoute({
  method: "put",
  path: "/settings/roles/{role}",
  request: {
    params: z.object({ role: RoleNameSchema }),
    ...body(z.object({ model: z.string().trim().min(3).max(300).nullable() })),
  },
  responses: { 200: json(SettingsSchema, "The role is set"), 400: json(ErrorSchema, "No such provider") },
});
const setKey = createRoute({
  method: "put",
  path: "/settings/keys/{provider}",
  description: "Stores a key in the user's configuration file (mode 600), or removes it.",
  request: {
    params: z.object({ provider: z.string().regex(/^[a-z][a-z0-9_-]*$/i) }),
    ...body(z.object({ key: z.string().trim().min(1).max(1000).nullable() })),
  },
  responses: { 200: json(SettingsSchema, "The key is stored") },
});

const shelf = createRoute({
  method: "get",
  path: "/models/shelf",
  description: "The short list of models that one click fetches, and whether each is here and fits.",
  responses: { 200: json(z.array(ModelAtHandSchema), "Models, of each role the smallest first") },
});
export function modelRoutes({ models, store }: Services) {
  const startPull = (input: unknown) => {
    const { model } = pullOperation.parse(input);
    return startWork(store, { ...pullOperation, maxAttempts: 2 }, input, { name: model, key: model });
  };
  return router()
    .openapi(shelf, async (c) => c.json(await shelfOfModels(), 200))
    .route("/", workRoute("/models/pull", pullOperation, startPull))
    .openapi(get, async (c) => c.json(await models.settings(), 200))
    .openapi(setRole, async (c) => {
      await models.setRole(c.req.valid("param").role, c.req.valid("json").model);
      return c.json(await models.settings(), 200);
    })
    .openapi(setKey, async (c) => {
      const { key } = c.req.valid("json");
      if (key !== null) addSecret(key);
      await models.setKey(c.req.valid("param").provider, key);
      return c.json(await models.settings(), 200);
    });
}

async function shelfOfModels(): Promise<ModelAtHandJson[]> {
  const here = new Set((await listModels()).map(({ id }) => id));
  return await Promise.all(
    modelsAtHand.map(async (model) => {
      const { files: _, sha256: __, sources, ...facts } = model;
      const { fitsDisk, fitsMemory } = await roomFor(model);
      const byOllama = sources.some(({ kind }) => kind === "ollama");
      return { ...facts, languages: [...facts.languages], here: here.has(model.id), fitsDisk, fitsMemory, byOllama };
    }),
  );
}
