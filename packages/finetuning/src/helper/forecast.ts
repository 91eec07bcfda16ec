import { type Forecast, forecast, type RecipeInput } from "@loam/peft";

/** What a recipe is going to take on this machine. */
export interface RunForecast extends Omit<Forecast, "data" | "time"> {
  data: Pick<Forecast["data"], "read" | "kept" | "skipped" | "duplicates" | "truncated" | "unsupervised">;
  secondsPerStep: number;
  /** All steps, evaluations and answers. */
  totalSeconds: number;
  /** Things to look at before it starts. */
  warnings: ForecastWarning[];
}

/** By name, so that each front end says it in its language; `values` go into the sentence. */
export interface ForecastWarning {
  name: "truncated" | "skipped" | "memory" | "few_rows" | "many_epochs" | "long";
  values: Record<string, number>;
}

/** Counts parameters, memory, steps and time without training. Memory and time are estimates for the CPU. */
export async function forecastRun(
  recipe: RecipeInput,
  { freeMemoryBytes, signal }: { freeMemoryBytes: number; signal?: AbortSignal },
): Promise<RunForecast> {
  const { time, ...counted } = await forecast(recipe, { signal });
  const { read, kept, skipped, duplicates, truncated, unsupervised } = counted.data;
  const { secondsPerStep = 0, totalSeconds = 0 } = time ?? {};
  const epochs =
    (counted.steps * (recipe.batch_size ?? 4) * (recipe.gradient_accumulation ?? 1)) / Math.max(1, kept - unsupervised);
  const warnings: ForecastWarning[] = [];
  const warn = (name: ForecastWarning["name"], values: Record<string, number>) => warnings.push({ name, values });
  if (counted.memory.total > freeMemoryBytes) warn("memory", { needed: counted.memory.total, free: freeMemoryBytes });
  if (truncated > 0) warn("truncated", { rows: truncated, of: kept });
  if (skipped > 0) warn("skipped", { rows: skipped, of: read });
  if (kept < 16) warn("few_rows", { rows: kept });
  if (epochs > 20) warn("many_epochs", { epochs: Math.round(epochs) });
  if (totalSeconds > 12 * 3600) warn("long", { hours: totalSeconds / 3600 });
  return {
    ...counted,
    data: { read, kept, skipped, duplicates, truncated, unsupervised },
    secondsPerStep,
    totalSeconds,
    warnings,
  };
}
