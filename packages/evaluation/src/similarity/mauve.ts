import { ArgumentError, Rng, throwIfCancelled } from "@loam/core";
import { nearestCentres } from "./k-means.ts";

/** How fast a divergence counts as none in common; the paper's. */
const scaling = 5;
/** Mixtures at which the curve is measured. */
const mixtures = 25;

export interface MauveScore {
  /** In (0, 1], higher is better. */
  mauve: number;
  /** With half a text more in every cluster (Krichevsky–Trofimov), which is less noisy for few texts (Pillutla et al. 2023). */
  smoothed: number;
  clusters: number;
}

/**
 * MAUVE (Pillutla et al. 2021, arXiv:2102.01454): how much of what people write a model writes, and the other way round. Vectors of
 * both sides are clustered together; the score is the area under the curve of divergences of both histograms from their mixtures.
 *
 * Equal to `mauve-text` for given histograms ({@link mauveOfHistograms}), but for equal ones, which score 1 here and 0.75 there, where the points of the
 * curve are sorted. Its vectors are GPT-2's and its clusters those of faiss over
 * whitened components, so that numbers of whole runs are to be compared with each other only.
 *
 * @param clusters left out, a tenth of the smaller side, two at least.
 * @throws {ArgumentError} for a side with fewer than two vectors. @throws {CancelledError}
 */
export function mauve(
  people: readonly Float32Array[],
  model: readonly Float32Array[],
  { clusters, seed = 0, signal }: { clusters?: number; seed?: number; signal?: AbortSignal } = {},
): MauveScore {
  const fewest = Math.min(people.length, model.length);
  if (fewest < 2) throw new ArgumentError("texts", fewest, "at least two on each side", "score more rows");
  const k = clusters ?? Math.max(2, Math.round(fewest / 10));
  throwIfCancelled(signal, "MAUVE");
  const labels = nearestCentres([...people, ...model], k, { rng: new Rng(seed), signal });
  const counts = (from: readonly number[]) => {
    const histogram = new Array<number>(k).fill(0);
    for (const label of from) histogram[label]!++;
    return histogram;
  };
  const [p, q] = [counts(labels.slice(0, people.length)), counts(labels.slice(people.length))];
  return { ...mauveOfHistograms(p, q), clusters: k };
}

/** The score of two histograms of counts over the same clusters. */
export function mauveOfHistograms(p: readonly number[], q: readonly number[]): Omit<MauveScore, "clusters"> {
  const smooth = (counts: readonly number[]) => counts.map((count) => count + 0.5);
  return { mauve: areaOf(shares(p), shares(q)), smoothed: areaOf(shares(smooth(p)), shares(smooth(q))) };
}

/** The mean of the areas below the curve seen from either axis. */
function areaOf(p: readonly number[], q: readonly number[]): number {
  const curve: [x: number, y: number][] = [[1, 0]];
  for (let i = 0; i < mixtures; i++) {
    const share = 1e-6 + (i / (mixtures - 1)) * (1 - 2e-6);
    const mixture = p.map((value, j) => share * value + (1 - share) * q[j]!);
    curve.push([Math.exp(-scaling * divergence(q, mixture)), Math.exp(-scaling * divergence(p, mixture))]);
  }
  curve.push([0, 1]);
  const turned = curve.map(([x, y]): [number, number] => [y, x]).reverse();
  return (area(curve) + area(turned)) / 2;
}

/** Trapezoids below a curve given from its right end to its left; sorting it anew would tangle points that are equal but for rounding. */
function area(points: readonly (readonly [x: number, y: number])[]): number {
  let sum = 0;
  for (let i = 1; i < points.length; i++)
    sum += ((points[i]![1] + points[i - 1]![1]) / 2) * (points[i - 1]![0] - points[i]![0]);
  return sum;
}

/** KL(a ‖ b) in nats; b holds all that a holds. */
function divergence(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (const [i, share] of a.entries()) if (share > 0) sum += share * Math.log(share / b[i]!);
  return sum;
}

function shares(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / total);
}
