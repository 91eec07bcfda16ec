export { ExportAdapterInput, exportAdapterOperation } from "./export-adapter.ts";
export { ExportRecipeInput, exportRecipeOperation } from "./export-recipe.ts";
export { type MergedModel, MergeInput, mergeFormat, mergeOperation } from "./merge.ts";
