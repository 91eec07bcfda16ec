import { Rules } from "./ebnf.ts";
import { type JsonSchema, SchemaGrammar } from "./schema-grammar.ts";

export { literal, oneOf, Rules } from "./ebnf.ts";
export { SchemaError } from "./schema-error.ts";
export { type JsonSchema, SchemaGrammar } from "./schema-grammar.ts";

/**
 * A JSON Schema as a grammar in XGrammar's EBNF, whose texts are all valid.
 *
 * @throws {SchemaError} naming the place in the schema.
 */
export function schemaGrammar(schema: JsonSchema, { strict = false }: { strict?: boolean } = {}): string {
  const rules = new Rules();
  return rules.toText(new SchemaGrammar(rules, schema, { strict }).compile());
}
