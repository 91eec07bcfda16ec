import { InputError } from "@loam/core";

/** The one workspace that there is, as clients want to know it. */
export const tenantId = "00000000-0000-4000-8000-000000000001";

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

export function isUuid(text: unknown): text is string {
  return typeof text === "string" && uuid.test(text);
}

/**
 * LangSmith's run and trace ids are UUIDs, OpenTelemetry's are hex: a UUID without its dashes is the id of a span. A
 * span of OpenTelemetry has half as many digits; 16 zeros before them make it a UUID.
 *
 * @throws {InputError}
 */
export function spanIdOf(id: unknown, field = "id"): string {
  if (!isUuid(id))
    throw new InputError("invalid_id", `\`${field}\` is ${JSON.stringify(id)?.slice(0, 80)}, which is no UUID.`, {
      details: { name: field },
      hint: "send an id such as 018f0000-0000-7000-8000-000000000000",
    });
  const hex = id.replaceAll("-", "").toLowerCase();
  return hex.startsWith("0".repeat(16)) ? hex.slice(16) : hex;
}

export function traceIdOf(id: unknown, field = "trace_id"): string {
  const hex = spanIdOf(id, field);
  return hex.padStart(32, "0");
}

/** The UUID of a span or a trace. */
export function toUuid(hex: string): string {
  const full = hex.padStart(32, "0");
  return [full.slice(0, 8), full.slice(8, 12), full.slice(12, 16), full.slice(16, 20), full.slice(20)].join("-");
}

/** A UUID as the tables of datasets, examples and judgements hold it. @throws {InputError} */
export function uuidOf(id: unknown, field: string): string {
  spanIdOf(id, field);
  return toUuid(String(id).replaceAll("-", "").toLowerCase());
}
