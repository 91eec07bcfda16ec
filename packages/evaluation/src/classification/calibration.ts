import { ArgumentError } from "@loam/core";

export interface CalibrationBin {
  /** Confidences in (from, to]; the first bin takes 0 too. */
  from: number;
  to: number;
  count: number;
  meanConfidence: number;
  /** Share of answers that are right. */
  accuracy: number;
}

export interface Calibration {
  /** Expected calibration error: mean distance of confidence and accuracy, bins weighted by count. In [0, 1], lower is better. */
  error: number;
  /** The distance of the worst bin. */
  maximumError: number;
  /** Mean of (confidence − right)² (Brier 1950). */
  brier: number;
  /** Bins that hold something. */
  bins: CalibrationBin[];
}

/**
 * How far stated confidence is from being right as often as it says (Guo et al. 2017, arXiv:1706.04599 §2), over bins of equal width.
 *
 * @param confidences in [0, 1], one per answer.
 * @throws {ArgumentError} unless there is one confidence from 0 to 1 per answer, and bins are a positive whole number.
 */
export function calibration(
  confidences: readonly number[],
  right: readonly boolean[],
  { bins: count = 10 }: { bins?: number } = {},
): Calibration {
  if (!Number.isInteger(count) || count < 1) throw new ArgumentError("bins", count, "a positive whole number");
  if (confidences.length === 0 || confidences.length !== right.length)
    throw new ArgumentError(
      "right",
      `${right.length} answers`,
      `${confidences.length}, one per confidence, and one at least`,
    );
  const outside = confidences.findIndex((x) => !(x >= 0 && x <= 1));
  if (outside >= 0)
    throw new ArgumentError(
      `confidences[${outside}]`,
      confidences[outside],
      "a number from 0 to 1",
      "divide percent by 100",
    );
  const held = Array.from({ length: count }, () => ({ count: 0, confidence: 0, right: 0 }));
  confidences.forEach((x, i) => {
    const bin = held[Math.max(0, Math.ceil(x * count) - 1)]!;
    bin.count++;
    bin.confidence += x;
    bin.right += Number(right[i]);
  });
  const bins = held.flatMap((bin, i) =>
    bin.count === 0
      ? []
      : [
          {
            from: i / count,
            to: (i + 1) / count,
            count: bin.count,
            meanConfidence: bin.confidence / bin.count,
            accuracy: bin.right / bin.count,
          },
        ],
  );
  const gap = ({ meanConfidence, accuracy }: CalibrationBin) => Math.abs(meanConfidence - accuracy);
  return {
    error: bins.reduce((sum, bin) => sum + bin.count * gap(bin), 0) / confidences.length,
    maximumError: Math.max(...bins.map(gap)),
    brier: confidences.reduce((sum, x, i) => sum + (x - Number(right[i])) ** 2, 0) / confidences.length,
    bins,
  };
}
