import { type EvaluationContext, evaluateOperation } from "@loam/evaluation";
import { trainKind } from "@loam/finetuning";
import type { Platform } from "@loam/platform";
import { ingestKind, type Library } from "@loam/rag";
import type { Store } from "@loam/store";
import { type WorkKind, workKind } from "@loam/work";

export interface WorkKindsContext {
  store: Store;
  library: Library;
  platform: Pick<Platform, "kinds">;
  evaluations: EvaluationContext;
}

/** Every kind of work that a worker of this machine can do. */
export function workKinds(
  { store, library, platform, evaluations }: WorkKindsContext,
  { concurrency }: { concurrency?: number } = {},
): WorkKind[] {
  return [
    ingestKind(library, { concurrency }),
    trainKind(store),
    workKind(evaluateOperation, evaluations, { maxAttempts: 3 }),
    ...platform.kinds,
  ];
}
