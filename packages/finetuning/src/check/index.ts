export { checkTrainingFile, type FileCheck } from "./check-file.ts";
export { type RowKind, rowKinds } from "./check-row.ts";
export { type FixReport, fixTrainingFile } from "./fix-file.ts";
export { isObject, type RowProblem, sayProblem } from "./problem.ts";
export { RowChecker } from "./row-checker.ts";
