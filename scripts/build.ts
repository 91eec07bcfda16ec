import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packProse } from "../packages/finetuning/src/small-base/prose.ts";
import { inlinedLibraries, inlineLibraries } from "./publish/inline.ts";
import { runtimePackage, useRuntimePackage, writeRuntimePackages } from "./publish/onnxruntime.ts";

/**
 * Writes one publishable folder per package to `build/publish/<folder>`: compiled JavaScript with types under
 * `dist/`, the package's assets, and a manifest whose `exports` and `bin` point at `dist/`.
 * Inside the repository nothing needs this: TypeScript runs directly.
 *
 *   --out FOLDER   instead of `build`, inside the repository
 *   --no-studio    without building the Studio anew
 *   --pack         also as tarballs, in `build/tarballs`
 *   --here         of ONNX Runtime's libraries, only the one for this machine
 */
const root = join(import.meta.dirname, "..");
const { values } = parseArgs({
  options: {
    out: { type: "string", default: "build" },
    "no-studio": { type: "boolean" },
    pack: { type: "boolean" },
    here: { type: "boolean" },
  },
});
const out = join(root, values.out);
const publish = join(out, "publish");
const emitted = join(out, "emitted");
rmSync(out, { recursive: true, force: true });
mkdirSync(publish, { recursive: true });

writeFileSync(
  join(out, "tsconfig.json"),
  JSON.stringify({
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      rootDir: join(root, "packages"),
      outDir: emitted,
    },
    include: [join(root, "packages/*/src")],
    exclude: [join(root, "packages/studio"), join(root, "packages/*/src/**/*.test.ts")],
  }),
);
run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", join(out, "tsconfig.json")]);
if (!values["no-studio"])
  run(process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "build", "packages/studio"]);

interface Manifest {
  name: string;
  version: string;
  exports?: Record<string, string>;
  bin?: Record<string, string>;
  keywords?: string[];
  dependencies?: Record<string, string>;
  devDependencies?: unknown;
  files?: string[];
}

const license = readFileSync(join(root, "scripts/publish/onnxruntime.LICENSE"), "utf8");
const runtime = writeRuntimePackages(publish, license, { here: values.here });

for (const folder of readdirSync(join(root, "packages"))) {
  const source = join(root, "packages", folder);
  const target = join(publish, folder);
  const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as Manifest;
  mkdirSync(target);
  const code = folder === "studio" ? join(source, "dist") : join(emitted, folder, "src");
  if (existsSync(code)) cpSync(code, join(target, "dist"), { recursive: true });
  for (const asset of manifest.files ?? []) {
    if (asset !== "dist" && existsSync(join(source, asset)))
      cpSync(join(source, asset), join(target, asset), { recursive: true });
  }
  if (folder !== "studio") {
    for (const path of readdirSync(join(source, "src"), { recursive: true, encoding: "utf8" })) {
      if (/\.(sql|json|txt|wasm|onnx)$/.test(path)) cpSync(join(source, "src", path), join(target, "dist", path));
    }
  }
  if (folder === "finetuning") writeFileSync(join(target, "sample/prose.txt.gz"), await packProse());
  cpSync(join(root, "LICENSE"), join(target, "LICENSE"));
  const readme = join(source, "README.md");
  cpSync(existsSync(readme) ? readme : join(root, "README.md"), join(target, "README.md"));
  const { devDependencies: _, ...rest } = {
    ...manifest,
    keywords: ["loam", "llm", ...(manifest.keywords ?? [])],
    homepage: `https://www.npmjs.com/package/${manifest.name}`,
    engines: { node: ">=22" },
    publishConfig: { access: "public" },
  };
  if (rest.dependencies?.["onnxruntime-node"]) {
    const { "onnxruntime-node": __, ...others } = rest.dependencies;
    rest.dependencies = { ...others, [runtimePackage]: runtime.version };
    useRuntimePackage(join(target, "dist"));
  }
  if (rest.exports)
    rest.exports = Object.fromEntries(Object.entries(rest.exports).map(([key, path]) => [key, toDist(path)]));
  await inlineLibraries(folder, target);
  for (const library of inlinedLibraries(folder)) delete rest.dependencies?.[library];
  writeFileSync(join(target, "package.json"), `${JSON.stringify(rest, null, 2)}\n`);
  console.error(`built ${manifest.name} ${manifest.version}`);
}
rmSync(emitted, { recursive: true });

if (values.pack) {
  const tarballs = join(out, "tarballs");
  mkdirSync(tarballs);
  const folders = readdirSync(publish).map((folder) => join(publish, folder));
  run("npm", ["pack", "--silent", "--pack-destination", tarballs, ...folders]);
}

function toDist(path: string): string {
  return path.replace("./src/", "./dist/").replace(/\.ts$/, ".js");
}

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
