import { InputError } from "@loam/core";
import { runSeries, runs } from "@loam/store";
import { and, asc, desc, not, or, type SQL, sql } from "drizzle-orm";

type Json = Record<string, unknown>;

/** W&B's filters over runs, which look like MongoDB's: `{ "$and": [{ "config.lr.value": { "$lt": 0.1 } }] }`. @throws {InputError} */
export function runFilterOf(filters: unknown): SQL | undefined {
  const tree = typeof filters === "string" ? parse(filters) : filters;
  if (tree === undefined || tree === null) return undefined;
  return condition(tree, 0);
}

function parse(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError("invalid_filter", `The filters are no JSON: ${text.slice(0, 200)}`, {
      hint: 'send them as MongoDB has them, such as {"state": "finished"}',
      cause,
    });
  }
}

function invalid(what: string): InputError {
  return new InputError("invalid_filter", `The filters are not valid: ${what}.`, {
    hint: 'they look like {"$and": [{"state": "finished"}, {"summary_metrics.loss": {"$lt": 0.1}}]}',
  });
}

function condition(tree: unknown, depth: number): SQL | undefined {
  if (typeof tree !== "object" || tree === null || Array.isArray(tree) || depth > 30)
    throw invalid(`${JSON.stringify(tree)?.slice(0, 100)} is no condition`);
  return and(
    ...Object.entries(tree as Json).map(([key, value]) => {
      if (key === "$and" || key === "$or" || key === "$nor") {
        if (!Array.isArray(value)) throw invalid(`${key} takes a list`);
        const parts = value.map((each) => condition(each, depth + 1)).filter((each) => each !== undefined);
        if (key === "$and") return and(...parts);
        const any = or(...parts);
        return key === "$or" ? any : any && not(any);
      }
      if (key === "$not") {
        const inner = condition(value, depth + 1);
        return inner && not(inner);
      }
      return field(key, value);
    }),
  );
}

const comparisons: Record<string, string> = { $eq: "=", $ne: "<>", $gt: ">", $gte: ">=", $lt: "<", $lte: "<=" };

function field(name: string, value: unknown): SQL | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return compare(name, "$eq", value);
  return and(...Object.entries(value as Json).map(([operator, operand]) => compare(name, operator, operand)));
}

function compare(name: string, operator: string, operand: unknown): SQL {
  if (operator === "$in" || operator === "$nin") {
    if (!Array.isArray(operand)) throw invalid(`${operator} takes a list`);
    const any = or(...operand.map((each) => compare(name, "$eq", each))) ?? sql`false`;
    return operator === "$in" ? any : not(any);
  }
  if (operator === "$not") {
    const inner = field(name, operand);
    return inner ? not(inner) : sql`true`;
  }
  if (name === "tags") return compareTags(operator, operand);
  const target = columnOf(name);
  if (operator === "$exists") return operand ? sql`${target.text} is not null` : sql`${target.text} is null`;
  if (operator === "$regex") return sql`${target.text} ~ ${String(operand)}`;
  const op = comparisons[operator];
  if (!op) throw invalid(`there is no operator ${operator}`);
  if (operand === null) return operator === "$ne" ? sql`${target.text} is not null` : sql`${target.text} is null`;
  if (typeof operand === "number" && target.number)
    return sql`(${target.number} ${sql.raw(op)} ${operand}::double precision and ${target.number} <> 'NaN')`;
  const text = sql`${target.text} ${sql.raw(op)} ${typeof operand === "string" ? operand : JSON.stringify(operand)}`;
  return operator === "$ne" ? sql`(${target.text} is null or ${text})` : text;
}

function compareTags(operator: string, operand: unknown): SQL {
  const has = sql`coalesce(${runs.origin} -> 'tags', '[]') @> ${JSON.stringify([operand])}::jsonb`;
  if (operator === "$eq") return has;
  if (operator === "$ne") return not(has);
  throw invalid(`tags are compared with $eq, $ne and $in, not ${operator}`);
}

const state = sql`case ${runs.status} when 'queued' then 'pending' when 'cancelled' then 'killed' when 'running' then
  case when ${runs.heartbeatAt} < now() - interval '60 seconds' then 'crashed' else 'running' end else ${runs.status} end`;

const columns: Record<string, SQL> = {
  state,
  display_name: sql`${runs.name}`,
  displayName: sql`${runs.name}`,
  name: sql`coalesce(${runs.externalId}, ${runs.id})`,
  group: sql`(${runs.origin} ->> 'group')`,
  jobType: sql`(${runs.origin} ->> 'job_type')`,
  job_type: sql`(${runs.origin} ->> 'job_type')`,
  sweep: sql`(${runs.origin} ->> 'sweep')`,
  sweepName: sql`(${runs.origin} ->> 'sweep')`,
  notes: sql`(${runs.origin} ->> 'notes')`,
  host: sql`(${runs.origin} ->> 'host')`,
  username: sql`'loam'`,
  user: sql`'loam'`,
  createdAt: sql`to_char(coalesce(${runs.startedAt}, ${runs.createdAt}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS')`,
  created_at: sql`to_char(coalesce(${runs.startedAt}, ${runs.createdAt}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS')`,
  heartbeatAt: sql`to_char(${runs.heartbeatAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS')`,
};

function columnOf(name: string): { text: SQL; number?: SQL } {
  if (Object.hasOwn(columns, name)) return { text: columns[name]! };
  const [, where, path] = /^(config|summary_metrics|summaryMetrics|summary)\.(.+)$/.exec(name) ?? [];
  if (where === "config") {
    const key = path!.replace(/\.value$/, "").replace(/^([^.]+)\.value\./, "$1.");
    const value = sql`coalesce(${runs.params} ->> ${key}::text, ${runs.params} #>> string_to_array(${key}, '.'))`;
    return {
      text: value,
      number: sql`(case when ${value} ~ '^-?[0-9.]+([eE][-+]?[0-9]+)?$' then (${value})::double precision end)`,
    };
  }
  if (where) {
    const curve = sql`(select ${runSeries.value} from ${runSeries} where ${runSeries.runId} = ${runs.id} and ${runSeries.key} = ${path!})`;
    const given = sql`coalesce(${runs.summary} ->> ${path!}::text, ${runs.summary} #>> string_to_array(${path!}, '.'))`;
    const number = sql`coalesce(case when ${given} ~ '^-?[0-9.]+([eE][-+]?[0-9]+)?$' then (${given})::double precision end, ${curve})`;
    return { text: sql`coalesce(${given}, ${curve}::text)`, number };
  }
  throw invalid(`there is no field ${JSON.stringify(name)}`);
}

/** `+created_at`, `-summary_metrics.loss`; the oldest first where nothing is said. */
export function runOrderOf(order: unknown): SQL[] {
  const last = [asc(sql`coalesce(${runs.startedAt}, ${runs.createdAt})`), asc(runs.id)];
  if (typeof order !== "string" || order === "") return last;
  const descending = order.startsWith("-");
  const column = columnOf(order.replace(/^[+-]/, ""));
  const by = column.number ?? column.text;
  return [asc(sql`${by} is null`), descending ? desc(by) : asc(by), ...last];
}
