import type { HttpBindings } from "@hono/node-server";
import { createRoute, z } from "@hono/zod-openapi";
import { sessionOf } from "@loam/observe";
import type { Context } from "hono";
import { router } from "../../../http/router.ts";
import { LoginLimit } from "../../../security/login-limit.ts";
import { admitMember, startMemberSession } from "../../../security/team-door.ts";
import type { Services } from "../../../services/services.ts";
import { body, ErrorSchema, json } from "../schemas/error.ts";

const logIn = createRoute({
  method: "post",
  path: "/session",
  description: "Exchanges the token, or a member's key, for a session cookie.",
  request: body(z.object({ token: z.string().min(1).max(1000) })),
  responses: {
    200: json(z.object({ ok: z.literal(true) }), "Logged in"),
    401: json(ErrorSchema, "Wrong token"),
    429: json(ErrorSchema, "Too many wrong ones"),
  },
});

/** The one API route that needs no token: it takes it. */
export function sessionRoutes({ gate, store }: Pick<Services, "gate" | "store">) {
  const limit = new LoginLimit();
  return router().openapi(logIn, async (c) => {
    const { token } = c.req.valid("json");
    await limit.attempt(addressOf(c), async () => {
      if (await admitMember(store, c, token)) startMemberSession(c, sessionOf(token));
      else gate?.logIn(c, token);
    });
    return c.json({ ok: true as const }, 200);
  });
}

/** Whom the connection comes from; behind a proxy, all of its clients are one. */
function addressOf(c: Context): string {
  return (c.env as Partial<HttpBindings> | undefined)?.incoming?.socket.remoteAddress ?? "";
}
