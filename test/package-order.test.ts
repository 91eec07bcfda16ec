import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** A package imports only from packages above it in this list. */
const order = [
  "@loam/core",
  "@loam/formats",
  "@loam/graph",
  "@loam/store",
  "@loam/work",
  "@loam/observe",
  "@loam/models",
  "@loam/peft",
  "@loam/video",
  "@loam/providers",
  "@loam/pdf",
  "@loam/search",
  "@loam/library",
  "@loam/recommend",
  "@loam/evaluation",
  "@loam/finetuning",
  "@loam/platform",
  "@loam/server",
  "@loam/studio",
  "@loam/cli",
];
const root = join(import.meta.dirname, "..");

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}
const packages = readdirSync(join(root, "packages")).map((folder) => ({
  folder,
  manifest: JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")) as Manifest,
}));

function sources(folder: string): string[] {
  return readdirSync(join(root, "packages", folder), { recursive: true, encoding: "utf8" }).filter(
    (path) => /\.tsx?$/.test(path) && !/(^|\/)(node_modules|dist)\//.test(path),
  );
}

test("every package has its row in the order", () => {
  expect(packages.map((p) => p.manifest.name).filter((name) => !order.includes(name))).toEqual([]);
});

test("a package imports only from rows above it, and declares what it imports", () => {
  const offences: string[] = [];
  for (const { folder, manifest } of packages) {
    const row = order.indexOf(manifest.name);
    const declared = { ...manifest.dependencies, ...manifest.devDependencies };
    for (const name of Object.keys(declared).filter((name) => order.includes(name))) {
      if (order.indexOf(name) >= row) offences.push(`${manifest.name} declares ${name}, which is not above it`);
    }
    for (const path of sources(folder)) {
      const text = readFileSync(join(root, "packages", folder, path), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
      for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*"(@loam\/[^"]*)"/g)) {
        const name = specifier!.split("/").slice(0, 2).join("/");
        if (order.indexOf(name) >= row)
          offences.push(`packages/${folder}/${path} imports ${name}, which is not above it`);
        else if (!(name in declared))
          offences.push(`packages/${folder}/${path} imports ${name}, which its package.json lacks`);
      }
    }
  }
  expect(offences).toEqual([]);
});
