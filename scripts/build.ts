import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes one publishable folder per package to `build/publish/<folder>`: compiled JavaScript with types under
 * `dist/`, the package's assets, and a manifest whose `exports` and `bin` point at `dist/`.
 * Inside the repository nothing needs this: TypeScript runs directly.
 */
const root = join(import.meta.dirname, "..");
const publish = join(root, "build", "publish");
const emitted = join(root, "build", "emitted");
rmSync(join(root, "build"), { recursive: true, force: true });
mkdirSync(publish, { recursive: true });

writeFileSync(
  join(root, "build", "tsconfig.json"),
  JSON.stringify({
    extends: "../tsconfig.json",
    compilerOptions: {
      noEmit: false,
      declaration: true,
      sourceMap: true,
      inlineSources: true,
      rewriteRelativeImportExtensions: true,
      rootDir: "../packages",
      outDir: "emitted",
    },
    include: ["../packages/*/src"],
    exclude: ["../packages/studio", "../packages/*/src/**/*.test.ts"],
  }),
);
run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "build/tsconfig.json"]);
run(process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "build", "packages/studio"]);

interface Manifest {
  name: string;
  version: string;
  exports?: Record<string, string>;
  bin?: Record<string, string>;
  devDependencies?: unknown;
  files?: string[];
}

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
  cpSync(join(root, "LICENSE"), join(target, "LICENSE"));
  cpSync(join(root, "README.md"), join(target, "README.md"));
  const { devDependencies: _, ...rest } = manifest;
  if (rest.exports)
    rest.exports = Object.fromEntries(Object.entries(rest.exports).map(([key, path]) => [key, toDist(path)]));
  writeFileSync(join(target, "package.json"), `${JSON.stringify(rest, null, 2)}\n`);
  console.error(`built ${manifest.name} ${manifest.version}`);
}
rmSync(emitted, { recursive: true });

function toDist(path: string): string {
  return path.replace("./src/", "./dist/").replace(/\.ts$/, ".js");
}

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
