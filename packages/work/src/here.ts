import { CancelledError, type OnProgress, UnavailableError } from "@loam/core";
import type { Store } from "@loam/store";
import { claimThis, endDeadLeases, type Outcome } from "./claim.ts";
import type { WorkKind } from "./kind.ts";
import { getWork } from "./work-record.ts";
import { runClaim } from "./worker.ts";

export interface WorkHereOptions {
  /** Puts the work aside at its last checkpoint, until it is worked on here again or somebody resumes it. */
  signal?: AbortSignal;
  onProgress?: OnProgress;
  /** As in `runWorker`. */
  leaseSeconds?: number;
}

/**
 * Works on one piece in this process, for a command that waits for it. Others see it, and can cancel and pause it, as if
 * a worker had it. A failure is final: whoever waits hears it, and starts it again.
 *
 * @returns what the kind's `run` returned.
 * @throws {UnavailableError} while another process works on it.
 * @throws {CancelledError} when it was cancelled or put aside.
 */
export async function workHere(
  store: Store,
  kind: WorkKind,
  id: string,
  { signal = new AbortController().signal, onProgress, leaseSeconds = 30 }: WorkHereOptions = {},
): Promise<unknown> {
  await endDeadLeases(store);
  const claim = await claimThis(store, id, { leaseSeconds });
  if (!claim) throw busy((await getWork(store, id)).name, id);
  let result: unknown;
  let thrown: unknown;
  const onEnd = (outcome: Outcome, error: unknown): Outcome => {
    thrown = error;
    if (outcome.status === "finished") result = outcome.result;
    if (outcome.status !== "queued") return outcome;
    if (signal.aborted) return { status: "waiting", reason: "paused" };
    return { status: "failed", error: outcome.error ?? { code: "internal", message: String(error) } };
  };
  await runClaim(store, kind, claim, { leaseSeconds, retryDelaySeconds: 0, stop: signal, onEnd, onProgress });
  if (thrown === undefined) return result;
  const { name, status } = await getWork(store, id);
  if (status === "cancelled" || (status === "waiting" && !signal.aborted))
    throw new CancelledError(`The work ${name}`, { cause: thrown });
  throw thrown;
}

function busy(name: string, id: string): UnavailableError {
  return new UnavailableError("work", `another process works on ${JSON.stringify(name)}.`, {
    details: { id },
    hint: `\`loam work show ${id}\` follows it, \`loam work cancel ${id}\` ends it`,
  });
}
