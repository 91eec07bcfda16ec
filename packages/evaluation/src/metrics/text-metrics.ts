import { answerF1, exactMatch } from "../qa/squad.ts";
import { RougeScorer, type RougeType } from "../rouge/rouge-scorer.ts";
import { compression, novelNgrams } from "../text/novelty.ts";
import { splitWords } from "../text/python-whitespace.ts";
import { detectTokenizer, type LocatingTokenizer, tokenizerFor } from "../text/tokenizers.ts";
import { corpusBleu, sentenceBleu } from "../translation/bleu.ts";
import { corpusChrf, sentenceChrf } from "../translation/chrf.ts";
import { meteor } from "../translation/meteor.ts";
import { corpusTer, sentenceTer } from "../translation/ter.ts";
import { type BleuTokenizer, bleuTokenizer } from "../translation/tokenizers.ts";
import type { Metric, MetricContext, MetricFamily, ScoreRow } from "./metric.ts";

function* textsOf(rows: readonly ScoreRow[]): Generator<string> {
  for (const { prediction, references, source } of rows) {
    yield prediction;
    yield* references;
    if (source !== undefined) yield source;
  }
}

/** The tokenizer asked for, or the one that suits the texts. */
export function chooseTokenizer(
  rows: readonly ScoreRow[],
  { tokenizer = "auto", stem = false }: Pick<MetricContext, "tokenizer" | "stem">,
): LocatingTokenizer {
  if (tokenizer === "auto") return detectTokenizer(textsOf(rows), { stem });
  return tokenizerFor(tokenizer === "rouge_score" && stem ? "rouge_score+porter" : tokenizer);
}

/** ROUGE types tokenize each text once, however many of them are asked for. */
const rougeFamily: MetricFamily = {
  score(members, rows, context) {
    const { aggregate = "max" } = context;
    const tokenizer = chooseTokenizer(rows, context);
    const types = members.map(({ name }) => name as RougeType);
    const scorer = new RougeScorer(types, { tokenizer });
    const scores = rows.map((row) => scorer.scoreMulti(row.prediction, row.references, { aggregate }));
    return types.map((type) => ({
      values: scores.map((score) => score[type]!.f),
      parts: {
        precision: scores.map((score) => score[type]!.precision),
        recall: scores.map((score) => score[type]!.recall),
      },
      signature: `${type}|tok:${tokenizer.name}|refs:${aggregate}`,
    }));
  },
};

/** ROUGE of one type; the values are F, precision and recall are its parts. */
export function rougeMetric(type: RougeType): Metric {
  new RougeScorer([type]); // refuses types that are not known
  const metric: Metric = {
    name: type,
    summary: `ROUGE (Lin 2004), ${type.slice(5)}: F of what is in common with the reference`,
    range: [0, 1],
    direction: "higher",
    needs: ["reference"],
    grain: "corpus",
    family: rougeFamily,
    score: (rows, context) => rougeFamily.score([metric], rows, context)[0]!,
  };
  return metric;
}

/** Share of n-grams that are not the source's. */
export function novelMetric(n: number): Metric {
  return {
    name: `novel${n}`,
    summary: `share of the prediction's ${n}-grams that its source does not have`,
    range: [0, 1],
    direction: "none",
    needs: ["source"],
    grain: "corpus",
    score(rows, context) {
      const tokenizer = chooseTokenizer(rows, context);
      const tokens = (text: string) => tokenizer.tokenize(text);
      return {
        values: rows.map((row) => novelNgrams(tokens(row.prediction), tokens(row.source!), n)),
        signature: `novel${n}|tok:${tokenizer.name}`,
      };
    },
  };
}

const pooled = { direction: "higher", needs: ["reference"], grain: "corpus" } as const;
const sides = (rows: readonly ScoreRow[]) =>
  [rows.map((row) => row.prediction), rows.map((row) => row.references)] as const;

export const textMetrics: Metric[] = [
  {
    ...pooled,
    name: "bleu",
    summary: "BLEU (Papineni 2002) as sacrebleu computes it; Chinese is tokenized by character",
    range: [0, 100],
    score(rows) {
      const tokenize = bleuTokenizerFor(rows.flatMap((row) => row.references));
      const { score, signature } = corpusBleu(...sides(rows), { tokenize });
      const values = rows.map((row) => sentenceBleu(row.prediction, row.references, { tokenize }).score);
      return { values, value: score, signature: `bleu|${signature}` };
    },
  },
  ...[0, 2].map(
    (wordOrder): Metric => ({
      ...pooled,
      name: wordOrder === 0 ? "chrf" : "chrf++",
      summary:
        wordOrder === 0 ? "chrF (Popović 2015): character n-grams" : "chrF++ (Popović 2017): characters and words",
      range: [0, 100],
      score: (rows) => ({
        values: rows.map((row) => sentenceChrf(row.prediction, row.references, { wordOrder })),
        value: corpusChrf(...sides(rows), { wordOrder }),
        signature: `chrF2|nc:6|nw:${wordOrder}|space:no`,
      }),
    }),
  ),
  {
    ...pooled,
    name: "ter",
    summary: "translation edit rate (Snover 2006), in percent",
    range: [0, Number.POSITIVE_INFINITY],
    direction: "lower",
    score: (rows) => ({
      values: rows.map((row) => sentenceTer(row.prediction, row.references).score),
      value: corpusTer(...sides(rows)).score,
      signature: "ter|case:lc|norm:no|punct:yes|asian:no",
    }),
  },
  {
    ...pooled,
    name: "meteor",
    summary: "METEOR (Lavie and Agarwal 2007) as NLTK computes it, by form and Porter stem, without WordNet's synonyms",
    range: [0, 1],
    score(rows) {
      const tokenize = bleuTokenizerFor(rows.flatMap((row) => row.references));
      const words = (text: string): string[] => splitWords(bleuTokenizer(tokenize)(text));
      return {
        values: rows.map((row) => meteor(words(row.prediction), row.references.map(words))),
        signature: `meteor|modules:exact,stem|tok:${tokenize}`,
      };
    },
  },
  {
    ...pooled,
    name: "exactMatch",
    summary: "1 where the prediction equals a reference after SQuAD's normalisation",
    range: [0, 1],
    score: (rows) => ({
      values: rows.map((row) => exactMatch(row.prediction, row.references)),
      signature: "exactMatch|squad",
    }),
  },
  {
    ...pooled,
    name: "answerF1",
    summary: "F1 of words in common after SQuAD's normalisation, of the best reference",
    range: [0, 1],
    score: (rows) => ({
      values: rows.map((row) => answerF1(row.prediction, row.references)),
      signature: "answerF1|squad-2.0",
    }),
  },
  {
    name: "length",
    summary: "tokens of the prediction",
    range: [0, Number.POSITIVE_INFINITY],
    direction: "none",
    needs: [],
    grain: "corpus",
    score(rows, context) {
      const tokenizer = chooseTokenizer(rows, context);
      return {
        values: rows.map((row) => tokenizer.tokenize(row.prediction).length),
        signature: `length|tok:${tokenizer.name}`,
      };
    },
  },
  {
    name: "compression",
    summary: "tokens of the source for one of the prediction",
    range: [0, Number.POSITIVE_INFINITY],
    direction: "none",
    needs: ["source"],
    grain: "corpus",
    score(rows, context) {
      const tokenizer = chooseTokenizer(rows, context);
      return {
        values: rows.map((row) => compression(tokenizer.tokenize(row.prediction), tokenizer.tokenize(row.source!))),
        signature: `compression|tok:${tokenizer.name}`,
      };
    },
  },
];

/** sacrebleu's tokenizer for references: `zh` where most of their letters are Han. */
export function bleuTokenizerFor(references: readonly string[]): BleuTokenizer {
  const sample = references.join(" ").slice(0, 50_000);
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  const han = sample.match(/\p{Script=Han}/gu)?.length ?? 0;
  return han > letters / 2 ? "zh" : "13a";
}
