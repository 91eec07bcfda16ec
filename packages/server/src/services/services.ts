import type { Library } from "@loam/library";
import type { PriceTable } from "@loam/observe";
import type { Platform } from "@loam/platform";
import type { Store } from "@loam/store";
import type { UploadLimits } from "../http/upload.ts";
import type { TokenGate } from "../security/token.ts";
import type { CatalogueService } from "./catalogue-service.ts";
import type { DocumentWatch } from "./document-watch.ts";
import type { ModelSettings } from "./model-settings.ts";
import type { PairScorer } from "./pair-scorer.ts";
import type { Passwords } from "./passwords.ts";
import type { RunStore } from "./run-store.ts";
import type { SummaryService } from "./summary-service.ts";
import type { TuneServices } from "./tune-services.ts";

/** What the routes call. */
export interface Services {
  library: Library;
  store: Store;
  platform: Platform;
  models: ModelSettings;
  watch: DocumentWatch;
  catalogueService: CatalogueService;
  summaryService: SummaryService;
  passwords: Passwords;
  pairs: PairScorer;
  runs: RunStore;
  uploads: UploadLimits;
  tune: TuneServices;
  /** Undefined on a loopback server without a token. */
  gate: TokenGate | undefined;
  flushTraces: () => Promise<void>;
  /** What model calls cost, by model. */
  prices: PriceTable;
  /** The sample paper; undefined when there is none to offer. */
  samplePath: string | undefined;
  version: string;
}
