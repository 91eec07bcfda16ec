import type { Lasting, Operation, OperationControls } from "@loam/core";
import type { z } from "zod";
import type { WorkRecord } from "./work-record.ts";

/** What a run of work has besides an operation's controls. */
export interface WorkControls<Event = unknown> extends OperationControls<Event> {
  /** The piece of work itself, as it stood when it was taken up. */
  work: WorkRecord;
  /**
   * Puts the work aside until somebody calls `resumeWork`: for a tool's output, a person's word. Never returns; what
   * is to be known later goes into the checkpoint first.
   */
  wait(reason: string, data?: unknown): never;
}

/** A kind of work: how its rows are run. */
export interface WorkKind {
  readonly name: string;
  /** How many at a time in one worker; 1 when left out. */
  readonly concurrency?: number;
  /** How often it is taken up before a failure that may pass is final; 5 when left out. */
  readonly maxAttempts?: number;
  /** The longest delay before it is tried again; 300 when left out. */
  readonly longestDelaySeconds?: number;
  /** Starts what a process that died had accepted and not queued. Called when a worker begins. */
  recover?(): Promise<void>;
  /** @throws {ArgumentError} for an input that cannot be worked on: it never gets into the queue. */
  parse(input: unknown): unknown;
  run(input: unknown, controls: WorkControls): Promise<unknown>;
}

/**
 * The kind of work that runs an operation.
 *
 * @param context what the operation runs in: given again in every process that works.
 */
export function workKind<I extends z.ZodObject, Result, Context, Event>(
  { name, lasts, parse, run }: Operation<I, Result, Context, Event>,
  context: Context,
  options: Pick<WorkKind, "concurrency" | "maxAttempts" | "recover"> = {},
): WorkKind {
  requireWork(name, lasts);
  return {
    name,
    ...options,
    parse,
    run: (input, controls) => run(context, input as z.infer<I>, controls as WorkControls<Event>),
  };
}

function requireWork(name: string, lasts: Lasting): void {
  if (lasts !== "work") throw new TypeError(`${name} lasts a ${lasts}; only what is "work" can wait in a queue`);
}

/** Thrown by `wait`. */
export class Waiting extends Error {
  readonly reason: string;
  readonly data: unknown;

  constructor(reason: string, data: unknown) {
    super(`waits: ${reason}`);
    this.reason = reason;
    this.data = data;
  }
}
