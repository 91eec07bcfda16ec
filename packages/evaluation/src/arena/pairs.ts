import { ArgumentError, InputError, Rng, type Row } from "@loam/core";
import { hashOf } from "../runs/dataset.ts";
import type { EvaluationRun } from "../runs/evaluation-run.ts";
import type { PairVote } from "./bradley-terry.ts";

/** Two outputs to choose between, in an order that chance gave them. */
export interface ArenaPair {
  /** Names the pair without telling who wrote what. */
  pair: string;
  row: string;
  left: { system: string; text: string };
  right: { system: string; text: string };
  fields: Row;
}

/**
 * Every pair of systems on every row that both have an output for, or `limit` of them by chance. The same seed gives the
 * same pairs in the same order.
 *
 * @throws {ArgumentError} for a run with fewer than two systems.
 */
export function arenaPairs(
  { dataset, systems }: EvaluationRun,
  { limit, seed = 0 }: { limit?: number; seed?: number } = {},
): ArenaPair[] {
  if (systems.length < 2)
    throw new ArgumentError(
      "run",
      systems.map(({ system }) => system),
      "at least two systems",
      "name another run",
    );
  const rng = new Rng(seed);
  const pairs = dataset.rows.flatMap(({ id, fields }, i) =>
    systems.flatMap((a, s) =>
      systems.slice(s + 1).flatMap((b): ArenaPair[] => {
        const [x, y] = [a.outputs[i]?.prediction, b.outputs[i]?.prediction];
        if (x === undefined || y === undefined) return [];
        const sides = [
          { system: a.system, text: x },
          { system: b.system, text: y },
        ];
        if (rng.uniform() < 0.5) sides.reverse();
        const [left, right] = sides as [ArenaPair["left"], ArenaPair["right"]];
        return [{ pair: hashOf(["pair", id, left, right]).slice(0, 12), row: id, left, right, fields }];
      }),
    ),
  );
  for (let i = pairs.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [pairs[i], pairs[j]] = [pairs[j]!, pairs[i]!];
  }
  return pairs.slice(0, limit);
}

/** Votes by a metric: the better score wins, equal ones tie; rows without a score are left out. */
export function votesByMetric({ dataset, systems }: EvaluationRun, metric: string): PairVote[] {
  const scored = systems.map(({ system, metrics }) => {
    const found = metrics.find((one) => one.metric === metric);
    if (found) return { system, ...found };
    throw new ArgumentError("metric", metric, `one of ${metrics.map((one) => one.metric).join(", ")}`);
  });
  return dataset.rows.flatMap(({ id }, i) =>
    scored.flatMap((a, s) =>
      scored.slice(s + 1).flatMap((b): PairVote[] => {
        const [x, y] = [a.values[i], b.values[i]];
        if (typeof x !== "number" || typeof y !== "number") return [];
        const isLeft = a.direction === "lower" ? x < y : x > y;
        return [{ row: id, left: a.system, right: b.system, winner: x === y ? "tie" : isLeft ? "left" : "right" }];
      }),
    ),
  );
}

/**
 * Votes that people wrote into a table of {@link arenaPairs}: `pair`, and `winner` as first, second or tie. Rows without a
 * winner are left out.
 *
 * @throws {InputError} `unknown_pair`, `bad_vote` naming the row.
 */
export function votesOfTable(rows: readonly Row[], pairs: readonly ArenaPair[]): PairVote[] {
  const known = new Map(pairs.map((pair) => [pair.pair, pair]));
  return rows.flatMap((row, i): PairVote[] => {
    const said = String(row.winner ?? "")
      .trim()
      .toLowerCase();
    if (said === "") return [];
    const pair = known.get(String(row.pair ?? ""));
    if (!pair)
      throw new InputError(
        "unknown_pair",
        `Row ${i + 1} names the pair ${JSON.stringify(row.pair)}, which the run does not have.`,
        {
          hint: "give the run that the table was written from",
        },
      );
    const winner = ({ first: "left", "1": "left", second: "right", "2": "right", tie: "tie", "=": "tie" } as const)[
      said
    ];
    if (!winner)
      throw new InputError("bad_vote", `Row ${i + 1} has the winner ${JSON.stringify(row.winner)}.`, {
        hint: "write first, second or tie",
      });
    return [{ row: pair.row, left: pair.left.system, right: pair.right.system, winner }];
  });
}
