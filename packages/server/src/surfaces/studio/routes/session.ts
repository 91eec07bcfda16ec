import { createRoute, z } from "@hono/zod-openapi";
import { router } from "../../../http/router.ts";
import type { Services } from "../../../services/services.ts";
import { body, ErrorSchema, json } from "../schemas/error.ts";

const logIn = createRoute({
  method: "post",
  path: "/session",
  description: "Exchanges the token for a session cookie.",
  request: body(z.object({ token: z.string().min(1).max(1000) })),
  responses: { 200: json(z.object({ ok: z.literal(true) }), "Logged in"), 401: json(ErrorSchema, "Wrong token") },
});

/** The one API route that needs no token: it takes it. */
export function sessionRoutes({ gate }: Pick<Services, "gate">) {
  return router().openapi(logIn, (c) => {
    gate?.logIn(c, c.req.valid("json").token);
    return c.json({ ok: true as const }, 200);
  });
}
