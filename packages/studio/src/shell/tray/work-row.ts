import { isSettled, type Work } from "../../api/work.ts";

/** What a piece of work shows of itself, decided. */
export interface WorkRow {
  work: Work;
  /** 0 to 1, where it can be told. */
  share: number | undefined;
  etaMs: number | undefined;
  tookMs: number | undefined;
  canCancel: boolean;
  canPause: boolean;
  canResume: boolean;
  isMoving: boolean;
  /** It waits for another attempt: that has not failed. */
  isRetried: boolean;
}

export function toWorkRow(work: Work, now = Date.now()): WorkRow {
  const { status, progress, asked, startedAt, finishedAt } = work;
  const isOpen = !isSettled(work);
  const total = progress?.total;
  const share = total === undefined || total <= 0 ? undefined : Math.min(1, progress!.done / total);
  return {
    work,
    share: isOpen ? share : undefined,
    etaMs: status === "running" ? progress?.etaMs : undefined,
    tookMs: startedAt === null ? undefined : (finishedAt ? Date.parse(finishedAt) : now) - Date.parse(startedAt),
    canCancel: isOpen && asked !== "cancel",
    canPause: (status === "queued" || status === "running") && asked === null,
    canResume: status === "waiting" || status === "failed" || status === "cancelled",
    isMoving: status === "running",
    isRetried: status === "queued" && work.error !== null,
  };
}

/** Where the thing that the work makes can be seen. */
export function placeOf({ kind, name, result }: Work): string | undefined {
  const document = (result as { document?: unknown } | null)?.document;
  if (kind === "ingest" && typeof document === "string") return `/documents/${document}`;
  if (kind === "evaluate") {
    const { run } = (result ?? {}) as { run?: string };
    return run === undefined ? "/evaluations" : `/evaluations/${run}`;
  }
  if (kind === "summary") return "/summaries";
  if (kind === "extract.kept") return "/extractions";
  if (kind === "catalogue.embed") return "/recommend";
  if (["merge", "adapter.export", "recipe.export"].includes(kind)) return "/tune/adapters";
  if (kind === "video") return `/video/${name}`;
  if (kind === "tune" || kind === "pretrain") return "/tune";
  if (["fine-tuning-job", "batch", "eval-run"].includes(kind)) return "/functions/jobs";
  return undefined;
}
