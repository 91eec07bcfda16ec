import { UnavailableError } from "@loam/core";
import type { StoreRecorder } from "@loam/observe";
import { fromSent, startChild } from "../child/child.ts";
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
  if (signal.aborted) return "stopped";
  const child = startChild("training");
  const stop = () => child.connected && child.send({ type: "stop" } satisfies TrainingOrder);
  signal.addEventListener("abort", stop);
  let lastWords = "";
  child.stderr?.on("data", (part) => {
    lastWords = `${lastWords}${part}`.slice(-4000);
  });
  try {
    return await new Promise((resolve, reject) => {
      child.on("message", (report: TrainingReport) => {
        switch (report.type) {
          case "metrics":
            return recorder.metrics(report.step, report.values);
          case "text":
            return recorder.text(report.step, report.tag, report.text);
          case "artifact":
            return recorder.artifact(report.path);
          case "progress":
            return recorder.progress(report.event);
          case "summary":
            return recorder.summary(report.values);
          case "end":
            if (report.status === "failed") return reject(fromSent(report.error!));
            return resolve(report.status);
        }
      });
      child.on("error", reject);
      child.on("exit", (status, killedBy) => {
        if (signal.aborted) return resolve("stopped");
        reject(
          new UnavailableError("training", `its process ended with ${killedBy ?? `status ${status}`}.`, {
            details: { status, signal: killedBy, stderr: lastWords },
            hint:
              killedBy === "SIGKILL"
                ? "most likely the memory ran out: lower `batch_size` or `data.max_tokens`, or set `gradient_checkpointing`"
                : lastWords.trim().split("\n").at(-1) || "its last checkpoint is kept: resume it",
          }),
        );
      });
      child.send(order);
    });
  } finally {
    signal.removeEventListener("abort", stop);
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      const force = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(force);
    }
  }
}
