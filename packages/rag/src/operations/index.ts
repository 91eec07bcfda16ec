export { askOperation } from "./ask.ts";
export { documentsOperation, readPageOperation } from "./documents.ts";
export { embedCatalogueOperation } from "./embed-catalogue.ts";
export { type ExtractEvent, extractOperation } from "./extract.ts";
export { ingestOperation } from "./ingest.ts";
export { RecommendInput, recommendOperation } from "./recommend.ts";
export { searchOperation } from "./search.ts";
export { summarizeOperation } from "./summarize.ts";
