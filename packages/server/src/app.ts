import { NotFoundError } from "@loam/core";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { asLoamError, respondToError, TooLargeError } from "./http/errors.ts";
import { bearerToken, defaultBodyLimitBytes, type Surface, surfaceFinder } from "./http/surface.ts";
import { securityHeaders } from "./security/headers.ts";
import { answerWithKey, isApiKey } from "./security/key-door.ts";
import { type SameOriginOptions, sameOrigin } from "./security/same-origin.ts";
import { admitMember, requireRole } from "./security/team-door.ts";
import type { Services } from "./services/services.ts";
import { openSurfaces } from "./surfaces/index.ts";
import { pages } from "./surfaces/studio/pages.ts";

export interface AppOptions extends SameOriginOptions {
  /** Folder of the built Studio; without one the server has only its API. */
  studioFolder?: string;
  /** The protocols it speaks; left out, all but those with a port of their own. */
  surfaces?: readonly Surface[];
}

/**
 * Everything the server answers, behind the checks that every request passes: where it comes from, its token, the size
 * of its body. The surface that a request belongs to says how each refusal looks.
 */
export async function createApp(
  services: Services,
  { studioFolder, surfaces = openSurfaces(services), ...origin }: AppOptions,
): Promise<Hono> {
  const { gate, platform, store } = services;
  const find = surfaceFinder(surfaces);
  for (const { app, respondToError } of surfaces) {
    app.onError(async (error, c) => withRetryAfter(await respondToError(asLoamError(error) as Error, c)));
    app.notFound(unknownRoute);
  }
  const app = new Hono();
  app.onError(async (error, c) =>
    withRetryAfter(await (find(c.req.raw)?.respondToError ?? respondToError)(asLoamError(error) as Error, c)),
  );
  app.use(securityHeaders);
  app.use(sameOrigin(origin));
  if (gate) {
    app.get("/", async (c, next) => {
      const code = c.req.query("token");
      if (code === undefined) return await next();
      await gate.redeem(c, code); // a spent code ends at the Studio, which asks for the token
      return c.redirect("/", 303);
    });
  }
  app.use(async (c, next) => {
    const surface = find(c.req.raw);
    if (!surface) return await next();
    const { method, path } = c.req;
    requireText(path);
    const credential = (surface.credential ?? bearerToken)(c.req.raw.headers);
    const key = surface.name === "openai" && isApiKey(credential) ? credential : undefined;
    const member = key ? undefined : await admitMember(store, c, credential);
    if (member) requireRole(member, surface, method, path);
    else if (gate && !key && !surface.isOpen?.(method, path)) gate.admit(c, credential);
    const reply = async () => {
      c.res = await surface.app.fetch(c.req.raw, c.env);
    };
    const answer = key ? () => answerWithKey(platform.keys, c, key, reply) : reply;
    const limit = limitOf(surface, c);
    if (limit === undefined) return await answer();
    return await bodyLimit({ maxSize: limit, onError: () => refuseBody(limit) })(c, answer);
  });
  if (studioFolder) app.route("/", await pages(studioFolder));
  app.notFound(unknownRoute);
  return app;
}

function limitOf({ bodyLimitBytes }: Surface, { req }: Context): number | undefined {
  return bodyLimitBytes ? bodyLimitBytes(req.method, req.path) : defaultBodyLimitBytes;
}

function refuseBody(limit: number): never {
  throw new TooLargeError("The body", `${Math.round(limit / 1024 ** 2)} MiB`, "send files as multipart/form-data");
}

/** No id has a NUL or half a character in it. */
function requireText(path: string): void {
  let text = path;
  try {
    text = decodeURIComponent(path);
  } catch {} // no UTF-8: a route may still take it as it is
  if (text.isWellFormed() && !text.includes("\0")) return;
  throw new NotFoundError("path", path, { hint: "it holds a character that no id has" });
}

function unknownRoute(c: { req: { method: string; path: string } }): never {
  throw new NotFoundError("route", `${c.req.method} ${c.req.path}`, {
    hint: `see ${c.req.path.startsWith("/v1/") ? "/v1" : "/api"}/openapi.json for what there is`,
  });
}

/** What is away comes back: every protocol's clients know this header. */
function withRetryAfter(response: Response): Response {
  if (response.status === 503 && !response.headers.has("retry-after")) response.headers.set("retry-after", "5");
  return response;
}
