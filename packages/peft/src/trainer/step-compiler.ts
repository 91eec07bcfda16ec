import type { OnProgress } from "@loam/core";
import { WorkerPool } from "./parallel/worker-pool.ts";
import type { Recipe } from "./recipe/recipe.ts";
import type { TrainingState } from "./saving/checkpoints.ts";
import type { AdapterForm } from "./steps/adapter-form.ts";
import { groupsOf, optimiserOf, type PreparedRun } from "./steps/prepare.ts";
import { lossOptionsOf } from "./steps/train-loss.ts";
import { compileTrainStep, type TrainStep } from "./steps/train-step.ts";

interface StepCompilerParts {
  recipe: Recipe;
  run: PreparedRun;
  form: AdapterForm;
  /** What preferences are measured against where that is not the base. */
  reference?: TrainingState["params"];
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** Compiles a run's training step, here or for its workers, which stay open from one compilation to the next. */
export class StepCompiler {
  readonly #parts: StepCompilerParts;
  #pool: WorkerPool | undefined;

  constructor(parts: StepCompilerParts) {
    this.#parts = parts;
  }

  async compile({ config, params }: Pick<TrainingState, "config" | "params">): Promise<TrainStep> {
    const { recipe, run, form, reference, onProgress, signal } = this.#parts;
    const { base, method } = run;
    const { workers, quantize_adapter, max_grad_norm, gradient_accumulation, data, device, threads } = recipe;
    const shapes = form.shapes(params);
    const adapterBytes = Object.values(shapes).reduce(
      (sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1),
      0,
    );
    if (workers > 1) this.#pool ??= await WorkerPool.open(recipe, { adapterBytes, onProgress, signal });
    const isFrozen = (key: string) => method.isFrozen?.(key) ?? false;
    const gradients = await this.#pool?.compile(config, shapes, isFrozen);
    return compileTrainStep(base, method, config, shapes, {
      optimiser: optimiserOf(recipe),
      groupOf: groupsOf(recipe, Object.keys(shapes)),
      ...(quantize_adapter !== "none" && { quantizeAdapter: quantize_adapter }),
      gradients,
      maxGradNorm: max_grad_norm,
      ...lossOptionsOf(recipe),
      reference,
      batches: gradient_accumulation > 1 ? "accumulated" : "single",
      packed: data.packing !== false,
      device,
      threads,
    });
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }
}
