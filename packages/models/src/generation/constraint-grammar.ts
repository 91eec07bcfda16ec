import type { CallGrammar, Constraint } from "./constraint.ts";
import { literal, oneOf, Rules, SchemaError, SchemaGrammar, schemaGrammar } from "./schema-grammar/index.ts";

/** Calls after another are not without end, whatever a model would like. */
const mostCalls = 16;

/** A constraint as EBNF. @throws {SchemaError} naming the place in the schema. */
export function constraintGrammar(constraint: Constraint): string {
  if ("grammar" in constraint) return constraint.grammar;
  if ("json" in constraint) return schemaGrammar({});
  if ("schema" in constraint) return schemaGrammar(constraint.schema, { strict: constraint.strict });
  return callGrammar(constraint.calls);
}

function callGrammar({ opening, joints, calls, forced, several, text }: CallGrammar): string {
  const rules = new Rules();
  const spelled = calls.map(({ name, before, parameters, strict, after }) => {
    try {
      const compiled = new SchemaGrammar(rules, parameters, { strict }).compile();
      return `${literal(before)} ${compiled} ${literal(after)}`;
    } catch (error) {
      if (error instanceof SchemaError) error.details.function = name;
      throw error;
    }
  });
  const call = rules.of(oneOf(spelled.map((body) => `(${body})`)));
  const more = several ? ` (${literal(joints.between)} ${call}){0,${mostCalls - 1}}` : "";
  const all = rules.of(`${literal(joints.first)} ${call}${more} ${literal(joints.last)}`);
  if (forced) return rules.toText(`${literal(opening)} ${all}`);
  if (text) {
    const value = new SchemaGrammar(rules, text.schema, { strict: text.strict ?? false }).compile();
    return rules.toText(`${value} | ${literal(opening)} ${all}`);
  }
  return rules.toText(`TagDispatch((${literal(opening)}, ${all}), stop_eos=true, loop_after_dispatch=false)`);
}
