import type { Store } from "@loam/store";
import { Files } from "./files/files.ts";
import type { ModelRegistry } from "./generation/model-registry.ts";
import { Uploads } from "./uploads/uploads.ts";

export interface PlatformOptions {
  store: Store;
  /** The models that write and embed for everything here. */
  registry: ModelRegistry;
}

/** OpenAI's stored objects, and what is done with them. */
export interface Platform {
  readonly registry: ModelRegistry;
  readonly files: Files;
  readonly uploads: Uploads;
  /** Stops what runs beside requests. */
  close(): Promise<void>;
}

/** How often it is looked for what has outlived its time. */
const sweepMs = 30_000;

export function openPlatform({ store, registry }: PlatformOptions): Platform {
  const files = new Files(store);
  const uploads = new Uploads(store, files);
  const sweep = async () => {
    await uploads.sweep();
    await files.sweep();
  };
  let sweeping: Promise<void> | undefined;
  const timer = setInterval(() => {
    // A database that is away is asked again the next time.
    sweeping ??= sweep()
      .catch(() => {})
      .finally(() => {
        sweeping = undefined;
      });
  }, sweepMs);
  timer.unref();
  return {
    registry,
    files,
    uploads,
    close: async () => {
      clearInterval(timer);
      await sweeping;
    },
  };
}
