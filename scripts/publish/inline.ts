import { join, relative } from "node:path";
import { rolldown } from "rolldown";

/**
 * Libraries of which one module uses a few functions and that would install tens of megabytes: they are bundled into
 * that module when the package is published (docs/decisions/0182). Inside the repository they are imported as usual.
 */
const inlined: Record<string, { module: string; libraries: string[] }[]> = {
  core: [
    { module: "dist/rows/delimited.js", libraries: ["csv-parse"] },
    { module: "dist/rows/sheet.js", libraries: ["read-excel-file"] },
  ],
  models: [{ module: "dist/hub/hub.js", libraries: ["@huggingface/hub"] }],
  observe: [
    {
      module: "dist/tracing/tracing.js",
      libraries: ["@opentelemetry/sdk-trace-base", "@opentelemetry/context-async-hooks"],
    },
  ],
  library: [
    { module: "dist/answer/export/pdf-objects.js", libraries: ["pdf-lib"] },
    { module: "dist/answer/export/write-docx.js", libraries: ["jszip"] },
    { module: "dist/extract/write-rows.js", libraries: ["write-excel-file"] },
  ],
  pdf: [
    { module: "dist/kinds/read/plain-text.js", libraries: ["csv-parse"] },
    { module: "dist/kinds/read/mail.js", libraries: ["postal-mime"] },
    { module: "dist/kinds/read/word.js", libraries: ["mammoth"] },
    { module: "dist/kinds/read/word-seen.js", libraries: ["jszip"] },
    { module: "dist/kinds/read/sheet-formats.js", libraries: ["numfmt"] },
  ],
  platform: [{ module: "dist/import/account.js", libraries: ["openai"] }],
  server: [{ module: "dist/surfaces/wandb/execute.js", libraries: ["graphql"] }],
  store: [{ module: "dist/blobs/s3-blobs.js", libraries: ["@aws-sdk/client-s3", "@aws-sdk/lib-storage"] }],
  video: [{ module: "dist/media/mp4.js", libraries: ["mediabunny", "h264-mp4-encoder"] }],
};

/** What a whole program has to share stays a library of its own, whoever asks for it. */
const shared = ["@opentelemetry/api"];

/** The libraries that a package carries inside itself once {@link inlineLibraries} ran. */
export function inlinedLibraries(folder: string): readonly string[] {
  return (inlined[folder] ?? []).flatMap(({ libraries }) => libraries);
}

/** Rewrites the modules that use them, with what each uses of the libraries inside it. `target`: the package's folder. */
export async function inlineLibraries(folder: string, target: string): Promise<void> {
  for (const { module, libraries } of inlined[folder] ?? []) await inlineInto(join(target, module), libraries);
}

async function inlineInto(file: string, libraries: readonly string[]): Promise<void> {
  const build = await rolldown({
    input: file,
    platform: "node",
    // The package's own modules and its other dependencies stay imports; whatever a library brings goes in with it.
    external: (id, importer) =>
      shared.includes(id) ||
      (importer === file &&
        !libraries.some((name) => id === name || id.startsWith(`${name}/`) || id.includes(`/node_modules/${name}/`))),
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
  console.error(`inlined ${libraries.join(", ")} into ${relative(process.cwd(), file)}`);
}
