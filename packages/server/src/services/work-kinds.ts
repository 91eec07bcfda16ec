import type { Config } from "@loam/core";
import { type EvaluationContext, evaluateOperation } from "@loam/evaluation";
import { exportKinds, trainKind, tuneFolders } from "@loam/finetuning";
import { extractKeptOperation, ingestKind, type Library, openExtractions, refreshOperation } from "@loam/library";
import type { Platform } from "@loam/platform";
import { type Models, pullOperation } from "@loam/providers";
import { embedCatalogueOperation, openCatalogues } from "@loam/recommend";
import type { Store } from "@loam/store";
import { type WorkKind, workKind } from "@loam/work";
import { type SummaryService, summaryOperation } from "./summary-service.ts";

export interface WorkKindsContext {
  store: Store;
  library: Library;
  platform: Pick<Platform, "kinds">;
  evaluations: EvaluationContext;
  summaries: SummaryService;
  /** The configuration and the models in force. */
  config(): Config;
  models(): Models;
}

/** Every kind of work that a worker of this machine can do. */
export function workKinds(
  { store, library, platform, evaluations, summaries, config, models }: WorkKindsContext,
  { concurrency }: { concurrency?: number } = {},
): WorkKind[] {
  const catalogues = openCatalogues({ store });
  return [
    ingestKind(library, { concurrency }),
    workKind(refreshOperation, library),
    workKind(extractKeptOperation, openExtractions({ store, library })),
    trainKind(store),
    ...exportKinds(tuneFolders(store)),
    workKind(pullOperation, { config }),
    workKind(evaluateOperation, evaluations),
    workKind(embedCatalogueOperation, { catalogues, embedder: () => models().embed }),
    workKind(summaryOperation, summaries, { concurrency: 2 }),
    ...platform.kinds,
  ];
}
