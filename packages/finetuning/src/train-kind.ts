import type { Store } from "@loam/store";
import { type WorkKind, workKind } from "@loam/work";
import { trainAttempts, trainOperation } from "./train-operation.ts";
import { requeueRuns } from "./tune-runs.ts";

/** Training as a kind of work, one run after the other. */
export function trainKind(store: Store): WorkKind {
  return workKind(trainOperation, store, { maxAttempts: trainAttempts, recover: () => requeueRuns(store) });
}
