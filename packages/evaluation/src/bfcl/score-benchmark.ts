import type { BenchmarkCategory } from "./benchmark.ts";
import { checkCalls } from "./check-calls.ts";
import { areaUnderCurve } from "./decision.ts";
import { callByRule } from "./rule-caller.ts";
import type { BenchmarkAnswer } from "./run-benchmark.ts";

/** Shares are in percent; undefined where there is nothing to tell. */
export interface CategoryScore {
  category: string;
  rows: number;
  /** Right without a model. */
  rule?: number;
  /** Right when it must call and arguments must fit. */
  constrained?: number;
  /** Right when it decides by the threshold whether to call, and calls are constrained. */
  auto?: number;
  /** Right when it writes what it likes. */
  free?: number;
  /** Rows that are answered by a call in `auto`. */
  called?: number;
}

export interface BenchmarkScore {
  categories: CategoryScore[];
  /** How well the margin tells a category's rows from those that no function fits; chance is 0.5. */
  decision: { category: string; against: string; auc: number }[];
  threshold: number;
}

/** Scores of answers by category, with those of the rule without a model beside them. */
export function scoreBenchmark(
  categories: readonly BenchmarkCategory[],
  answers: readonly BenchmarkAnswer[],
  { threshold = 0 }: { threshold?: number } = {},
): BenchmarkScore {
  const of = (category: string, decoding: string) =>
    answers.filter((one) => one.category === category && one.decoding === decoding);
  const margins = (category: string) => of(category, "constrained").flatMap(({ margin }) => margin ?? []);
  const irrelevant = categories.filter(({ judges, name }) => judges === "none" && margins(name).length > 0);
  return {
    threshold,
    categories: categories.map((category) =>
      scoreCategory(category, of(category.name, "constrained"), of(category.name, "free"), threshold),
    ),
    decision: categories
      .filter(({ judges, name }) => judges === "calls" && margins(name).length > 0)
      .flatMap(({ name }) =>
        irrelevant.map((other) => ({
          category: name,
          against: other.name,
          auc: areaUnderCurve(margins(name), margins(other.name)),
        })),
      ),
  };
}

function scoreCategory(
  { name, judges, rows, language }: BenchmarkCategory,
  constrained: readonly BenchmarkAnswer[],
  free: readonly BenchmarkAnswer[],
  threshold: number,
): CategoryScore {
  const asked = rows.slice(0, Math.max(constrained.length, free.length));
  const score: CategoryScore = { category: name, rows: asked.length };
  const calls = ({ margin, calls: made }: BenchmarkAnswer) =>
    margin === undefined ? made.length > 0 : margin > threshold;
  const share = <T>(list: readonly T[], isRight: (one: T) => boolean) =>
    list.length > 0 ? (100 * list.filter(isRight).length) / list.length : undefined;
  if (judges === "calls") {
    score.rule = share(asked, (row) => {
      const made = callByRule(row.messages, row.functions);
      return (
        row.wanted !== undefined && checkCalls(row.functions, made, row.wanted, { category: name, language }).valid
      );
    });
    score.constrained = share(constrained, ({ verdict }) => verdict?.valid === true);
    score.auto = share(constrained, (one) => calls(one) && one.verdict?.valid === true);
    score.called = share(constrained, calls);
    score.free = share(free, ({ verdict }) => verdict?.valid === true);
    return score;
  }
  const isRight = (called: boolean) => called === (judges === "some");
  score.called = share(constrained, calls);
  score.auto = share(constrained, (one) => isRight(calls(one)));
  score.free = share(free, (one) => isRight(one.calls.length > 0));
  return score;
}
