import { nearestName } from "@loam/core";
import { schemaFault } from "./fits-schema.ts";
import { isObject, type Report } from "./problem.ts";

/** Functions of a row by their names, with the schemas of their arguments. */
export type KnownFunctions = ReadonlyMap<string, unknown>;

const nameForm = /^[a-zA-Z0-9_.-]{1,64}$/;
const toolFields = ["type", "function"];
const functionFields = ["name", "description", "parameters", "strict"];

/** Checks `tools` and the legacy `functions` of a row. */
export function checkTools({ tools, functions }: Record<string, unknown>, report: Report): KnownFunctions {
  const known = new Map<string, unknown>();
  if (tools !== undefined && tools !== null && functions !== undefined && functions !== null)
    report("functions", functions, "`tools` or `functions`, not both", { fix: "move the functions into `tools`" });
  checkList(tools, "tools", known, report);
  checkList(functions, "functions", known, report);
  return known;
}

function checkList(list: unknown, at: "tools" | "functions", known: Map<string, unknown>, report: Report): void {
  if (list === undefined || list === null) return;
  if (!Array.isArray(list)) {
    report(
      at,
      list,
      "a list of functions",
      typeof list === "string" ? { fix: "write the list itself, not its JSON as text" } : {},
    );
    return;
  }
  for (const [i, tool] of list.entries()) {
    const here = `${at}[${i}]`;
    if (!isObject(tool)) {
      report(here, tool, "a function with a name");
      continue;
    }
    if (at === "functions") checkDefinition(tool, here, known, report);
    else if (!isObject(tool.function) && typeof tool.name === "string") {
      report(here, tool, 'a tool: {"type": "function", "function": {…}}', {
        fix: "put the definition below `function`",
      });
      checkDefinition(tool, here, known, () => {});
    } else {
      if (tool.type !== "function")
        report(`${here}.type`, tool.type, '"function"', { fix: 'add `"type": "function"`' });
      checkFields(tool, toolFields, here, report);
      if (isObject(tool.function)) checkDefinition(tool.function, `${here}.function`, known, report);
      else report(here, tool, "a function with a name");
    }
  }
}

function checkDefinition(
  definition: Record<string, unknown>,
  at: string,
  known: Map<string, unknown>,
  report: Report,
): void {
  const { name, parameters, description } = definition;
  checkFields(definition, functionFields, at, report);
  if (typeof name !== "string" || name === "") {
    report(`${at}.name`, name, "the name of the function");
    return;
  }
  if (!nameForm.test(name))
    report(`${at}.name`, name, "1 to 64 letters, digits, _, - and .", { fix: `for example "${suggestName(name)}"` });
  if (known.has(name)) report(`${at}.name`, name, "a name that no other function of the row has");
  if (description !== undefined && typeof description !== "string") report(`${at}.description`, description, "a text");
  known.set(name, parameters);
  if (parameters === undefined || parameters === null) return;
  const fault = schemaFault(parameters);
  if (fault) report(`${at}.parameters${fault.path}`, fault.got, fault.expected);
  else if (isObject(parameters) && parameters.type !== undefined && parameters.type !== "object")
    report(`${at}.parameters.type`, parameters.type, '"object": arguments have names');
}

const suggestName = (name: string): string =>
  name
    .trim()
    .replaceAll(/[^a-zA-Z0-9_.-]+/g, "_")
    .slice(0, 64) || "function_1";

/** Tells fields that nobody reads, with the one that was probably meant. */
export function checkFields(
  value: Record<string, unknown>,
  fields: readonly string[],
  at: string,
  report: Report,
): void {
  for (const field of Object.keys(value)) {
    if (fields.includes(field)) continue;
    const near = nearestName(field, fields);
    report(at ? `${at}.${field}` : field, value[field], `no such field (known are ${fields.join(", ")})`, {
      ...(near ? { fix: `did you mean \`${near}\`?`.replace("?", "") } : {}),
      severity: near ? "error" : "warning",
    });
  }
}
