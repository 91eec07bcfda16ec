import { type EvaluationContext, evaluateOperation } from "@loam/evaluation";
import { trainKind } from "@loam/finetuning";
import type { Platform } from "@loam/platform";
import type { Models } from "@loam/providers";
import { embedCatalogueOperation, ingestKind, type Library, openCatalogues } from "@loam/rag";
import type { Store } from "@loam/store";
import { type WorkKind, workKind } from "@loam/work";
import { type SummaryService, summaryOperation } from "./summary-service.ts";

export interface WorkKindsContext {
  store: Store;
  library: Library;
  platform: Pick<Platform, "kinds">;
  evaluations: EvaluationContext;
  summaries: SummaryService;
  /** The models in force. */
  models(): Models;
}

/** Every kind of work that a worker of this machine can do. */
export function workKinds(
  { store, library, platform, evaluations, summaries, models }: WorkKindsContext,
  { concurrency }: { concurrency?: number } = {},
): WorkKind[] {
  const catalogues = openCatalogues({ store });
  return [
    ingestKind(library, { concurrency }),
    trainKind(store),
    workKind(evaluateOperation, evaluations, { maxAttempts: 3 }),
    workKind(embedCatalogueOperation, { catalogues, embedder: () => models().embed }),
    workKind(summaryOperation, summaries, { concurrency: 2, maxAttempts: 3 }),
    ...platform.kinds,
  ];
}
