import { type Metric, metricFor, RougeScorer, scoreCorpus } from "@loam/evaluation";
import * as jsRouge from "js-rouge";
import { measure, report } from "./measure.ts";
import { newsPairs } from "./news-pairs.ts";

/** ROUGE-1, ROUGE-2 and ROUGE-L with stemming: pairs per second against js-rouge, on the same news summaries. */
const pairs = newsPairs();

const timings = await measure({
  loam: () => {
    const scorer = new RougeScorer(["rouge1", "rouge2", "rougeL"], { stem: true });
    for (const { hypothesis, reference } of pairs) scorer.score(hypothesis, reference);
  },
  "js-rouge": () => {
    for (const { hypothesis, reference } of pairs) {
      jsRouge.n(hypothesis, reference, { n: 1 });
      jsRouge.n(hypothesis, reference, { n: 2 });
      jsRouge.l(hypothesis, reference, {});
    }
  },
});
report(
  "ROUGE-1 + 2 + L with stemming, pairs per second against js-rouge",
  [
    { name: "loam", value: (1000 * pairs.length) / timings.loam.medianMs, unit: "pairs/s" },
    { name: "js-rouge", value: (1000 * pairs.length) / timings["js-rouge"].medianMs, unit: "pairs/s" },
    { name: "ratio", value: timings["js-rouge"].medianMs / timings.loam.medianMs, unit: "×", atLeast: 15 },
  ],
  timings,
);

/** The same rows through scoreCorpus, which everything above the scorer uses: all ROUGE types share their tokens. */
const types = ["rouge1", "rouge2", "rougeL", "rougeLsum"];
const scored = pairs.map(({ hypothesis, reference }) => ({ prediction: hypothesis, references: [reference] }));
const alone = types.map((type): Metric => ({ ...metricFor(type), family: undefined }));
const corpus = await measure({
  together: () => scoreCorpus(scored, { metrics: types, stem: true, samples: 1 }),
  "each alone": () => scoreCorpus(scored, { metrics: alone, stem: true, samples: 1 }),
});
report(
  "scoreCorpus with ROUGE-1 + 2 + L + Lsum and stemming, pairs per second",
  [
    { name: "together", value: (1000 * pairs.length) / corpus.together.medianMs, unit: "pairs/s" },
    { name: "each alone", value: (1000 * pairs.length) / corpus["each alone"].medianMs, unit: "pairs/s" },
    { name: "ratio", value: corpus["each alone"].medianMs / corpus.together.medianMs, unit: "×", atLeast: 1.3 },
  ],
  corpus,
);
