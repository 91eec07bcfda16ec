import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { LoamError, loadConfig, type OnProgress } from "@loam/core";
import { listRuns, storeRecorder } from "@loam/observe";
import type { RunRecorder } from "@loam/peft";
import { openStore, storeOptions } from "@loam/store";
import type { Io } from "../../terminal/io.ts";

/** A run written down in the store, where the Studio shows it. */
export interface OpenRecorder extends AsyncDisposable {
  recorder: RunRecorder;
  onProgress: OnProgress;
}

/** What is recorded: its kind and experiment, and the tag under which its output goes by name. */
interface Recorded {
  kind: string;
  experiment: string;
  tag: string;
  /** The parameters as they are written down; as they are when left out. */
  toParams?: (params: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

/** Opens a run's record: that of its output folder where it goes on, else a new one. Without a store it runs unrecorded. */
export async function openRecorder(
  output: string,
  { kind, experiment, tag, toParams = (params) => params }: Recorded,
  { home, resume, io }: { home?: string; resume: "auto" | "never"; io: Io },
): Promise<OpenRecorder> {
  const { config } = await loadConfig({ flags: home ? { home } : {} });
  const store = await openStore(storeOptions(config)).catch((error) => {
    if (!(error instanceof LoamError)) throw error;
    io.note(`The run is not recorded: ${error.message}`);
  });
  if (!store) return { recorder: { metrics: () => {} }, onProgress: () => {}, [Symbol.asyncDispose]: async () => {} };
  const name = basename(resolve(output));
  const tags = { [tag]: name, output: resolve(output) };
  const goesOn = resume === "auto" && existsSync(join(output, "checkpoints"));
  const [last] = goesOn ? await listRuns(store, { kind, tags: { output: resolve(output) } }) : [];
  const recorder = storeRecorder(store, { run: last?.id, kind, experiment, tags });
  return {
    recorder: { ...recorder, start: ({ params }) => recorder.start({ name, params: toParams(params) }) },
    onProgress: recorder.progress,
    [Symbol.asyncDispose]: () => store.close(),
  };
}
