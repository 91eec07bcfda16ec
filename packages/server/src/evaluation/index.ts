export { type EvaluationContextOptions, evaluationContext } from "./evaluation-context.ts";
