export { evaluationCells, evaluationRuns } from "./evaluations.ts";
