import type { PaperSentence } from "./paper.ts";

/** What a sentence of a summary tells: why, how, what came out, and what follows from it. */
export type SummaryPart = "problem" | "method" | "result" | "conclusion";

/** Where papers say what was missing before them. */
const problem =
  /\b(?:however|problem|challeng\w+|difficult\w*|lack\w*|limited|limitation|remains? (?:unclear|open|unsolved|an open)|little is known|fail(?:s|ed)? to|costly|expensive|insufficient|unknown|need(?:ed|s)? (?:for|to))\b|问题|挑战|困难|不足|缺乏|缺少|尚未|瓶颈|难以|局限/i;

/** Where they say what they made. */
const method =
  /\b(?:we|this (?:paper|article|work|study|package|report)|the (?:\w+ )?package) (?:\w+ )?(?:propose|present|introduce|describe|develop|use|apply|implement|formulate|design|train|provide|combine|extend)s?\b|\b(?:our|the proposed) (?:method|approach|model|algorithm|system|technique|framework)\b|提出|采用|设计(?:了|并)|构建|实现了|利用|建立了?/i;

/** A number with what it counts: "41.5%", "23 days", "0.05 s", "3.2倍", a factor, an interval, a p-value. */
const measured =
  /\d(?:[\d.,]*\s?(?:%|‰|percent|points?\b|times\b|[x×](?!\w)|-?fold\b|k?[VWJ]\b|dB\b|[kMGT]i?B\b|[mµn]?s\b|[kcmµn]?m\b|[kmµ]?g\b|°|hours?\b|minutes?\b|seconds?\b|days?\b|weeks?\b|months?\b|years?\b)|\s?个百分点|\s?[倍％%次天秒分小时毫米微克度])|\b(?:factor|rate|accuracy|precision|recall|error|score|f1|auc|bleu|rouge|mean|median|average|ratio|correlation|coefficient|speed-?up|r²|p)\b[^.]{0,40}?\d*\.\d|\d\s(?!(?:sections|chapters|examples|figures|tables|pages|packages|functions|arguments|authors|columns|rows|vignettes|references)\b)\p{Ll}{3,}s\b|[＝=<>]\s?0?\.\d|\bfrom \d[\d.,]*\s?\S* to \d/iu;

/** What makes a number an outcome: something was reached, or is more or less than something. */
const outcome =
  /\b(?:achiev|outperform|improv|reduc|increas|decreas|reach|obtain|yield|attain|exceed|surpass|significan|observ|found|show|estimat|measur|result|gain|drop|fall|fell|rose|grew|differ|compar|faster|slower|lower|higher|better|worse|larger|smaller|more|less|fewer)\w*|提高|提升|降低|减少|增加|增长|下降|上升|达到|达|优于|超过|为|仅|准确|误差|显著/i;

/** The number of a part or a version measures nothing. */
const numbered =
  /\b(?:chapter|section|figure|fig\.|table|tab\.|equation|eq\.|version|step|appendix|example|theorem)s? ?\(?\d[\d.]*\)?|第\s?\d+\s?[章节步]/gi;

const findings: ReadonlySet<PaperSentence["role"]> = new Set(["results", "discussion", "conclusion"]);

/** Whether a sentence states what was measured: a number, of something, as an outcome. */
export function statesMeasured({ text }: Pick<PaperSentence, "text">): boolean {
  const running = text.replace(/[(（[][^()（）[\]]*(?:19|20)\d\d[a-z]?[^()（）[\]]*[)）\]]/g, ""); // "(Efron 1979)" is no result
  return measured.test(running.replace(numbered, "")) && outcome.test(running);
}

/** What a sentence tells, by the section it stands in and by its words. */
export function partOf(sentence: Pick<PaperSentence, "text" | "role">): SummaryPart {
  const { text, role } = sentence;
  if (role === "conclusion") return statesMeasured(sentence) ? "result" : "conclusion";
  if (findings.has(role)) return "result";
  if (role === "methods") return "method";
  if (method.test(text)) return "method";
  if (problem.test(text)) return "problem";
  if (statesMeasured(sentence)) return "result";
  return role === "introduction" || role === "related" || role === "abstract" ? "problem" : "method";
}
