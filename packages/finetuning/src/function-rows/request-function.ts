import type { Rng } from "@loam/core";
import type { ChatTool } from "@loam/models";

/** A request and the call that answers it. */
interface AnsweredRequest {
  request: string;
  arguments: Record<string, unknown>;
}

/** A function with the means to write requests for it. */
export interface RequestFunction {
  tool: ChatTool;
  /** Functions of one group are near each other. */
  group: string;
  /** A request with the arguments of the call, in the order of the schema. */
  draw(rng: Rng): AnsweredRequest;
  /** A request that leaves a required argument out, with the name of that; undefined where nothing is required. */
  drawIncomplete?(rng: Rng): { request: string; missing: string } | undefined;
}

/** Arguments in the order of the schema's properties, as constrained decoding writes them. */
export function inSchemaOrder(
  { parameters }: ChatTool,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { properties = {} } = parameters as { properties?: Record<string, unknown> };
  return Object.fromEntries(Object.keys(properties).flatMap((name) => (name in values ? [[name, values[name]]] : [])));
}

/** JSON on one line with a space after commas and colons, as models learned to write it and grammars spell it. */
export function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}: ${spacedJson(member)}`);
    return `{${members.join(", ")}}`;
  }
  return JSON.stringify(value);
}
