import type { StoreRecorder } from "@loam/observe";
import { fromSent } from "../child/child.ts";
import { type Heard, workInChild } from "../child/work-in-child.ts";
import type { TrainingOrder, TrainingReport } from "./messages.ts";

/**
 * Trains in a child process, so that this one goes on answering, and tells the recorder what happens there.
 *
 * @returns `stopped` when the signal fired: a checkpoint was written where there was time for it.
 * @throws {LoamError} what stopped the training, or that its process was ended from outside.
 */
export async function trainInChild(
  order: Exclude<TrainingOrder, { type: "stop" }>,
  recorder: Pick<StoreRecorder, "metrics" | "text" | "artifact" | "progress" | "summary">,
  { signal }: { signal: AbortSignal },
): Promise<"finished" | "stopped"> {
  const hear = (report: TrainingReport): Heard<"finished" | "stopped"> => {
    switch (report.type) {
      case "metrics":
        return void recorder.metrics(report.step, report.values);
      case "text":
        return void recorder.text(report.step, report.tag, report.text);
      case "artifact":
        return void recorder.artifact(report.path);
      case "progress":
        return void recorder.progress(report.event);
      case "summary":
        return void recorder.summary(report.values);
      case "end":
        return report.status === "failed" ? { failed: fromSent(report.error!) } : { done: report.status };
    }
  };
  const memoryHint = "lower `batch_size` or `data.max_tokens`, or set `gradient_checkpointing`";
  return await workInChild("training", order, { what: "training", memoryHint, hear, signal });
}
