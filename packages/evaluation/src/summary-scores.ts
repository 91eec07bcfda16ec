import { BertScorer } from "./bertscore/bert-scorer.ts";
import type { TokenEncoder } from "./bertscore/token-encoder.ts";
import { RougeScorer } from "./rouge/rouge-scorer.ts";
import type { PrfScore } from "./scores/prf.ts";
import { detectTokenizer } from "./text/tokenizers.ts";

/** What a summary is compared with its reference by. */
export interface SummaryScores {
  scores: Record<"rouge1" | "rouge2" | "rougeL" | "bertScore", PrfScore>;
  /** How ROUGE cut the texts into tokens: stems in English, words in other scripts. */
  tokenizer: string;
  /** What BERTScore depends on, as in `bert_score`: model, layer, idf, version. */
  bertScoreHash: string;
}

/** ROUGE-1, -2, -L and BERTScore of a summary against its reference, each in [0, 1] or, BERTScore, [−1, 1]. */
export async function scoreSummary(
  summary: string,
  reference: string,
  { tokenEncoder, signal }: { tokenEncoder: TokenEncoder; signal?: AbortSignal },
): Promise<SummaryScores> {
  const tokenizer = detectTokenizer([summary, reference], { stem: true });
  const rouge = new RougeScorer(["rouge1", "rouge2", "rougeL"], { tokenizer }).score(summary, reference);
  const { rows, hash } = await new BertScorer(tokenEncoder).score([summary], [reference], { signal });
  const prf = ({ precision, recall, f }: PrfScore): PrfScore => ({ precision, recall, f });
  return {
    scores: {
      rouge1: prf(rouge.rouge1!),
      rouge2: prf(rouge.rouge2!),
      rougeL: prf(rouge.rougeL!),
      bertScore: prf(rows[0]!),
    },
    tokenizer: tokenizer.name,
    bertScoreHash: hash,
  };
}
