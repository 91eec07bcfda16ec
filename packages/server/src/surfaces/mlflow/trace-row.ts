import { NotFoundError } from "@loam/core";
import { listTraceRows, type TraceRow } from "@loam/observe";
import type { Store } from "@loam/store";

/** `tr-<hex>` as the trace's id. */
export function traceId(id: string): string {
  return id.replace(/^tr-/, "").replaceAll("-", "").toLowerCase();
}

/** @throws {NotFoundError} */
export async function row(store: Store, id: string): Promise<TraceRow> {
  const [found] = await listTraceRows(store, { ids: [id] });
  if (!found) throw new NotFoundError("trace", `tr-${id}`);
  return found;
}
