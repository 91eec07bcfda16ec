import { type StoredEval, type StoredEvalRun, type StoredOutputItem, unixSeconds } from "@loam/platform";
import type { WireObject } from "../wire/wire-object.ts";

export function toEvalObject({ id, createdAt, body, metadata }: StoredEval) {
  return {
    id,
    object: "eval" as const,
    created_at: unixSeconds(createdAt),
    name: body.name,
    data_source_config: toConfig(body.dataSource),
    testing_criteria: body.criteria,
    metadata,
  };
}

/** What was the schema of an item is shown as the schema of a row. */
function toConfig(config: StoredEval["body"]["dataSource"]) {
  if (config.type !== "custom") return { type: config.type, metadata: config.metadata ?? {}, schema: {} };
  const sample = { type: "object", properties: { output_text: { type: "string" } }, required: ["output_text"] };
  const properties = { item: config.item_schema, ...(config.include_sample_schema ? { sample } : {}) };
  return { type: "custom" as const, schema: { type: "object", properties, required: Object.keys(properties) } };
}

export function toEvalRunObject({ id, createdAt, status, body, metadata }: StoredEvalRun): WireObject {
  return {
    id,
    object: "eval.run" as const,
    eval_id: body.evalId,
    created_at: unixSeconds(createdAt),
    status,
    name: body.name,
    model: body.dataSource.type === "jsonl" ? "" : (body.dataSource.model ?? ""),
    report_url: "",
    data_source: body.dataSource,
    result_counts: body.counts,
    per_model_usage: body.usage,
    per_testing_criteria_results: body.criteria,
    error: body.error,
    metadata,
  };
}

export function toOutputItemObject({ id, parentId, createdAt, status, body }: StoredOutputItem): WireObject {
  return {
    id,
    object: "eval.run.output_item" as const,
    created_at: unixSeconds(createdAt),
    run_id: parentId,
    eval_id: body.evalId,
    status,
    datasource_item_id: body.place,
    datasource_item: body.item,
    results: body.grades.map(({ name, type, score, passed, error, sample }) => {
      return { name, type, score, passed, sample: sample ?? null, ...(error ? { error } : {}) };
    }),
    sample: body.sample,
  };
}
