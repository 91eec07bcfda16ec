import { createRoute, z } from "@hono/zod-openapi";
import { keyScopes } from "@loam/platform";
import { router } from "../../../http/router.ts";
import type { Services } from "../../../services/services.ts";
import { body, ErrorSchema, json } from "../schemas/error.ts";

const Scope = z.enum(Object.keys(keyScopes) as [keyof typeof keyScopes, ...(keyof typeof keyScopes)[]]);
const KeySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    project: z.string(),
    scopes: z.array(Scope).openapi({ description: "None: everything" }),
    requestsPerMinute: z.int().nullable(),
    tokensPerMinute: z.int().nullable(),
    hint: z.string().openapi({ description: "The beginning of the key" }),
    createdAt: z.iso.datetime(),
  })
  .openapi("ProgramKey");

const list = createRoute({
  method: "get",
  path: "/keys",
  responses: { 200: json(z.array(KeySchema), "Keys of programs, without their secrets") },
});
const create = createRoute({
  method: "post",
  path: "/keys",
  request: body(
    z.strictObject({
      name: z.string().trim().min(1).max(200),
      project: z.string().trim().max(200).default(""),
      scopes: z.array(Scope).max(20).default([]),
      requestsPerMinute: z.int().min(1).max(1_000_000).nullable().default(null),
      tokensPerMinute: z.int().min(1).max(1_000_000_000).nullable().default(null),
    }),
  ),
  responses: { 201: json(KeySchema.extend({ secret: z.string() }), "The key; its secret is told only now") },
});
const remove = createRoute({
  method: "delete",
  path: "/keys/{id}",
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: json(z.object({ id: z.string() }), "It opens nothing any more"),
    404: json(ErrorSchema, "No such key"),
  },
});

/** Keys that programs use for `/v1`. */
export function keyRoutes({ platform: { keys } }: Services) {
  type Stored = Awaited<ReturnType<typeof keys.list>>[number];
  const show = ({ id, body: { ownProject, ...key }, createdAt }: Stored) => ({
    ...{ id, project: ownProject, ...key },
    createdAt: createdAt.toISOString(),
  });
  return router()
    .openapi(list, async (c) => c.json((await keys.list()).map(show), 200))
    .openapi(create, async (c) => {
      const { project, ...wanted } = c.req.valid("json");
      const { secret, key } = await keys.create({ ...wanted, ownProject: project });
      return c.json({ ...show(key), secret }, 201);
    })
    .openapi(remove, async (c) => {
      const { id } = c.req.valid("param");
      await keys.remove(id);
      return c.json({ id }, 200);
    });
}
