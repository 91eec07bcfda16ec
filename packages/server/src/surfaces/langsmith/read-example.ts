import type { NewExample } from "@loam/observe";
import { objectField } from "./http.ts";
import { isUuid, uuidOf } from "./ids.ts";
import type { Json } from "./read-run.ts";

/** An example as clients send it. @throws {InputError} when its id is none, or a field is no object. */
export function readExample(body: Json): NewExample {
  const split = body.split ?? objectField(body, "metadata")?.dataset_split;
  return {
    ...(body.id ? { id: uuidOf(body.id, "id") } : {}),
    inputs: objectField(body, "inputs") ?? {},
    outputs: objectField(body, "outputs") ?? null,
    metadata: objectField(body, "metadata") ?? null,
    split: typeof split === "string" ? [split] : Array.isArray(split) ? split.map(String) : null,
    sourceRunId: isUuid(body.source_run_id) ? body.source_run_id : null,
  };
}
