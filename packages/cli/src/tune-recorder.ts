import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { LoamError, loadConfig, type OnProgress } from "@loam/core";
import { listRuns, storeRecorder } from "@loam/observe";
import type { Recipe, RunRecorder } from "@loam/peft";
import { openStore } from "@loam/store";
import type { Io } from "./io.ts";

/** A run written down in the store, where the Studio shows it. */
export interface TuneRecorder extends AsyncDisposable {
  recorder: RunRecorder;
  onProgress: OnProgress;
}

/** Opens the record of a recipe's run: that of its output folder where it goes on, else a new one. Without a store it runs unrecorded. */
export async function openTuneRecorder(
  recipe: Recipe,
  { home, resume, io }: { home?: string; resume: "auto" | "never"; io: Io },
): Promise<TuneRecorder> {
  const { config } = await loadConfig({ flags: home ? { home } : {} });
  const { databaseUrl, blobUrl } = config;
  const store = await openStore({ home: config.home, databaseUrl, blobUrl }).catch((error) => {
    if (!(error instanceof LoamError)) throw error;
    io.note(`The run is not recorded: ${error.message}`);
  });
  if (!store) return { recorder: { metrics: () => {} }, onProgress: () => {}, [Symbol.asyncDispose]: async () => {} };
  const tags = { adapter: basename(resolve(recipe.output)), output: resolve(recipe.output) };
  const goesOn = resume === "auto" && existsSync(join(recipe.output, "checkpoints"));
  const [last] = goesOn ? await listRuns(store, { kind: "tune", tags: { output: tags.output } }) : [];
  const recorder = storeRecorder(store, { run: last?.id, kind: "tune", experiment: "fine-tuning", tags });
  return {
    recorder: {
      ...recorder,
      start: ({ name: _, params }) => recorder.start({ name: tags.adapter, params: absolute(params as Recipe) }),
    },
    onProgress: recorder.progress,
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/** Paths that mean the same wherever the run is taken up again. */
function absolute({ model, data, output, ...rest }: Recipe): Recipe {
  const path = (name: string) => (existsSync(name) ? resolve(name) : name);
  return { ...rest, model: path(model), data: { ...data, path: path(data.path) }, output: resolve(output) };
}
