import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Metric, MetricNeed, ScoreRow } from "./metric.ts";
import { metrics } from "./registry.ts";

/** Metrics that need nothing but the rows: every clause below holds for each of them, whatever is added. */
const given: readonly MetricNeed[] = ["reference", "source", "question", "confidence"];
const plain = metrics.filter(({ needs }) => needs.every((need) => given.includes(need)));

/** Scores that do not change when prediction and reference change places. */
const symmetric = new Set(
  "rouge1 rouge2 rougeL rougeS4 rougeSU4 rougeW-1.2 exactMatch answerF1 accuracy macroF1 cohenKappa matthews".split(
    " ",
  ),
);
/** METEOR takes ½/n³ off two equal texts of n words; one label throughout leaves no chance to agree beyond. */
const shortOfBest = new Set(["meteor"]);
const ofLabels = new Set(["cohenKappa", "matthews", "macroF1", "microF1", "calibrationError"]);

const words = "the a cat cats ran running fast 12 . , ! 猫 跑 了 é \n".split(" ");
const text = fc.array(fc.constantFrom(...words), { maxLength: 14 }).map((list) => list.join(" "));
const seeded = { seed: 20261128, numRuns: 60 };

const rowOf = (prediction: string, references: readonly string[], question = "q"): ScoreRow => ({
  prediction,
  references,
  question,
  source: "the cat ran fast",
  confidence: 0.75,
});
const scoreOf = async (metric: Metric, rows: readonly ScoreRow[]) => {
  const { values, value, parts = {}, signature } = await metric.score(rows, {});
  expect(signature).not.toBe("");
  return { values, value: value === undefined ? values[0]! : value, parts };
};

test("names are different, and every metric says what it is", () => {
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
  for (const { name, summary, range, direction, needs } of metrics) {
    expect(summary.length, name).toBeGreaterThan(10);
    expect(range[0], name).toBeLessThan(range[1]);
    if (needs.includes("reference")) expect(direction, name).not.toBe("none");
  }
});

describe.each(plain.map((metric) => [metric.name, metric] as const))("%s", (name, metric) => {
  const [low, high] = metric.range;
  const inRange = (value: number | null) => value === null || (value >= low - 1e-9 && value <= high + 1e-9);

  test("stays in its range, for rows and for the corpus, with empty sides too", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text, text), { minLength: 1, maxLength: 4 }), async (pairs) => {
        const rows = [...pairs, ["", "", ""], ["a cat", "", ""], ["", "a cat", "the cat"]].map(([p, r, other]) =>
          rowOf(p!, [r!, other!]),
        );
        const { values, value, parts } = await scoreOf(metric, rows);
        expect(values).toHaveLength(rows.length);
        for (const each of [...values, value, ...Object.values(parts).flat()])
          expect(inRange(each), `${each} of [${low}, ${high}]`).toBe(true);
      }),
      seeded,
    ));

  test.skipIf(metric.direction === "none")("nothing beats a text held against itself", () =>
    fc.assert(
      fc.asyncProperty(text, text, async (wanted, other) => {
        fc.pre(/[a-z0-9猫跑了]/.test(wanted));
        const [itself, another] = await Promise.all([
          scoreOf(metric, [rowOf(wanted, [wanted])]),
          scoreOf(metric, [rowOf(other, [wanted])]),
        ]);
        // Pooled scores may prefer a longer text (BLEU without effective order); a row's own may not.
        const [best, found] = [itself, another].map(({ values }) => values[0]!) as [number, number];
        const sign = metric.direction === "lower" ? -1 : 1;
        expect(sign * (best - found)).toBeGreaterThanOrEqual(-1e-9);
        const bound = metric.direction === "lower" ? low : high;
        if (!shortOfBest.has(name) && !ofLabels.has(name) && !short(name, wanted)) expect(best).toBeCloseTo(bound, 9);
      }),
      seeded,
    ),
  );

  test.skipIf(!symmetric.has(name))("is the same with the sides changed over", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 5 }), async (pairs) => {
        const one = await scoreOf(
          metric,
          pairs.map(([a, b]) => rowOf(a, [b])),
        );
        const other = await scoreOf(
          metric,
          pairs.map(([a, b]) => rowOf(b, [a])),
        );
        if (one.value === null) expect(other.value).toBeNull();
        else expect(other.value).toBeCloseTo(one.value, 9);
      }),
      seeded,
    ),
  );
});

/** Texts too short for the n-grams or skips that a metric counts score 0 even against themselves. */
function short(name: string, wanted: string): boolean {
  return /^rouge[2S]|^rougeLsum/.test(name) && wanted.trim().length < 30;
}

test("pass@k takes rows with one question as its samples", async () => {
  const pass = metrics.find(({ name }) => name === "pass@1")!;
  const row = (question: string, prediction: string) => rowOf(prediction, ["4"], question);
  const rows = [row("2+2", "4"), row("2+2", "5"), row("1+3", "4"), row("1+3", "4")];
  expect(await pass.score(rows, {})).toMatchObject({ value: 0.75, values: [0.5, 0.5, 1, 1] });
});
