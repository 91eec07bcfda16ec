import { ArgumentError } from "@loam/core";
import { cohenKappa } from "../agreement/cohen-kappa.ts";
import { bootstrapMean, type Interval } from "../statistics/bootstrap.ts";

type Winner = "first" | "second" | "tie";

/** A judge's two verdicts on a pair, in both orders, told by the pair's own order; and what people say of it. */
export interface CalibratedPair {
  /** Lengths of the texts in characters. */
  lengths: readonly [first: number, second: number];
  /** With the first text in front, then with the second. */
  judge: readonly [straight: Winner, swapped: Winner];
  people: Winner;
}

interface Share extends Interval {
  mean: number;
  /** Pairs it is taken over. */
  of: number;
}

export interface JudgeCalibration {
  pairs: number;
  /** Share of pairs on which the judge (a tie where the order decides) says what people say. */
  agreement: Share;
  /** Beyond chance; null where one side always says the same. */
  kappa: number | null;
  /** Share of pairs on which the order of the texts changes the verdict. */
  inconsistent: Share;
  /** Share of verdicts with a winner that go to the text in front; ½ is none. */
  frontShare: Share | undefined;
  /** Share of winners that are the longer text: by the judge, and by people. */
  longerByJudge: Share | undefined;
  longerByPeople: Share | undefined;
}

/**
 * How far a judge can be trusted, by pairs that people have judged as well.
 *
 * @throws {ArgumentError} without pairs.
 */
export function calibrateJudge(pairs: readonly CalibratedPair[]): JudgeCalibration {
  if (pairs.length === 0)
    throw new ArgumentError("pairs", [], "at least one pair that people have judged", "label some pairs first");
  const verdicts = pairs.map(({ judge: [one, other] }) => (one === other ? one : "tie"));
  const said = pairs.map(({ people }) => people);
  const fronts = pairs.flatMap(({ judge: [straight, swapped] }) => [
    ...(straight === "tie" ? [] : [straight === "first"]),
    ...(swapped === "tie" ? [] : [swapped === "second"]),
  ]);
  const longer = (winners: readonly Winner[]) =>
    pairs.flatMap(({ lengths: [first, second] }, i) => {
      const winner = winners[i]!;
      return winner === "tie" || first === second ? [] : [(winner === "first") === first > second];
    });
  const kappa = cohenKappa(verdicts, said);
  return {
    pairs: pairs.length,
    agreement: shareOf(verdicts.map((verdict, i) => verdict === said[i]))!,
    kappa: Number.isFinite(kappa) ? kappa : null,
    inconsistent: shareOf(pairs.map(({ judge: [one, other] }) => one !== other))!,
    frontShare: shareOf(fronts),
    longerByJudge: shareOf(longer(verdicts)),
    longerByPeople: shareOf(longer(said)),
  };
}

function shareOf(flags: readonly boolean[]): Share | undefined {
  if (flags.length === 0) return undefined;
  const values = flags.map(Number);
  return { mean: values.reduce((a, b) => a + b, 0) / values.length, of: values.length, ...bootstrapMean(values) };
}
