export { evaluationCells, evaluationMarks, evaluationRuns } from "./evaluations.ts";
