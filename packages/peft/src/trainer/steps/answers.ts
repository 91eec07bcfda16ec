import type { TextGenerator } from "@loam/models";
import { ignoreIndex } from "../../data/encode.ts";
import type { RowSet } from "../../data/row-set.ts";

/** How good an answer is beside the one in the data; what is given as higher is better is the scorer's to say. */
export type Scorer = (answer: string, reference: string) => number | Promise<number>;

export interface AnsweredRow {
  prompt: string;
  answer: string;
  reference: string;
}

/**
 * Lets a model answer rows of the evaluation split and scores the answers beside those in the data: the mean over the rows
 * for each scorer. The prompt of a row ends before its first supervised token, its reference with the run of them.
 */
export async function scoreAnswers(
  generator: TextGenerator,
  rows: RowSet,
  {
    rows: count,
    scorers,
    maxNewTokens,
    signal,
  }: { rows: number; scorers: Readonly<Record<string, Scorer>>; maxNewTokens: number; signal?: AbortSignal },
): Promise<{ answers: AnsweredRow[]; scores: Record<string, number> }> {
  const tokenizer = generator.model.tokenizer!;
  const special = new Set(generator.model.eosTokenIds);
  const answers: AnsweredRow[] = [];
  for (let row = 0; row < count; row++) {
    const [example] = await rows.read(row);
    const { ids, labels } = example!;
    const start = labels.findIndex((label, i) => i > 0 && label !== ignoreIndex);
    const end = labels.findIndex((label, i) => i > start && label === ignoreIndex);
    const prompt = Array.from(ids.subarray(0, start));
    const reference = Array.from(ids.subarray(start, end < 0 ? ids.length : end)).filter((id) => !special.has(id));
    const [generation] = await generator.generate([prompt], { maxNewTokens, signal });
    answers.push({
      prompt: tokenizer.decode(prompt),
      answer: generation!.text.trim(),
      reference: tokenizer.decode(reference).trim(),
    });
  }
  const scores: Record<string, number> = {};
  for (const [name, score] of Object.entries(scorers)) {
    let sum = 0;
    for (const { answer, reference } of answers) sum += await score(answer, reference);
    scores[name] = sum / Math.max(1, answers.length);
  }
  return { answers, scores };
}
