import { join, relative } from "node:path";
import { rolldown } from "rolldown";

/**
 * Libraries of which one module uses a few functions and that would install tens of megabytes: they are bundled into
 * that module when the package is published (docs/decisions/0182). Inside the repository they are imported as usual.
 */
const inlined: Record<string, { module: string; libraries: string[] }> = {
  core: { module: "dist/rows/sheet.js", libraries: ["read-excel-file"] },
  models: { module: "dist/checkpoints/hub.js", libraries: ["@huggingface/hub"] },
  observe: {
    module: "dist/tracing/tracing.js",
    libraries: ["@opentelemetry/sdk-trace-base", "@opentelemetry/context-async-hooks"],
  },
  server: { module: "dist/surfaces/wandb/execute.js", libraries: ["graphql"] },
  store: { module: "dist/blobs/s3-blobs.js", libraries: ["@aws-sdk/client-s3", "@aws-sdk/lib-storage"] },
  video: { module: "dist/media/mp4.js", libraries: ["mediabunny", "h264-mp4-encoder"] },
};

/** What a whole program has to share stays a library of its own, whoever asks for it. */
const shared = ["@opentelemetry/api"];

/** The libraries that a package carries inside itself once {@link inlineLibraries} ran. */
export function inlinedLibraries(folder: string): readonly string[] {
  return inlined[folder]?.libraries ?? [];
}

/** Rewrites the module that uses them, with what it uses of the libraries inside it. `target`: the package's folder. */
export async function inlineLibraries(folder: string, target: string): Promise<void> {
  const choice = inlined[folder];
  if (!choice) return;
  const file = join(target, choice.module);
  const build = await rolldown({
    input: file,
    platform: "node",
    // The package's own modules and its other dependencies stay imports; whatever a library brings goes in with it.
    external: (id, importer) =>
      shared.includes(id) ||
      (importer === file &&
        !choice.libraries.some(
          (name) => id === name || id.startsWith(`${name}/`) || id.includes(`/node_modules/${name}/`),
        )),
    logLevel: "silent",
  });
  await build.write({
    file,
    format: "esm",
    codeSplitting: false,
    minify: { mangle: false, compress: true, codegen: false },
    comments: { legal: true },
  });
  await build.close();
  console.error(`inlined ${choice.libraries.join(", ")} into ${relative(process.cwd(), file)}`);
}
