import { isMemberKey, type Member, memberOf } from "@loam/observe";
import type { Store, TeamRole } from "@loam/store";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { AuthenticationError, ForbiddenError } from "../http/errors.ts";
import type { Surface } from "../http/surface.ts";

const members = new WeakMap<Request, Member>();

/**
 * The member of the team that a request comes from, by the key it brings or by the cookie of the browser.
 *
 * @throws {AuthenticationError} when it brings a member's key that is none (any more).
 */
export async function admitMember(
  store: Store,
  c: Context,
  credential: string | undefined,
): Promise<Member | undefined> {
  const known = isMemberKey(credential)
    ? credential
    : credential === undefined
      ? getCookie(c, cookieName(c))
      : undefined;
  const member = known === undefined ? undefined : await memberOf(store, known);
  if (member) members.set(c.req.raw, member);
  else if (isMemberKey(credential))
    throw new AuthenticationError(
      "This key is nobody's, or was taken away.",
      "ask the owner of this server for a new one",
    );
  return member;
}

/** Who asks; undefined for whoever runs the server, who has no key of the team. */
export function memberOfRequest(request: Request): Member | undefined {
  return members.get(request);
}

/**
 * Viewers read; the team, keys and settings are the owners'. What only asks although it is a POST, a surface says.
 *
 * @throws {ForbiddenError}
 */
export function requireRole({ role }: Member, surface: Surface, method: string, path: string): void {
  if (role === "owner" || surface.isOpen?.(method, path)) return;
  const reads = method === "GET" || method === "HEAD" || method === "OPTIONS" || surface.reads?.(method, path);
  if (role === "viewer" && !reads) throw refused(role, `${method} ${path} changes something`);
  if (!reads && surface.isForOwners?.(method, path)) throw refused(role, `${method} ${path} is for owners`);
}

/** For what the path does not tell: refuses a viewer. @throws {ForbiddenError} */
export function requireWriter(request: Request, what: string): void {
  const role = memberOfRequest(request)?.role;
  if (role === "viewer") throw refused(role, `${what} changes something`);
}

function refused(role: TeamRole, what: string): ForbiddenError {
  return new ForbiddenError(
    "role_forbids",
    `Your role is ${role}, and ${what}.`,
    role === "viewer" ? "a viewer reads: ask an owner to make you an editor" : "ask an owner of this server",
  );
}

/** The browser is the member's from here on. */
export function startMemberSession(c: Context, session: string): void {
  setCookie(c, cookieName(c), session, {
    httpOnly: true,
    sameSite: "Strict",
    path: "/",
    secure: new URL(c.req.url).protocol === "https:",
    maxAge: 30 * 24 * 3600,
  });
}

export function endMemberSession(c: Context): void {
  deleteCookie(c, cookieName(c), { path: "/" });
}

/** Cookies are shared by all ports of a host, so the port is part of the name. */
function cookieName(c: Context): string {
  return `loam_member_${/:(\d+)$/.exec(c.req.header("host") ?? "")?.[1] ?? "80"}`;
}
