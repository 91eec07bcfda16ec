export { type PrfScore, prf } from "./prf.ts";
export { rougeL, rougeLsum } from "./rouge/rouge-l.ts";
export { rougeN } from "./rouge/rouge-n.ts";
export { rougeS, type SkipBigramOptions } from "./rouge/rouge-s.ts";
export { type PreparedText, RougeScorer, type RougeType } from "./rouge/rouge-scorer.ts";
export { rougeW, rougeW155 } from "./rouge/rouge-w.ts";
export { type PorterMode, porterStem } from "./text/porter-stemmer.ts";
export {
  characterTokenizer,
  detectTokenizer,
  rougeScoreTokenizer,
  type Tokenizer,
  type TokenizerName,
  tokenizerFor,
  wordTokenizer,
} from "./text/tokenizers.ts";
