import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const packages = join(import.meta.dirname, "../packages");

/** What a file imports when it runs: type-only imports are gone by then. Tests stand outside. */
function valueImports(source: string): string[] {
  const found: string[] = [];
  for (const [, kind, names, path] of source.matchAll(/^(?:import|export)\s+(type\s+)?([^;"]*?)from\s+"(\.[^"]+)"/gm)) {
    const listed = /\{([\s\S]*)\}/
      .exec(names!)?.[1]
      ?.split(",")
      .filter((name) => name.trim() !== "");
    const onlyTypes = kind !== undefined || (listed?.every((name) => name.trim().startsWith("type ")) ?? false);
    if (!onlyTypes) found.push(path!);
  }
  for (const [, path] of source.matchAll(/^import\s+"(\.[^"]+)"/gm)) found.push(path!);
  return found;
}

/** Sets of nodes that reach each other (Tarjan's strongly connected components), of two and more. */
function circles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) {
        visit(next);
        low.set(node, Math.min(low.get(node)!, low.get(next)!));
      } else if (stack.includes(next)) low.set(node, Math.min(low.get(node)!, index.get(next)!));
    }
    if (low.get(node) !== index.get(node)) return;
    const circle = stack.splice(stack.indexOf(node));
    if (circle.length > 1) found.push(circle.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found;
}

/** Both graphs of a package: which file runs which, and which folder needs which. */
function graphsOf(folder: string) {
  const files = new Map<string, Set<string>>();
  const folders = new Map<string, Set<string>>();
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!/\.tsx?$/.test(path) || /\.test\./.test(path)) continue;
    const targets = valueImports(readFileSync(join(folder, path), "utf8")).map((specifier) =>
      relative(folder, join(folder, dirname(path), specifier)),
    );
    files.set(path, new Set(targets));
    const own = dirname(path);
    const others = folders.get(own) ?? new Set();
    for (const target of targets) if (dirname(target) !== own) others.add(dirname(target));
    folders.set(own, others);
  }
  return { files, folders };
}

test.each(readdirSync(packages))("no file of %s runs itself through others, no folder needs itself", (name) => {
  const { files, folders } = graphsOf(join(packages, name, "src"));
  expect(files.size).toBeGreaterThan(1);
  expect({ files: circles(files), folders: circles(folders) }).toEqual({ files: [], folders: [] });
});

test.each(readdirSync(packages))("no folder of %s has more than 25 files", (name) => {
  const counts = new Map<string, number>();
  for (const path of readdirSync(join(packages, name, "src"), { recursive: true, encoding: "utf8" })) {
    if (/\.(tsx?|css)$/.test(path)) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  }
  expect([...counts].filter(([, count]) => count > 25)).toEqual([]);
});
