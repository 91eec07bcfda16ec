export { askOperation } from "./ask.ts";
export { documentsOperation, readPageOperation } from "./documents.ts";
export { type ExtractEvent, extractOperation } from "./extract.ts";
export { extractKeptOperation } from "./extract-kept.ts";
export { ingestOperation } from "./ingest.ts";
export { refreshOperation } from "./refresh.ts";
export { searchOperation } from "./search.ts";
export { summarizeOperation } from "./summarize.ts";
