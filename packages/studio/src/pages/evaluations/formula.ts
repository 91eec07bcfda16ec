import type { PairAlignmentJson } from "@loam/server";
import type { Messages } from "../../i18n/en.ts";

export interface FormulaLine {
  name: string;
  text: string;
}

const show = (value: number, digits = 3): string => value.toFixed(digits);
const whole = (value: number): string => String(Math.round(value * 100) / 100);

/** A metric's formula with the pair's numbers put in. */
export function toFormula(alignment: PairAlignmentJson, t: Messages): FormulaLine[] {
  const { metric, parts, score, orders = [] } = alignment;
  const words = t.measure.playground.formula;
  const part = (name: string): number => parts[name] ?? 0;
  if (metric === "bleu") {
    const precisions = orders.map(({ order, match, candidate }) => `p${order} = ${match}/${candidate}`).join(" · ");
    const penalty =
      part("brevityPenalty") < 1
        ? `exp(1 − ${part("referenceLength")}/${part("candidateLength")}) = ${show(part("brevityPenalty"))}`
        : "1";
    return [
      { name: "pₙ", text: precisions },
      { name: "BP", text: `${words.brevity} = ${penalty}` },
      { name: "BLEU", text: `100 · BP · (∏ pₙ)^¹⁄ₙ = ${show(part("score"), 2)}` },
    ];
  }
  if (metric === "chrf") {
    const of = (key: "candidate" | "reference") =>
      orders.map((counts) => `${counts.match}/${counts[key] ?? 0}`).join(", ");
    return [
      { name: "P", text: `(${of("candidate")}) → ${show(part("precision"))}` },
      { name: "R", text: `(${of("reference")}) → ${show(part("recall"))}` },
      { name: "chrF", text: `100 · 5PR / (4P + R) = ${show(part("score"), 2)}` },
    ];
  }
  if (metric === "ter") {
    const kinds = [part("shifts"), part("substitutions"), part("insertions"), part("deletions")].map(String);
    const [shifts, substitutions, insertions, deletions] = kinds as [string, string, string, string];
    const length = part("referenceLength");
    const rate = length > 0 ? (100 * part("edits")) / length : part("edits") > 0 ? 100 : 0;
    return [
      { name: "TER", text: `100 · ${words.edits(String(part("edits")), String(length))} = ${show(rate, 2)}` },
      { name: "", text: words.editKinds(shifts, substitutions, insertions, deletions) },
    ];
  }
  if (!score) return [];
  const f = {
    name: "F",
    text: `2 · ${show(score.precision)} · ${show(score.recall)} / (${show(score.precision)} + ${show(score.recall)}) = ${show(score.f)}`,
  };
  const side = (total: "candidateTotal" | "referenceTotal", value: number): string => {
    const count = String(part(total));
    if (metric === "bertscore") return `${words.meanBest(count)} = ${show(value)}`;
    if (metric.startsWith("rougeW"))
      return `(${whole(part("value"))} / ${count}^${part("weight")})^(1/${part("weight")}) = ${show(value)}`;
    const say = metric.startsWith("rougeS") ? words.ofPairs : /^rouge\d$/.test(metric) ? words.ofNgrams : words.ofWords;
    return `${say(String(part("overlap")), count)} = ${show(value)}`;
  };
  return [
    { name: "P", text: side("candidateTotal", score.precision) },
    { name: "R", text: side("referenceTotal", score.recall) },
    ...(score.precision + score.recall > 0 ? [f] : []),
  ];
}

/** One sentence on what a metric counts. */
export function aboutMetric(metric: string, t: Messages): string {
  const { about } = t.measure.playground;
  const ngram = /^rouge(\d)$/.exec(metric);
  if (ngram) return about.ngrams(Number(ngram[1]));
  const skip = /^rougeS(U?)(\d)$/.exec(metric);
  if (skip) return (skip[1] ? about.skipUnigrams : about.skip)(Number(skip[2]));
  if (metric.startsWith("rougeW")) return about.weighted;
  const others: Record<string, string> = {
    rougeL: about.subsequence,
    rougeLsum: about.lines,
    bleu: about.bleu,
    chrf: about.chrf,
    ter: about.ter,
    answerF1: about.f1,
    exactMatch: about.exact,
    bertscore: about.bertscore,
    embeddingCosine: about.cosine,
  };
  return others[metric] ?? "";
}

const names: Record<string, string> = {
  bleu: "BLEU",
  chrf: "chrF",
  "chrf++": "chrF++",
  ter: "TER",
  exactMatch: "EM",
  answerF1: "F1",
  bertscore: "BERTScore",
  embeddingCosine: "cos",
};

/** A metric as papers write it: `ROUGE-L`, `chrF`. */
export const metricName = (metric: string): string => names[metric] ?? metric.replace(/^rouge/, "ROUGE-");

/** Whether the server can say what matches. */
export const hasAlignment = (metric: string): boolean =>
  /^rouge/.test(metric) || ["bleu", "chrf", "ter", "answerF1", "exactMatch", "bertscore"].includes(metric);

/** Digits as the range asks for: 0–100 in two, 0–1 in three. */
export function showScore(value: number | null, [, high]: readonly [number, number | null]): string {
  return value === null ? "–" : value.toFixed(high === null || high > 1 ? 2 : 3);
}
