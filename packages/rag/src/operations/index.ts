export { askOperation } from "./ask.ts";
export { ingestOperation } from "./ingest.ts";
export { searchOperation } from "./search.ts";
