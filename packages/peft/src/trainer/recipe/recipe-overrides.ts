import { ArgumentError } from "@loam/core";
import { parse } from "yaml";

type Tree = Record<string, unknown>;

/**
 * The recipe with single fields set from texts such as `optimizer.learning_rate=1e-4`. Values are read as YAML:
 * `data.packing=true`, `method.target_modules=[q_proj, v_proj]`, `max_grad_norm=null` takes a field out.
 *
 * @throws {ArgumentError} for a text without `=`, a value that is no YAML, or a path through a field that is no object.
 */
export function overrideRecipe(recipe: unknown, assignments: readonly string[]): unknown {
  return assignments.reduce<unknown>((tree, assignment) => {
    const equals = assignment.indexOf("=");
    const path = assignment.slice(0, Math.max(0, equals)).trim();
    if (path === "" || path.split(".").includes(""))
      throw new ArgumentError("set", assignment, "field=value", "write for example optimizer.learning_rate=1e-4");
    let value: unknown;
    try {
      value = parse(assignment.slice(equals + 1));
    } catch (cause) {
      throw new ArgumentError("set", assignment, "a value as YAML", (cause as Error).message.split("\n")[0]);
    }
    return put(tree, path.split("."), value, assignment);
  }, recipe);
}

function put(tree: unknown, [name, ...rest]: readonly string[], value: unknown, assignment: string): Tree {
  if (tree !== undefined && (typeof tree !== "object" || tree === null || Array.isArray(tree)))
    throw new ArgumentError("set", assignment, `a field that holds others before \`${name}\``);
  const { [name!]: old, ...others } = (tree ?? {}) as Tree;
  if (rest.length > 0) return { ...others, [name!]: put(old, rest, value, assignment) };
  return value === null ? others : { ...others, [name!]: value };
}
