import type { RunStatus } from "./types.ts";

/** Which state of a run may follow which (https://platform.openai.com/docs/assistants/deep-dive, run lifecycle). */
const next: Record<RunStatus, readonly RunStatus[]> = {
  queued: ["in_progress", "cancelling", "cancelled", "failed", "expired"],
  in_progress: ["requires_action", "completed", "incomplete", "failed", "cancelling", "cancelled", "expired"],
  requires_action: ["queued", "cancelling", "cancelled", "expired", "failed"],
  cancelling: ["cancelled", "completed", "incomplete", "failed", "expired"],
  cancelled: [],
  failed: [],
  completed: [],
  incomplete: [],
  expired: [],
};

/** The states in which a run holds its thread. */
export const activeStatuses = ["queued", "in_progress", "requires_action", "cancelling"] as const satisfies RunStatus[];

export function mayFollow(from: string, to: RunStatus): boolean {
  return next[from as RunStatus]?.includes(to) ?? false;
}

export function isOver(status: string): boolean {
  return (next[status as RunStatus] ?? []).length === 0;
}
