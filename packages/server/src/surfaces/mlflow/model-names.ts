import { type LoggedModel, parseMlflowOrder } from "@loam/observe";
import { asc, desc, type SQL } from "drizzle-orm";
import { invalidParameter } from "./http.ts";

export function modelUri({ projectId, id }: LoggedModel): string {
  return `mlflow-artifacts:/${projectId}/models/${id}/artifacts`;
}

/** The `order_by` of a search. @throws {InputError} for a column that there is not. */
export function orderOf(orderBy: readonly string[], columns: Record<string, unknown>): SQL[] {
  const orders = parseMlflowOrder(orderBy).map(({ key, descending }) => {
    const column = Object.hasOwn(columns, key) ? columns[key] : undefined;
    if (!column) throw invalidParameter("order_by", key, Object.keys(columns).join(", "));
    return descending ? desc(column as SQL) : asc(column as SQL);
  });
  return [...orders, asc(columns.name as SQL)];
}
