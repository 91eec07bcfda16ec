import { ArgumentError, Rng } from "@loam/core";
import type { BootstrapOptions, Interval } from "../statistics/bootstrap.ts";

/** One comparison of two systems' outputs on a row. */
export interface PairVote {
  row: string;
  left: string;
  right: string;
  winner: "left" | "right" | "tie";
}

export interface Rating {
  system: string;
  /** 1000 is the mean of all; 400 more is ten to one. */
  rating: number;
  /** Bootstrap over rows; a row's votes stand together. */
  interval: Interval;
  wins: number;
  losses: number;
  ties: number;
}

export interface RatingOptions extends BootstrapOptions {
  /** Weight of ‖θ‖² in the likelihood: keeps ratings finite where somebody never lost. */
  prior?: number;
}

/**
 * Bradley–Terry strengths θ (Bradley & Terry 1952): P(i beats j) = 1 / (1 + e^(θ_j − θ_i)), by Newton's method on the log
 * likelihood less `prior`·‖θ‖². A tie is half a win for either. Equal to `choix.opt_pairwise`.
 *
 * @returns θ by system, in the order of their first vote; their mean is 0.
 * @throws {ArgumentError} without votes, for one of a system against itself, and for a prior that is not above 0.
 */
export function bradleyTerry(
  votes: readonly PairVote[],
  { prior = 0.01 }: { prior?: number } = {},
): Map<string, number> {
  const systems = systemsOf(votes);
  if (!(prior > 0)) throw new ArgumentError("prior", prior, "a number above 0", "0.01");
  return new Map(fit(votes, systems, prior).map((strength, i) => [systems[i]!, strength]));
}

/**
 * Ratings with bootstrap intervals, the best first.
 *
 * @throws {ArgumentError} as {@link bradleyTerry}.
 */
export function rateSystems(
  votes: readonly PairVote[],
  { prior = 0.01, confidence = 0.95, samples = 1000, seed = 0 }: RatingOptions = {},
): Rating[] {
  const strengths = bradleyTerry(votes, { prior });
  const systems = [...strengths.keys()];
  const rows = [...Map.groupBy(votes, ({ row }) => row).values()];
  const rng = new Rng(seed);
  const draws = Array.from({ length: samples }, () =>
    fit(
      rows.flatMap(() => rows[rng.integer(rows.length)]!),
      systems,
      prior,
    ),
  );
  const tail = (1 - confidence) / 2;
  return systems
    .map((system, i): Rating => {
      const sorted = draws.map((draw) => toElo(draw[i]!)).sort((a, b) => a - b);
      const count = (of: (vote: PairVote) => boolean) => votes.filter(of).length;
      return {
        system,
        rating: toElo(strengths.get(system)!),
        interval: {
          low: sorted[Math.floor(tail * (samples - 1))]!,
          mid: sorted[Math.floor((samples - 1) / 2)]!,
          high: sorted[Math.ceil((1 - tail) * (samples - 1))]!,
        },
        wins: count(
          ({ left, right, winner }) => (winner === "left" ? left : winner === "right" ? right : "") === system,
        ),
        losses: count(
          ({ left, right, winner }) => (winner === "left" ? right : winner === "right" ? left : "") === system,
        ),
        ties: count(({ left, right, winner }) => winner === "tie" && (left === system || right === system)),
      };
    })
    .sort((a, b) => b.rating - a.rating);
}

function systemsOf(votes: readonly PairVote[]): string[] {
  if (votes.length === 0)
    throw new ArgumentError("votes", [], "at least one comparison", "compare two systems on one row at least");
  const self = votes.find(({ left, right }) => left === right);
  if (self) throw new ArgumentError("votes", self, "two different systems in each comparison", "leave it out");
  return [...new Set(votes.flatMap(({ left, right }) => [left, right]))];
}

/** θ, [systems]. */
function fit(votes: readonly PairVote[], systems: readonly string[], prior: number): number[] {
  const n = systems.length;
  const place = new Map(systems.map((system, i) => [system, i]));
  // wins[i·n + j]: how often i beat j.
  const wins = new Float64Array(n * n);
  for (const { left, right, winner } of votes) {
    const [i, j] = [place.get(left)!, place.get(right)!];
    wins[i * n + j]! += winner === "left" ? 1 : winner === "tie" ? 0.5 : 0;
    wins[j * n + i]! += winner === "right" ? 1 : winner === "tie" ? 0.5 : 0;
  }
  let theta = new Array<number>(n).fill(0);
  for (let round = 0; round < 100; round++) {
    const gradient = theta.map((strength) => -2 * prior * strength);
    const hessian = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      hessian[i * n + i]! += 2 * prior;
      for (let j = 0; j < n; j++) {
        const lost = 1 / (1 + Math.exp(theta[i]! - theta[j]!)); // P(j beats i)
        gradient[i]! += wins[i * n + j]! * lost;
        gradient[j]! -= wins[i * n + j]! * lost;
        const bend = wins[i * n + j]! * lost * (1 - lost);
        hessian[i * n + i]! += bend;
        hessian[j * n + j]! += bend;
        hessian[i * n + j]! -= bend;
        hessian[j * n + i]! -= bend;
      }
    }
    const step = solve(hessian, gradient);
    // Far from the optimum a whole step may overshoot.
    const longest = Math.max(...step.map(Math.abs));
    const scale = Math.min(1, 2 / longest);
    theta = theta.map((strength, i) => strength + scale * step[i]!);
    if (longest < 1e-12) break;
  }
  return theta;
}

/** x of Ax = b for a symmetric positive definite A, by elimination. */
function solve(matrix: Float64Array, right: readonly number[]): number[] {
  const n = right.length;
  const a = matrix.slice();
  const x = [...right];
  for (let k = 0; k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      const factor = a[i * n + k]! / a[k * n + k]!;
      for (let j = k; j < n; j++) a[i * n + j]! -= factor * a[k * n + j]!;
      x[i]! -= factor * x[k]!;
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) x[i]! -= a[i * n + j]! * x[j]!;
    x[i]! /= a[i * n + i]!;
  }
  return x;
}

const toElo = (strength: number): number => 1000 + (400 / Math.LN10) * strength;
