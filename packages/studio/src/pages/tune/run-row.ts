import type { RunJson } from "@loam/server";

/** How far a run is, in [0, 1]; undefined while that cannot be told. */
export function shareDone({ status, progress }: Pick<RunJson, "status" | "progress">): number | undefined {
  if (status === "finished") return 1;
  if (!progress?.total || (progress.task !== "train" && progress.task !== "pretrain")) return undefined;
  return Math.min(1, progress.done / progress.total);
}

/** How long it has taken, or took, in milliseconds. */
export function tookMs({ startedAt, finishedAt }: Pick<RunJson, "startedAt" | "finishedAt">, now = Date.now()): number {
  if (!startedAt) return 0;
  return (finishedAt ? Date.parse(finishedAt) : now) - Date.parse(startedAt);
}

/** The loss that says most about a run: on examples that were kept back, else the last of training. */
export function shownLoss({ latest, results }: Pick<RunJson, "latest" | "results">): number | null {
  return results.evalLoss ?? latest["eval/loss"] ?? results.lastLoss ?? latest["train/loss"] ?? null;
}

/** 2.34567 → "2.346", 0.00012 → "1.2e-4". */
export function toLossText(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return Math.abs(value) >= 0.001 || value === 0 ? value.toFixed(3) : value.toExponential(1);
}

/** 8_800_000 → "8.8M", 26880 → "26.9k". */
export function toCountText(value: number): string {
  for (const [size, unit] of [
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const)
    if (value >= size) return `${(value / size).toFixed(value >= 100 * size ? 0 : value >= 10 * size ? 1 : 2)}${unit}`;
  return String(value);
}
