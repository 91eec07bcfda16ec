export { findContamination, requestKey } from "./contamination.ts";
export { firstCallRow } from "./from-sharegpt.ts";
export { rowsFromSpans } from "./from-spans.ts";
export { type FunctionRow, refusal } from "./generate-rows.ts";
export { type FunctionDataset, makeFunctionDataset } from "./make-dataset.ts";
export { splitByFunction } from "./split-rows.ts";
export { userFunction } from "./user-function.ts";
