import { describe, expect, test } from "vitest";
import { readGolden, readGoldenLines } from "../../test/golden.ts";
import { type BleuOptions, type BleuScore, corpusBleu, sentenceBleu } from "./bleu.ts";
import { type ChrfOptions, corpusChrf, sentenceChrf } from "./chrf.ts";
import { corpusTer, sentenceTer, type TerOptions } from "./ter.ts";
import { type BleuTokenizer, bleuTokenizer } from "./tokenizers.ts";

interface Recorded {
  score: number;
  counts?: number[];
  totals?: number[];
  bp?: number;
  sys_len?: number;
  ref_len?: number;
  num_edits?: number;
  ref_length?: number;
}
interface Sentence {
  id: string;
  hypothesis: string;
  references: string[];
  scores: Record<string, number | Recorded>;
}
// biome-ignore lint/suspicious/noExplicitAny: options as the reference prints them, one shape per metric
type Metrics = Record<string, any>;

const { header, rows } = readGoldenLines<Sentence, { metrics: Metrics }>("metrics/translation/sentences.jsonl");
const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));

describe("sentence scores equal sacrebleu's", () => {
  test.each(Object.keys(header.metrics))("%s", (name) => {
    const o = header.metrics[name];
    const wrong: string[] = [];
    for (const { id, hypothesis, references, scores } of rows) {
      const recorded = scores[name];
      if (recorded === undefined) continue;
      const expected = typeof recorded === "number" ? { score: recorded } : recorded;
      if (name.startsWith("bleu")) {
        const options: BleuOptions = {
          tokenize: o.tokenize,
          lowercase: o.lowercase,
          smoothMethod: o.smooth_method,
          smoothValue: o.smooth_value ?? undefined,
          maxNgramOrder: o.max_ngram_order,
          effectiveOrder: o.effective_order,
        };
        const got = sentenceBleu(hypothesis, references, options);
        if (!near(got.score, expected.score) || !sameStatistics(got, expected))
          wrong.push(`${id}: ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
      } else if (name.startsWith("chrf")) {
        const options: ChrfOptions = {
          charOrder: o.char_order,
          wordOrder: o.word_order,
          beta: o.beta,
          lowercase: o.lowercase,
          whitespace: o.whitespace,
        };
        const got = sentenceChrf(hypothesis, references, options);
        if (!near(got, expected.score)) wrong.push(`${id}: ${got}, not ${expected.score}`);
      } else {
        const options: TerOptions = {
          normalized: o.normalized,
          noPunct: o.no_punct,
          asianSupport: o.asian_support,
          caseSensitive: o.case_sensitive,
        };
        const got = sentenceTer(hypothesis, references, options);
        if (
          !near(got.score, expected.score) ||
          (expected.num_edits !== undefined && got.edits !== expected.num_edits)
        ) {
          wrong.push(`${id}: ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

function sameStatistics(got: BleuScore, expected: Recorded): boolean {
  return (
    expected.counts === undefined ||
    (String(got.counts) === String(expected.counts) &&
      String(got.totals) === String(expected.totals) &&
      near(got.brevityPenalty, expected.bp!) &&
      got.hypothesisLength === expected.sys_len &&
      got.referenceLength === expected.ref_len)
  );
}

describe("corpus scores equal sacrebleu's", () => {
  const { corpora } = readGolden<{
    corpora: { ids: string[]; results: Record<string, Recorded & { signature: string }> }[];
  }>("metrics/translation/corpora.json");
  const byId = new Map(rows.map((row) => [row.id, row]));

  test.each(corpora.map((corpus) => [corpus.ids[0]!, corpus] as const))(
    "the corpus that begins with %s",
    (_, { ids, results }) => {
      const hypotheses = ids.map((id) => byId.get(id)!.hypothesis);
      const references = ids.map((id) => byId.get(id)!.references);
      for (const [name, expected] of Object.entries(results)) {
        let got: number;
        if (name.startsWith("bleu-")) {
          const [, tokenize, smoothMethod] = /^bleu-(13a|intl|zh|char|none)-(.+)$/.exec(name)! as unknown as [
            string,
            BleuTokenizer,
            BleuOptions["smoothMethod"],
          ];
          const score = corpusBleu(hypotheses, references, { tokenize, smoothMethod });
          expect(sameStatistics(score, expected), name).toBe(true);
          if (!expected.signature.includes("var"))
            expect(expected.signature).toContain(score.signature.slice(score.signature.indexOf("|")));
          got = score.score;
        } else if (name === "ter") {
          const asian = expected.signature.includes("asian:yes");
          got = corpusTer(hypotheses, references, { normalized: asian, asianSupport: asian }).score;
        } else got = corpusChrf(hypotheses, references, { wordOrder: name === "chrf++" ? 2 : 0 });
        expect(near(got, expected.score), `${name}: ${got}, not ${expected.score}`).toBe(true);
      }
    },
  );
});

test("tokenizers equal sacrebleu's on awkward strings", () => {
  for (const { text, ...expected } of readGoldenLines<{ text: string } & Record<BleuTokenizer, string>>(
    "metrics/translation/tokens.jsonl",
  ).rows) {
    for (const [name, tokens] of Object.entries(expected)) {
      expect(bleuTokenizer(name as BleuTokenizer)(text), `${name} of ${JSON.stringify(text)}`).toBe(tokens);
    }
  }
});
