import type { StoreRecorder } from "@loam/observe";
import type { Reward } from "@loam/peft";
import { fromSent, toSent } from "../child/child.ts";
import { type Heard, workInChild } from "../child/work-in-child.ts";
import type { TrainingOrder, TrainingReport, WorkOrder } from "./messages.ts";

/**
 * Trains in a child process, so that this one goes on answering, and tells the recorder what happens there.
 *
 * @param options.reward judges, in this process, the answers that an objective with rewards writes in the other
 * @returns `stopped` when the signal fired: a checkpoint was written where there was time for it.
 * @throws {LoamError} what stopped the training, or that its process was ended from outside.
 */
export async function trainInChild(
  order: WorkOrder,
  recorder: Pick<StoreRecorder, "metrics" | "text" | "artifact" | "progress" | "summary">,
  { signal, reward }: { signal: AbortSignal; reward?: Reward },
): Promise<"finished" | "stopped"> {
  const judge = async ({ id, answers }: Extract<TrainingReport, { type: "judge" }>): Promise<TrainingOrder> => {
    try {
      return { type: "judged", id, rewards: await reward!(answers, { signal }) };
    } catch (error) {
      return { type: "judged", id, error: toSent(error) };
    }
  };
  const hear = (report: TrainingReport, reply: (message: TrainingOrder) => void): Heard<"finished" | "stopped"> => {
    switch (report.type) {
      case "judge":
        return void judge(report).then(reply);
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
  const asked = order.type === "tune" && reward ? { ...order, asks: true } : order;
  return await workInChild("training", asked, { what: "training", memoryHint, hear, signal });
}
