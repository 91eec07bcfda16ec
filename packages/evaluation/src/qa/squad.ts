import { prf } from "../scores/prf.ts";
import { splitWords } from "../text/python-whitespace.ts";

/** SQuAD's normalisation: lower case, no ASCII punctuation (which leaves no space), no a/an/the, single spaces. */
export function normaliseAnswer(text: string): string {
  const bare = text.toLowerCase().replace(/[!-/:-@[-`{-~]/g, "");
  // Python's \b with Unicode letters: an article counts only where no letter, digit or underscore touches it.
  return splitWords(bare.replace(/(?<![\p{L}\p{N}_])(a|an|the)(?![\p{L}\p{N}_])/gu, " ")).join(" ");
}

/** 1 when the normalised prediction equals one of the normalised answers, else 0. */
export function exactMatch(prediction: string, answers: readonly string[]): 0 | 1 {
  const normalised = normaliseAnswer(prediction);
  return answers.some((answer) => normaliseAnswer(answer) === normalised) ? 1 : 0;
}

/**
 * Token F1 over normalised words, the best of several answers, in [0, 1]. `version` says what two empty sides score:
 * 0 in SQuAD 1.1, 1 in 2.0.
 */
export function answerF1(
  prediction: string,
  answers: readonly string[],
  { version = "2.0" }: { version?: "1.1" | "2.0" } = {},
): number {
  const words = splitWords(normaliseAnswer(prediction));
  const scores = answers.map((answer) => {
    const other = splitWords(normaliseAnswer(answer));
    if (words.length === 0 && other.length === 0) return version === "2.0" ? 1 : 0;
    const left = new Map<string, number>();
    for (const word of other) left.set(word, (left.get(word) ?? 0) + 1);
    let common = 0;
    for (const word of words) {
      const count = left.get(word) ?? 0;
      if (count > 0) {
        common++;
        left.set(word, count - 1);
      }
    }
    return prf(common, words.length, other.length).f;
  });
  return Math.max(0, ...scores);
}
