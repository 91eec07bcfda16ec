import { InputError } from "@loam/core";

/** A schema that cannot be kept to, and where: `#/properties/age/minimum`. */
export class SchemaError extends InputError {
  constructor(path: string, what: string, hint?: string) {
    super("invalid_schema", `Invalid schema at ${path || "#"}: ${what}.`, { details: { path: path || "#" }, hint });
  }
}
