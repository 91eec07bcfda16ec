import { InputError, type Row, show } from "@loam/core";
import type { Example } from "./example.ts";
import { isPreference, preferenceAnswer, toPreference } from "./preference.ts";

/** One answer, and whether answers should be like it. */
export interface JudgedAnswer {
  example: Example;
  isDesirable: boolean;
}

/**
 * Reads a row of judged answers: TRL's (`prompt`, `completion`, `label`, as text or as messages), or a preference, which is one
 * answer that is desirable and one that is not. Of a conversation only the last answer is learned from.
 *
 * @throws {InputError} `bad_example` naming the field, what it holds and what it should.
 */
export function toJudgedAnswers(row: Row): JudgedAnswer[] {
  if (isPreference(row)) {
    const { chosen, rejected } = toPreference(row);
    return [
      { example: chosen, isDesirable: true },
      { example: rejected, isDesirable: false },
    ];
  }
  const { prompt, completion, label } = row;
  if (typeof label !== "boolean")
    throw new InputError(
      "bad_example",
      `\`label\` is ${show(label)}; expected true for an answer that is desirable, false for one that is not.`,
      { details: { field: "label", expected: "true or false" }, hint: "give `prompt`, `completion` and `label`" },
    );
  return [{ example: preferenceAnswer(prompt, completion, "completion"), isDesirable: label }];
}
