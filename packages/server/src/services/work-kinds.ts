import type { Config } from "@loam/core";
import { type EvaluationContext, evaluateOperation } from "@loam/evaluation";
import { trainKind } from "@loam/finetuning";
import type { Platform } from "@loam/platform";
import { type Models, pullOperation } from "@loam/providers";
import { embedCatalogueOperation, ingestKind, type Library, openCatalogues, refreshOperation } from "@loam/rag";
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
    workKind(refreshOperation, library, { maxAttempts: 2 }),
    trainKind(store),
    pullKind(config),
    workKind(evaluateOperation, evaluations, { maxAttempts: 3 }),
    workKind(embedCatalogueOperation, { catalogues, embedder: () => models().embed }),
    workKind(summaryOperation, summaries, { concurrency: 2, maxAttempts: 3 }),
    ...platform.kinds,
  ];
}

/** Fetching models, with the configuration as it is then. What no source gave is tried once more, not for hours. */
function pullKind(config: () => Config): WorkKind {
  return {
    ...workKind(pullOperation, config(), { maxAttempts: 2 }),
    run: (input, controls) => pullOperation.run(config(), pullOperation.parse(input), controls),
  };
}
