import { InputError, show } from "@loam/core";
import type { ConfigJson } from "./architecture.ts";

/** A number that the config must have. @throws {InputError} `bad_config` naming the field. */
export function requiredNumber(json: ConfigJson, field: string): number {
  const found = json[field];
  if (typeof found === "number" && Number.isFinite(found)) return found;
  throw new InputError("bad_config", `config.json: \`${field}\` is ${show(found)}; expected a number.`, {
    details: { field },
    hint: "check that the folder holds a complete Hugging Face checkpoint",
  });
}

/** A number that the config may have; null counts as absent. */
export function optionalNumber(json: ConfigJson, field: string): number | undefined {
  return json[field] === null || json[field] === undefined ? undefined : requiredNumber(json, field);
}

/**
 * An activation that must be one of those an architecture implements.
 *
 * @throws {InputError} `bad_config` for any other value.
 */
export function requireOneOf<T extends string>(json: ConfigJson, field: string, known: readonly T[], fallback?: T): T {
  const found = (json[field] ?? fallback) as T;
  if (known.includes(found)) return found;
  throw new InputError(
    "bad_config",
    `config.json: \`${field}\` is ${show(found)}; Loam implements ${known.join(", ")}.`,
    {
      details: { field },
    },
  );
}
