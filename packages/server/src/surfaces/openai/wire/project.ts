import type { Context } from "hono";

const projects = new WeakMap<Request, string>();

/** Notes to whose project a request belongs, as its key says. */
export function setProject(request: Request, project: string): void {
  projects.set(request, project);
}

/** The project whose objects a request may see; empty where there are no keys. */
export function projectOf(c: Context): string {
  return projects.get(c.req.raw) ?? "";
}
