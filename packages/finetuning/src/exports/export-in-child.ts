import { CancelledError, type OnProgress } from "@loam/core";
import { fromSent } from "../child/child.ts";
import { type Heard, workInChild } from "../child/work-in-child.ts";
import type { ExportOrder, ExportReport } from "./messages.ts";

/**
 * Runs an operation of an export in a child process: folding weights takes all of a processor and much memory.
 *
 * @param order the operation by name, with its input as paths
 * @throws {LoamError} what the operation throws. @throws {CancelledError} when the signal fired.
 */
export async function exportInChild(
  order: Omit<Extract<ExportOrder, { type: "export" }>, "type">,
  { signal, progress }: { signal: AbortSignal; progress: OnProgress },
): Promise<unknown> {
  const hear = (report: ExportReport): Heard<{ result: unknown }> => {
    if (report.type === "progress") return void progress(report.event);
    return report.type === "end" ? { done: report } : { failed: fromSent(report.error) };
  };
  const memoryHint = "give it to a machine with more";
  const done = await workInChild("exports", { type: "export", ...order }, { what: "export", memoryHint, hear, signal });
  if (done === "stopped") throw new CancelledError(order.operation, { cause: signal.reason });
  return done.result;
}
