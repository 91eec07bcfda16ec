import type { Context, Hono } from "hono";

/**
 * A protocol that the server speaks: the Studio's, OpenAI's, MLflow's. Each has a folder here that owns its paths, its
 * error body, where its clients put a token, its paging and its limits; what it does is an operation or a service
 * that knows nothing of the protocol.
 */
export interface Surface {
  readonly name: string;
  /** The paths it owns, from their start, as whole segments (`/api/2.0/mlflow`); of several that fit, the longest. */
  readonly prefixes: readonly string[];
  /** Its routes, by their full paths. */
  readonly app: Hono;
  /** The one place where an error (its own, a refusal at the door, an unknown route) becomes an answer. */
  respondToError(error: Error, c: Context): Response | Promise<Response>;
  /** The token as its clients send it. Left out: `Authorization: Bearer`. */
  credential?(headers: Headers): string | undefined;
  /** The largest body of a path in bytes; undefined where the route counts for itself. Left out: 4 MiB. */
  bodyLimitBytes?(method: string, path: string): number | undefined;
  /** Whether a path answers without a token. Left out: none does. */
  isOpen?(method: string, path: string): boolean;
}

export const defaultBodyLimitBytes = 4 * 1024 ** 2;

/** `Authorization: Bearer <token>`. */
export function bearerToken(headers: Headers): string | undefined {
  return /^Bearer\s+(.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}

/** `Authorization: Basic …` gives the password, which is where W&B's and Langfuse's clients put their key. */
export function basicPassword(headers: Headers): string | undefined {
  const encoded = /^Basic\s+(.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  return text.slice(text.indexOf(":") + 1);
}

/** Finds the surface that a request belongs to. A person who opens a page is never sent to a protocol at the root. */
export function surfaceFinder(surfaces: readonly Surface[]): (request: Request) => Surface | undefined {
  const prefixes = surfaces
    .flatMap((surface) => surface.prefixes.map((prefix) => ({ prefix, surface })))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  return (request) => {
    const path = new URL(request.url).pathname;
    const found = prefixes.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
    if (!found) return undefined;
    return isNavigation(request) && !isApi(path) ? undefined : found.surface;
  };
}

/** A browser that opens a page, as against a program or a script. */
function isNavigation(request: Request): boolean {
  const mode = request.headers.get("sec-fetch-mode");
  return request.method === "GET" && (mode ? mode === "navigate" : accepts(request, "text/html"));
}

/** Paths that are never pages of the Studio. */
export function isApi(path: string): boolean {
  return /^\/(api|v1|ajax-api)(\/|$)/.test(path);
}

function accepts(request: Request, type: string): boolean {
  return (request.headers.get("accept") ?? "").split(",")[0]!.trim().startsWith(type);
}
