import { type ModuleParameters, parametersByModule } from "../../files/adapter-parameters.ts";
import type { BatchPlan } from "../batch-plan.ts";
import type { PreparedRun } from "../steps/prepare.ts";
import type { TrainingData } from "../training-data.ts";

/** What a run is going to do, told before its first step. */
export interface RunPlan {
  base: { name: string; parameters: number };
  method: string;
  trainableParameters: number;
  /** The adapter's numbers by the modules they sit on. */
  modules: ModuleParameters[];
  data: TrainingData["report"];
  /** Rows of a batch to learn from (several examples each when packed), and rows kept for evaluation. */
  rows: { train: number; eval: number };
  /** In one pass over the rows to learn from. */
  tokens: { all: number; supervised: number };
  steps: number;
  stepsPerEpoch: number;
  /** The step that the run goes on from; 0 when it begins anew. */
  resumedFrom: number;
}

export function planOf(
  { model, method, initial }: PreparedRun,
  data: TrainingData,
  { steps, batches, resumedFrom }: { steps: number; batches: BatchPlan; resumedFrom: number },
): RunPlan {
  const { tensors, packed } = model.checkpoint;
  const sizes = [...tensors.values(), ...(packed?.values() ?? [])].map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  const modules = parametersByModule(
    Object.fromEntries(Object.entries(initial).filter(([key]) => !method.isFrozen?.(key))),
  );
  return {
    base: { name: model.name, parameters: sizes.reduce((a, b) => a + b, 0) },
    method: method.type,
    trainableParameters: modules.reduce((sum, { parameters }) => sum + parameters, 0),
    modules,
    data: data.report,
    rows: { train: data.train.length, eval: data.eval.length },
    tokens: data.train.tokens,
    steps,
    stepsPerEpoch: batches.stepsPerEpoch,
    resumedFrom,
  };
}
