import type { ProgressEvent } from "@loam/core";
import type { SentError } from "../child/child.ts";

/** What the process that writes exports is told. */
export type ExportOrder = { type: "export"; operation: string; input: Record<string, unknown> } | { type: "stop" };

/** What it tells. */
export type ExportReport =
  | { type: "progress"; event: ProgressEvent }
  | { type: "end"; result: unknown }
  | { type: "failed"; error: SentError };
