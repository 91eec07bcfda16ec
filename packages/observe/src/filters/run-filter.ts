import { runSeries, runs } from "@loam/store";
import { and, asc, desc, type SQL, sql } from "drizzle-orm";
import {
  type Comparison,
  compareNumber,
  compareText,
  invalid,
  type Order,
  parseMlflowFilter,
  parseMlflowOrder,
} from "./mlflow-filter.ts";

/** A filter over runs: `metrics.`, `params.`, `tags.`, `attributes.` and `datasets.`. @throws {InputError} */
export function runFilter(filter: string): SQL | undefined {
  return and(...parseMlflowFilter(filter).map(condition));
}

function condition(comparison: Comparison): SQL {
  const { entity, key, text } = comparison;
  switch (entity) {
    case "metrics":
    case "metric": {
      if (comparison.operator === "IS NULL" || comparison.operator === "IS NOT NULL")
        return sql`${comparison.operator === "IS NULL" ? sql`not` : sql``} exists (select 1 from ${runSeries} where ${ofRun(key)})`;
      // NaN is the largest number to Postgres, and no number here.
      const isNumber = comparison.operator === "!=" ? undefined : sql`${runSeries.value} <> 'NaN'`;
      const compared = compareNumber(sql`${runSeries.value}`, comparison);
      return sql`exists (select 1 from ${runSeries} where ${and(ofRun(key), isNumber, compared)})`;
    }
    case "params":
    case "param":
    case "parameters":
    case "parameter":
      return compareText(paramOf(key), comparison);
    case "tags":
    case "tag":
      return compareText(sql`(${runs.tags} ->> ${key}::text)`, comparison);
    case "":
    case "attributes":
    case "attribute":
    case "attr":
    case "run":
      return attribute(comparison);
    case "datasets":
    case "dataset": {
      const field = key === "context" ? sql`(d -> 'tags' -> 0 ->> 'value')` : sql`(d -> 'dataset' ->> ${key}::text)`;
      return sql`exists (select 1 from jsonb_array_elements(coalesce(${runs.origin} -> 'inputs', '[]')) d where ${compareText(field, comparison)})`;
    }
    default:
      throw invalid(
        text,
        `there is no ${JSON.stringify(entity)}; names begin with metrics, params, tags, attributes or datasets`,
      );
  }
}

function ofRun(key: string): SQL {
  return sql`${runSeries.runId} = ${runs.id} and ${runSeries.key} = ${key}`;
}

/** A parameter by its key, or by the path to it in nested ones; as text. */
function paramOf(key: string): SQL {
  return sql`coalesce(${runs.params} ->> ${key}::text, ${runs.params} #>> string_to_array(${key}, '.'))`;
}

const statuses: Record<string, string> = {
  running: "running",
  scheduled: "queued",
  finished: "finished",
  failed: "failed",
  killed: "cancelled",
};

function attribute(comparison: Comparison): SQL {
  const { key, text } = comparison;
  switch (key.toLowerCase()) {
    case "run_id":
      return compareText(sql`${runs.id}`, comparison);
    case "run_name":
    case "name":
      return compareText(sql`${runs.name}`, comparison);
    case "status": {
      const value = String(comparison.value).toLowerCase();
      const known = Object.hasOwn(statuses, value) ? statuses[value]! : value;
      return compareText(
        sql`${runs.status}`,
        typeof comparison.value === "string" ? { ...comparison, value: known } : comparison,
      );
    }
    case "user_id":
    case "user":
      return compareText(sql`(${runs.tags} ->> 'mlflow.user')`, comparison);
    case "start_time":
    case "created":
      return compareNumber(startMs, comparison);
    case "end_time":
      return compareNumber(endMs, comparison);
    case "artifact_uri":
      return compareText(sql`('mlflow-artifacts:/' || ${runs.id})`, comparison);
    default:
      throw invalid(
        text,
        `there is no attribute ${JSON.stringify(key)}; there are run_id, run_name, status, user_id, start_time and end_time`,
      );
  }
}

const startMs = sql`(extract(epoch from coalesce(${runs.startedAt}, ${runs.createdAt})) * 1000)`;
const endMs = sql`(extract(epoch from ${runs.finishedAt}) * 1000)`;

/** What runs are ordered by; runs without the value come last, NaN before them. The newest first where nothing is said. */
export function runOrder(orderBy: readonly string[]): SQL[] {
  const orders = parseMlflowOrder(orderBy).flatMap(orderOf);
  return [...orders, desc(sql`coalesce(${runs.startedAt}, ${runs.createdAt})`), asc(runs.id)];
}

function orderOf({ entity, key, descending }: Order): SQL[] {
  const by = descending ? desc : asc;
  switch (entity) {
    case "metrics":
    case "metric": {
      const value = sql`(select ${runSeries.value} from ${runSeries} where ${ofRun(key)})`;
      return [sql`case when ${value} is null then 2 when ${value} = 'NaN' then 1 else 0 end`, by(value)];
    }
    case "params":
    case "param":
    case "parameters":
      return [sql`(${paramOf(key)}) is null`, by(paramOf(key))];
    case "tags":
    case "tag":
      return [sql`(${runs.tags} ->> ${key}::text) is null`, by(sql`(${runs.tags} ->> ${key}::text)`)];
    case "":
    case "attributes":
    case "attribute":
    case "attr":
    case "run": {
      const columns: Record<string, SQL> = {
        start_time: sql`coalesce(${runs.startedAt}, ${runs.createdAt})`,
        created: sql`coalesce(${runs.startedAt}, ${runs.createdAt})`,
        end_time: sql`${runs.finishedAt}`,
        status: sql`${runs.status}`,
        run_name: sql`${runs.name}`,
        run_id: sql`${runs.id}`,
        user_id: sql`(${runs.tags} ->> 'mlflow.user')`,
      };
      const column = columns[key.toLowerCase().replace(/ /g, "_")];
      if (column) return [sql`${column} is null`, by(column)];
    }
  }
  throw invalid(`${entity}.${key}`, "runs are ordered by metrics, params, tags or attributes");
}
