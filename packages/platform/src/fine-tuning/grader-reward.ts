import { InputError } from "@loam/core";
import type { Reward } from "@loam/peft";
import { type GradeContext, grade } from "../graders/grade.ts";
import type { Grader } from "../graders/types.ts";

/** Answers that are graded at the same time. */
const atOnce = 8;

/**
 * The reward that a grader's score is. An answer that cannot be graded (it is no JSON where a field of it is asked for) is
 * worth 0; what is wrong with all of them is wrong with the grader.
 *
 * @param onErrors hears how many answers of a batch could not be graded, and what was wrong with the first.
 * @throws {InputError} `grader_failed` when no answer of a batch could be graded.
 */
export function graderReward(
  context: GradeContext,
  grader: Grader,
  onErrors: (count: number, first: string) => Promise<void>,
): Reward {
  return async (answers, { signal }) => {
    const scores: number[] = [];
    const errors: string[] = [];
    for (let at = 0; at < answers.length; at += atOnce) {
      const grades = await Promise.all(
        answers.slice(at, at + atOnce).map(({ item, text }) => {
          const sample = { output_text: text, output_json: jsonOf(text) };
          return grade(context, grader, { item: item.item ?? item, sample }, { signal });
        }),
      );
      for (const { score, error } of grades) {
        scores.push(error === undefined && Number.isFinite(score) ? score : 0);
        if (error !== undefined) errors.push(error);
      }
    }
    if (errors.length > 0 && errors.length === answers.length) {
      throw new InputError(
        "grader_failed",
        `The grader ${grader.name} judged none of ${answers.length} answers: ${errors[0]}`,
        {
          details: { name: "method.reinforcement.grader", error: errors[0] },
          hint: "try it with POST /v1/fine_tuning/alpha/graders/run",
        },
      );
    }
    if (errors.length > 0) await onErrors(errors.length, errors[0]!);
    return scores;
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
