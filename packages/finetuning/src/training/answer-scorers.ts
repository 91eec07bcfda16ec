import type { Recipe, TuneOptions } from "@loam/peft";

/**
 * What scores the answers that a recipe has generated (`eval_generate`): F of ROUGE-1 and ROUGE-L beside the answer in the data, in
 * [0, 1], as the metrics `eval/rouge1` and `eval/rougeL`. Words are split as the reference's script asks for, Chinese by ICU's
 * dictionary. Nothing for recipes that generate none and learn from neither.
 */
export async function answerScorers({
  eval_generate,
  objective = { type: "sft" },
}: Pick<Recipe, "eval_generate"> & Partial<Pick<Recipe, "objective">>): Promise<TuneOptions["scorers"]> {
  const isReward = objective.type === "grpo" && objective.reward?.startsWith("rouge");
  if (eval_generate === 0 && !isReward) return {};
  const { detectTokenizer, rougeL, rougeN } = await import("@loam/evaluation");
  const on =
    (score: typeof rougeL) =>
    (answer: string, reference: string): number => {
      const tokenizer = detectTokenizer([reference]);
      return score(tokenizer.tokenize(answer), tokenizer.tokenize(reference)).f;
    };
  return { rouge1: on(rougeN), rougeL: on(rougeL) };
}
