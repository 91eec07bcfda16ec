import type { Embedder } from "@loam/models";
import { lazyRecogniser } from "@loam/rag";
import type { Store } from "@loam/store";
import type { WorkKind } from "@loam/work";
import { Assistants } from "./assistants/assistants.ts";
import { runLegKind } from "./assistants/run-leg.ts";
import { Runs } from "./assistants/runs.ts";
import { Threads } from "./assistants/threads.ts";
import { Files } from "./files/files.ts";
import type { ModelRegistry } from "./generation/model-registry.ts";
import { Uploads } from "./uploads/uploads.ts";
import { ingestKind } from "./vector-stores/ingest.ts";
import { VectorStores } from "./vector-stores/vector-stores.ts";

export interface PlatformOptions {
  store: Store;
  /** The models that write and embed for everything here. */
  registry: ModelRegistry;
  /** What vector stores are embedded by. */
  embedder: () => Embedder;
}

/** OpenAI's stored objects, and what is done with them. */
export interface Platform {
  readonly registry: ModelRegistry;
  readonly files: Files;
  readonly uploads: Uploads;
  readonly vectorStores: VectorStores;
  readonly assistants: Assistants;
  readonly threads: Threads;
  readonly runs: Runs;
  /** The kinds of long work that there are, for a worker. */
  readonly kinds: readonly WorkKind[];
  /** Stops what runs beside requests; work that is in hand goes back to its queue. */
  close(): Promise<void>;
}

/** How often it is looked for what has outlived its time. */
const sweepMs = 30_000;

export function openPlatform({ store, registry, embedder }: PlatformOptions): Platform {
  const files = new Files(store);
  const uploads = new Uploads(store, files);
  const vectorStores = new VectorStores({ store, files, embedder });
  const assistants = new Assistants(store.db, registry);
  const threads = new Threads({ db: store.db, files, vectorStores });
  const runs = new Runs({ store, registry, assistants, threads });
  const recogniser = lazyRecogniser();
  const kinds = [
    ingestKind({ store, files, vectorStores, embedder, recogniser }),
    runLegKind({ runs, registry, vectorStores }),
  ];
  const sweeper = repeat(sweepMs, async () => {
    for (const part of [uploads, files, vectorStores, runs]) await part.sweep();
  });
  return {
    ...{ registry, files, uploads, vectorStores, assistants, threads, runs, kinds },
    close: async () => {
      await sweeper.stop();
      await recogniser.close();
    },
  };
}

/** Runs a task again and again; what fails (the database is away) is tried the next time. */
function repeat(everyMs: number, task: () => Promise<void>): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= task()
      .catch(() => {})
      .finally(() => {
        running = undefined;
      });
  }, everyMs);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
