import { trainKind } from "@loam/finetuning";
import type { Platform } from "@loam/platform";
import { ingestKind, type Library } from "@loam/rag";
import type { Store } from "@loam/store";
import type { WorkKind } from "@loam/work";

/** Every kind of work that a worker of this machine can do. */
export function workKinds(
  { store, library, platform }: { store: Store; library: Library; platform: Pick<Platform, "kinds"> },
  { concurrency }: { concurrency?: number } = {},
): WorkKind[] {
  return [ingestKind(library, { concurrency }), trainKind(store), ...platform.kinds];
}
