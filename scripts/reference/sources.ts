import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Node } from "oxc-parser";

const packages = join(import.meta.dirname, "../../packages");

/** The sources that are published, in order: tests and what only tests import stand outside. */
export function sources(): string[] {
  return readdirSync(packages, { recursive: true, encoding: "utf8" })
    .filter((path) => /^[^/]+\/src\/.*\.tsx?$/.test(path) && !/\.test\.|\/testing\/|node_modules/.test(path))
    .sort()
    .map((path) => join(packages, path));
}

/** Calls `visit` for a node and all below it; what it answers false for is not entered. */
export function walk(node: unknown, visit: (node: Node) => boolean): void {
  if (Array.isArray(node)) for (const each of node) walk(each, visit);
  else if (node && typeof node === "object") {
    if ("type" in node && typeof node.type === "string" && !visit(node as Node)) return;
    for (const value of Object.values(node)) walk(value, visit);
  }
}
