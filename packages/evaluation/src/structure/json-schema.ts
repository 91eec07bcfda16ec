import { ArgumentError, withinTime } from "@loam/core";
import { Ajv2020 } from "ajv/dist/2020.js";

/** Whether a text is JSON that a schema allows, and what is wrong with it. */
export interface JsonVerdict {
  valid: boolean;
  /** `not JSON: …`, `/items/0/price must be number`; none where it is valid. */
  errors: string[];
}

/**
 * A checker of JSON texts against a JSON Schema (draft 2020-12). A fenced code block around the JSON is taken off, as
 * models like to write one.
 *
 * @throws {ArgumentError} where the schema itself is wrong.
 */
export function jsonSchemaChecker(schema: object): (text: string) => JsonVerdict {
  let validate: ReturnType<Ajv2020["compile"]>;
  try {
    // Formats and keywords that are not known annotate, as the draft has it.
    validate = new Ajv2020({ allErrors: true, strict: false, validateFormats: false }).compile(schema);
  } catch (cause) {
    throw new ArgumentError("schema", schema, "a JSON Schema", (cause as Error).message);
  }
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(withoutFence(text));
    } catch (cause) {
      return { valid: false, errors: [`not JSON: ${(cause as Error).message}`] };
    }
    if (withinTime("Checking against the schema", 5000, () => validate(value))) return { valid: true, errors: [] };
    return { valid: false, errors: (validate.errors ?? []).map((e) => `${e.instancePath || "/"} ${e.message}`) };
  };
}

function withoutFence(text: string): string {
  return /^\s*```(?:json)?\s*\n([\s\S]*?)\n?\s*```\s*$/.exec(text)?.[1] ?? text;
}
