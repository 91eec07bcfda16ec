import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What a published package imports where the repository imports `onnxruntime-node`. */
export const runtimePackage = "@loam/onnxruntime";

/** A package that is written here and not compiled from `packages/`. */
interface RuntimeManifest {
  name: string;
  version: string;
  license: string;
  description: string;
  [field: string]: unknown;
}

/**
 * ONNX Runtime for Node without an install script: one package with its JavaScript, and one for each platform's
 * library, of which npm installs the one that fits (docs/decisions/0182).
 * Made from the `onnxruntime-node` that this repository installs, byte for byte but for the line that opens the library.
 *
 * @param options.here writes the library of this machine only.
 */
export function writeRuntimePackages(
  publish: string,
  license: string,
  { here = false }: { here?: boolean } = {},
): { version: string } {
  const require = createRequire(import.meta.url);
  const source = dirname(require.resolve("onnxruntime-node/package.json"));
  const original = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as {
    version: string;
    dependencies: Record<string, string>;
  };
  const { version } = original;
  const libraries = join(source, "bin/napi-v6");
  const platforms = readdirSync(libraries).flatMap((platform) =>
    readdirSync(join(libraries, platform)).map((arch) => ({ platform, arch, name: `onnxruntime-${platform}-${arch}` })),
  );

  for (const { platform, arch, name } of platforms) {
    if (here && (platform !== process.platform || arch !== process.arch)) continue;
    const target = join(publish, name);
    cpSync(join(libraries, platform, arch), target, { recursive: true });
    write(target, license, {
      name: `@loam/${name}`,
      version,
      license: "MIT",
      description: `ONNX Runtime ${version} for ${platform} ${arch}, used by ${runtimePackage}`,
      main: "onnxruntime_binding.node",
      os: [platform],
      cpu: [arch],
      ...(platform === "linux" ? { libc: ["glibc"] } : {}),
    });
  }

  const target = join(publish, "onnxruntime");
  mkdirSync(target, { recursive: true });
  cpSync(join(source, "dist"), join(target, "dist"), { recursive: true });
  const binding = join(target, "dist/binding.js");
  writeFileSync(binding, opensOwnLibrary(readFileSync(binding, "utf8")));
  write(target, license, {
    name: runtimePackage,
    version,
    license: "MIT",
    description: "ONNX Runtime for Node.js as its authors publish it (onnxruntime-node), without an install script",
    main: "dist/index.js",
    types: "dist/index.d.ts",
    dependencies: { "onnxruntime-common": original.dependencies["onnxruntime-common"]! },
    optionalDependencies: Object.fromEntries(platforms.map(({ name }) => [`@loam/${name}`, version])),
  });
  return { version };
}

/** The compiled modules of a package, importing the runtime by its published name. */
export function useRuntimePackage(folder: string): void {
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const file = join(folder, path);
    if (!/\.(js|d\.ts)$/.test(path) || !statSync(file).isFile()) continue;
    const text = readFileSync(file, "utf8");
    const changed = text.replaceAll(/(["'])onnxruntime-node(\/[^"']*)?\1/g, `$1${runtimePackage}$2$1`);
    if (changed !== text) writeFileSync(file, changed);
  }
}

/** @throws {Error} when `onnxruntime-node` opens its library in another way than the one known here. */
function opensOwnLibrary(code: string): string {
  const original =
    /require\(`\.\.\/bin\/napi-v6\/\$\{process\.platform\}\/\$\{process\.arch\}\/onnxruntime_binding\.node`\)/;
  if (!original.test(code))
    throw new Error("dist/binding.js of onnxruntime-node has changed: see how it opens onnxruntime_binding.node.");
  return code.replace(
    original,
    `(() => {
    const name = \`@loam/onnxruntime-\${process.platform}-\${process.arch}\`;
    try {
        return require(process.env.LOAM_ONNXRUNTIME ? require("path").resolve(process.env.LOAM_ONNXRUNTIME, "onnxruntime_binding.node") : name);
    } catch (error) {
        if (error.code !== "MODULE_NOT_FOUND") throw error;
        throw new Error(\`ONNX Runtime for \${process.platform} \${process.arch} is not installed: npm brings it as the optional package \${name}, which "--omit=optional" leaves out.\`, { cause: error });
    }
})()`,
  );
}

function write(folder: string, license: string, manifest: RuntimeManifest): void {
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ ...manifest, ...published }, null, 2)}\n`);
  writeFileSync(join(folder, "LICENSE"), license);
  writeFileSync(join(folder, "README.md"), `# ${manifest.name}\n\n${manifest.description}.\n`);
}

const published = {
  repository: { type: "git", url: "git+https://github.com/microsoft/onnxruntime.git" },
  publishConfig: { access: "public" },
};
