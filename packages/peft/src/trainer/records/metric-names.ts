import type { MetricsFile } from "./metrics-file.ts";

/** Numbers beside the loss, as metrics are named: `train/reward_margin`. */
export function toldAs(part: "train" | "eval", told: Readonly<Record<string, number>> = {}): Record<string, number> {
  return Object.fromEntries(
    Object.entries(told).map(([name, of]) => [`${part}/${name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}`, of]),
  );
}

/** The scores of answers among a step's metrics, by the names of the scorers. */
export function scoresAt(step: number, lines: Awaited<ReturnType<MetricsFile["read"]>>): Record<string, number> {
  const metrics = Object.assign({}, ...lines.filter((line) => line.step === step)) as Record<string, number>;
  const scores = Object.entries(metrics).filter(
    ([name]) => name.startsWith("eval/") && name !== "eval/loss" && !name.startsWith("eval/reward_"),
  );
  return Object.fromEntries(scores.map(([name, score]) => [name.slice("eval/".length), score]));
}
