import { InputError, type Row, show } from "@loam/core";
import type { Recipe } from "../recipe/recipe.ts";
import type { Scorer } from "../steps/answers.ts";

/** An answer that the model wrote, and the row that it answers. */
export interface WrittenAnswer {
  item: Row;
  text: string;
  /** "length" where it was cut at `max_new_tokens`. */
  finishReason: "stop" | "length";
}

/** How good answers are, in their order: higher is better, on any scale. */
export type Reward = (
  answers: readonly WrittenAnswer[],
  options: { signal?: AbortSignal },
) => readonly number[] | Promise<readonly number[]>;

/**
 * The reward that a recipe names, for who gives none: `exact` is 1 for the reference itself, spaces around it aside, and 0 for
 * anything else; the others are scorers.
 *
 * @throws {InputError} `no_reward` where it names none, or one that is not given.
 */
export function rewardOf({ objective }: Recipe, scorers: Readonly<Record<string, Scorer>> = {}): Reward {
  const { reward, reference } = objective as Extract<Recipe["objective"], { type: "grpo" }>;
  const score: Scorer | undefined =
    reward === "exact" ? (answer, wanted) => Number(answer.trim() === wanted.trim()) : reward && scorers[reward];
  if (!score) {
    throw new InputError("no_reward", `Nothing judges the answers: \`objective.reward\` is ${show(reward)}.`, {
      details: { field: "objective.reward", known: ["exact", ...Object.keys(scorers)] },
      hint: "set `objective.reward: exact` and a field `reference_answer` in each row, or give `tune` a `reward`",
    });
  }
  return async (answers) => {
    const rewards: number[] = [];
    for (const { item, text } of answers) {
      const wanted = item[reference];
      if (typeof wanted !== "string")
        throw new InputError("no_reference", `A row has ${show(wanted)} in \`${reference}\`; expected text.`, {
          details: { field: reference },
          hint: "`objective.reference` names the field that answers are compared with",
        });
      rewards.push(await score(text, wanted));
    }
    return rewards;
  };
}
