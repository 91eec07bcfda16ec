import { compareNumber, compareText, parseMlflowFilter, parseMlflowOrder } from "@loam/observe";
import { feedback as feedbackTable, spans, traces } from "@loam/store";
import { and, asc, desc, type SQL, sql } from "drizzle-orm";
import { invalidParameter } from "./http.ts";

/** The `filter` of a search. @throws {InputError} for what it cannot ask. */
export function traceFilter(filter: string): SQL | undefined {
  return and(
    ...parseMlflowFilter(filter).map((comparison) => {
      const { entity, key } = comparison;
      const info = (name: string) => sql`(${traces.info} -> ${name}::text ->> ${key}::text)`;
      switch (entity) {
        case "tags":
        case "tag":
          return compareText(info("tags"), comparison);
        case "metadata":
        case "request_metadata":
        case "trace_metadata":
          return key === "mlflow.trace.session"
            ? compareText(sql`coalesce(${info("trace_metadata")}, ${traces.sessionId})`, comparison)
            : compareText(info("trace_metadata"), comparison);
        case "feedback":
        case "expectation":
        case "assessment":
          return sql`exists (select 1 from ${feedbackTable} where ${feedbackTable.traceId} = ${traces.id} and ${feedbackTable.key} = ${key}
            and ${compareText(sql`(${feedbackTable.value} #>> '{}')`, { ...comparison, value: String(comparison.value) })})`;
        case "span":
          return sql`exists (select 1 from ${spans} where ${spans.traceId} = ${traces.id} and ${
            key === "name"
              ? compareText(sql`${spans.name}`, comparison)
              : key === "type"
                ? compareText(sql`upper(${spans.kind})`, comparison)
                : compareText(sql`(${spans.attributes} ->> ${key.replace(/^attributes\./, "")}::text)`, comparison)
          })`;
        case "":
        case "trace":
        case "attributes":
        case "attribute":
          return traceAttribute(comparison);
        default:
          throw invalidParameter(
            "filter",
            comparison.text,
            "tags., metadata., feedback., span. or an attribute of the trace",
          );
      }
    }),
  );
}

function traceAttribute(comparison: Parameters<typeof compareText>[1]): SQL {
  switch (comparison.key.toLowerCase()) {
    case "status":
    case "state":
      return compareText(
        sql`case when coalesce(${traces.rootFailed}, false) then 'ERROR' else coalesce(${traces.info} ->> 'state', 'OK') end`,
        comparison,
      );
    case "timestamp":
    case "timestamp_ms":
    case "request_time":
      return compareNumber(sql`(${traces.startUs} / 1000)`, comparison);
    case "execution_time":
    case "execution_time_ms":
      return compareNumber(sql`((${traces.endUs} - ${traces.startUs}) / 1000)`, comparison);
    case "trace_id":
    case "request_id":
      return compareText(sql`('tr-' || ${traces.id})`, comparison);
    case "name":
      return compareText(sql`(${traces.info} -> 'tags' ->> 'mlflow.traceName')`, comparison);
    case "run_id":
      return compareText(sql`(${traces.info} -> 'trace_metadata' ->> 'mlflow.sourceRun')`, comparison);
    case "client_request_id":
      return compareText(sql`(${traces.info} ->> 'client_request_id')`, comparison);
    default:
      throw invalidParameter(
        "filter",
        comparison.text,
        "status, timestamp_ms, execution_time_ms, trace_id, name or run_id",
      );
  }
}

/** The `order_by` of a search. @throws {InputError} for a column that there is not. */
export function traceOrder(orderBy: readonly string[]): SQL[] {
  const columns: Record<string, SQL> = {
    timestamp: sql`${traces.startUs}`,
    timestamp_ms: sql`${traces.startUs}`,
    request_time: sql`${traces.startUs}`,
    execution_time: sql`(${traces.endUs} - ${traces.startUs})`,
    execution_time_ms: sql`(${traces.endUs} - ${traces.startUs})`,
    trace_id: sql`${traces.id}`,
  };
  const orders = parseMlflowOrder(orderBy).map(({ key, descending }) => {
    const column = Object.hasOwn(columns, key) ? columns[key]! : undefined;
    if (!column) throw invalidParameter("order_by", key, Object.keys(columns).join(", "));
    return descending ? desc(column) : asc(column);
  });
  return [...orders, desc(traces.startUs), desc(traces.id)];
}
