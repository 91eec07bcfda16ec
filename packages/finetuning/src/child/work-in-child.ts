import { UnavailableError } from "@loam/core";
import { startChild } from "./child.ts";

/** What a report means for who waits: nothing yet, the end, or a failure. */
export type Heard<T> = { done: T } | { failed: Error } | undefined;

/**
 * Gives one order to a process of its own, so that this one goes on answering, and hears its reports until one of them ends it.
 *
 * @param what what a failure calls it: `training`
 * @param memoryHint what to do when the process was killed
 * @param hear takes a report; `reply` answers the process where the report asks for something
 * @returns `stopped` when the signal fired; the process is given ten seconds to save what it has.
 * @throws {UnavailableError} when the process was ended from outside.
 */
export async function workInChild<Report extends object, T>(
  program: "training" | "exports",
  order: object,
  {
    what,
    memoryHint,
    hear,
    signal,
  }: {
    what: string;
    memoryHint: string;
    hear: (report: Report, reply: (message: object) => void) => Heard<T>;
    signal: AbortSignal;
  },
): Promise<T | "stopped"> {
  if (signal.aborted) return "stopped";
  const child = startChild(program);
  const reply = (message: object) => void (child.connected && child.send(message));
  const stop = () => reply({ type: "stop" });
  signal.addEventListener("abort", stop);
  let lastWords = "";
  child.stderr?.on("data", (part) => {
    lastWords = `${lastWords}${part}`.slice(-4000);
  });
  try {
    return await new Promise<T | "stopped">((resolve, reject) => {
      child.on("message", (report: Report) => {
        const heard = hear(report, reply);
        if (!heard) return;
        if ("failed" in heard) reject(heard.failed);
        else resolve(heard.done);
      });
      child.on("error", reject);
      child.on("exit", (status, killedBy) => {
        if (signal.aborted) return resolve("stopped");
        reject(
          new UnavailableError(what, `its process ended with ${killedBy ?? `status ${status}`}.`, {
            details: { status, signal: killedBy, stderr: lastWords },
            hint:
              killedBy === "SIGKILL"
                ? `most likely the memory ran out: ${memoryHint}`
                : lastWords.trim().split("\n").at(-1) || "it is taken up again where it was",
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
