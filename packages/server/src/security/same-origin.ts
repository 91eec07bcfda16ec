import { isIP } from "node:net";
import { createMiddleware } from "hono/factory";
import { ForbiddenError } from "../http/errors.ts";
import { isApi } from "../http/surface.ts";

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

export interface SameOriginOptions {
  /** Answers on a loopback address only. */
  loopbackOnly: boolean;
  /** Host names (without port) that are allowed besides. */
  allowedHosts?: readonly string[];
}

/**
 * Refuses requests that a page of another site makes the browser send.
 *
 * A page that rebinds its own name to 127.0.0.1 sends that name as Host, so only names known to be ours pass;
 * an IP address cannot be rebound. A page that sends requests to us as another origin says so in Origin, or in
 * Sec-Fetch-Site where there is no Origin (an `<img>`, a GET). Other ports of localhost count as other sites.
 */
export function sameOrigin({ loopbackOnly, allowedHosts = [] }: SameOriginOptions) {
  const allowed = new Set([...loopback, ...allowedHosts.map((host) => host.toLowerCase())]);
  return createMiddleware(async (c, next) => {
    const host = c.req.header("host")?.toLowerCase() ?? "";
    const name = host.replace(/:\d+$/, "");
    const isAddress = isIP(name.replace(/^\[|\]$/g, "")) !== 0;
    if (!allowed.has(name) && !(isAddress && !loopbackOnly)) {
      throw new ForbiddenError(
        "host_not_allowed",
        `The host ${JSON.stringify(host)} is not one that this server answers to.`,
        loopbackOnly ? "open http://127.0.0.1 with the server's port" : "name it in `allowedHosts`",
      );
    }
    const origin = c.req.header("origin");
    if (origin !== undefined && !isOriginOf(origin, host)) {
      throw new ForbiddenError(
        "origin_not_allowed",
        `A page of ${origin} may not use this server.`,
        "open the Studio on the server's own address",
      );
    }
    const site = c.req.header("sec-fetch-site");
    const isNavigation = c.req.header("sec-fetch-mode") === "navigate" && c.req.method === "GET";
    if (site !== undefined && site !== "same-origin" && site !== "none" && !(isNavigation && !isApi(c.req.path))) {
      throw new ForbiddenError(
        "origin_not_allowed",
        "A page of another site may not use this server.",
        "open the Studio on the server's own address",
      );
    }
    await next();
  });
}

function isOriginOf(origin: string, host: string): boolean {
  return origin.toLowerCase() === `http://${host}` || origin.toLowerCase() === `https://${host}`;
}

/** Whether a server bound to `host` can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
