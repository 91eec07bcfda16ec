import type { OptimiserState, Value } from "@loam/graph";
import { value } from "@loam/graph";
import type { AdapterConfig, AdapterTensors, TensorValue } from "../../layers/method.ts";
import { mapTensors, toTensor, toValue } from "../../numbers/tensor-value.ts";
import { latestStep, type SavedStep, saveStep } from "./step-folders.ts";

/** All that a training run needs to go on exactly. */
export interface TrainingState {
  /** Steps done. */
  step: number;
  config: AdapterConfig;
  params: Readonly<Record<string, Value>>;
  optimiser: OptimiserState<Value>;
  keeper: AdapterTensors<TensorValue>;
  /** Supervised tokens seen, and evaluations without improvement. */
  tokens: number;
  best?: { loss: number; step: number };
  evaluationsSinceBest: number;
  /** What the run was started with, so that another one is not taken for its continuation. */
  dataHash: string;
  recipe?: Readonly<Record<string, unknown>>;
}

/** Parameters and an optimiser's state as named tensors: `param/…`, `slot/m/…`. */
export const trainedTensors = (
  params: Readonly<Record<string, Value>>,
  { slots }: OptimiserState<Value>,
): Record<string, Value> =>
  Object.fromEntries([
    ...Object.entries(params).map(([key, x]) => [`param/${key}`, x] as const),
    ...Object.entries(slots).flatMap(([key, of]) =>
      Object.entries(of).map(([slot, x]) => [`slot/${slot}/${key}`, x] as const),
    ),
  ]);

/** The inverse of {@link trainedTensors}; tensors of other kinds are left out. */
export function readTrained(
  tensors: Readonly<Record<string, Value>>,
  optimiserStep: number,
): { params: Record<string, Value>; optimiser: OptimiserState<Value> } {
  const params: Record<string, Value> = {};
  const slots: OptimiserState<Value>["slots"] = {};
  for (const [name, stored] of Object.entries(tensors)) {
    const [kind, ...key] = name.split("/");
    if (kind === "param") params[key.join("/")] = stored;
    else if (kind === "slot") (slots[key.slice(1).join("/")] ??= {})[key[0]!] = stored;
  }
  return { params, optimiser: { step: value([optimiserStep], [], "int64"), slots } };
}

/** Writes `step-N` below the folder, whole or not at all; see {@link saveStep}. */
export function saveCheckpoint(folder: string, state: TrainingState, { keep }: { keep: number }): Promise<string> {
  const { params, optimiser, keeper, ...rest } = state;
  const kept = Object.entries(keeper).map(([key, x]) => [`keeper/${key}`, toValue(x)] as const);
  const tensors = { ...trainedTensors(params, optimiser), ...Object.fromEntries(kept) };
  return saveStep(
    folder,
    state.step,
    { tensors, json: { ...rest, optimiserStep: Number(optimiser.step.data[0]) } },
    { keep },
  );
}

/**
 * The newest checkpoint that can be read, or undefined. `onBad` hears of those that cannot, which are passed over.
 */
export async function latestCheckpoint(
  folder: string,
  options: { onBad?: (path: string, reason: string) => void } = {},
): Promise<TrainingState | undefined> {
  const saved = await latestStep(folder, options);
  return saved && toState(saved);
}

function toState({ tensors, json }: SavedStep): TrainingState {
  const { optimiserStep, ...rest } = json as { optimiserStep: number } & Omit<
    TrainingState,
    "params" | "optimiser" | "keeper"
  >;
  const keeper = Object.entries(tensors).flatMap(([name, x]) =>
    name.startsWith("keeper/") ? [[name.slice("keeper/".length), x] as const] : [],
  );
  return { ...rest, ...readTrained(tensors, optimiserStep), keeper: mapTensors(Object.fromEntries(keeper), toTensor) };
}
