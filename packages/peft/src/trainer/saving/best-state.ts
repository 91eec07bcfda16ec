import { join } from "node:path";
import type { Recipe } from "../recipe/recipe.ts";
import { latestCheckpoint, saveCheckpoint, type TrainingState } from "./checkpoints.ts";

/** The state with the lowest evaluation loss, kept beside the checkpoints where the recipe asks for it or stops early. */
export class BestState {
  readonly #folder: string;
  readonly #isKept: boolean;
  readonly #onBad: (path: string, reason: string) => void;

  constructor(
    checkpoints: string,
    { keep_best, early_stopping_patience }: Pick<Recipe, "keep_best" | "early_stopping_patience">,
    { onBad }: { onBad: (path: string, reason: string) => void },
  ) {
    this.#folder = join(checkpoints, "best");
    this.#isKept = keep_best ?? early_stopping_patience !== undefined;
    this.#onBad = onBad;
  }

  /** The state after an evaluation: it is the best, or one more that was not. The same step counts once. */
  async note(state: TrainingState, loss: number): Promise<TrainingState> {
    const { best, evaluationsSinceBest, step } = state;
    if (best?.step === step) return state;
    if (loss >= (best?.loss ?? Number.POSITIVE_INFINITY))
      return { ...state, evaluationsSinceBest: evaluationsSinceBest + 1 };
    const noted: TrainingState = { ...state, best: { loss, step }, evaluationsSinceBest: 0 };
    if (this.#isKept) await saveCheckpoint(this.#folder, noted, { keep: 1 });
    return noted;
  }

  /** The best state where it is another than the last. */
  async read({ best, step }: TrainingState): Promise<TrainingState | undefined> {
    if (!this.#isKept || best === undefined || best.step === step) return undefined;
    const saved = await latestCheckpoint(this.#folder, { onBad: this.#onBad });
    return saved?.step === best.step ? saved : undefined;
  }
}
