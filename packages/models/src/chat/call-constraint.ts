import { ArgumentError } from "@loam/core";
import type { Constraint } from "../generation/json-constraint.ts";
import type { ChatTool } from "./chat-tool.ts";

/**
 * "required" makes the model call a function, a name makes it call that one, once; `allowed` offers some of the functions
 * only. Arguments then always fit their schema.
 */
export type ToolChoice =
  | "auto"
  | "none"
  | "required"
  | { name: string }
  | { allowed: readonly string[]; mode: "auto" | "required" };

/** Which functions the model is told of, and whether it must call: one of them, or one only once. */
export function offeredTools(
  tools: readonly ChatTool[],
  choice: ToolChoice,
): { offered: readonly ChatTool[]; forced: "some" | "one" | undefined } {
  const named = (name: string): ChatTool => {
    const tool = tools.find((candidate) => candidate.name === name);
    if (tool) return tool;
    const known = tools.map((candidate) => candidate.name).join(", ") || "no tools";
    throw new ArgumentError("toolChoice", name, `one of ${known}`);
  };
  if (choice === "none") return { offered: [], forced: undefined };
  if (choice === "auto") return { offered: tools, forced: undefined };
  if (choice === "required") return { offered: tools, forced: tools.length > 0 ? "some" : undefined };
  if ("name" in choice) return { offered: [named(choice.name)], forced: "one" };
  return { offered: choice.allowed.map(named), forced: choice.mode === "required" ? "some" : undefined };
}

/** What the answer must look like so that its calls are well-formed; undefined where nothing is asked. */
export function callConstraint(
  tools: readonly ChatTool[],
  { forced }: { forced: "some" | "one" | undefined },
): Constraint | undefined {
  if (!forced) return undefined;
  const calls = tools.map(({ name, parameters }) => ({
    type: "object",
    properties: { name: { const: name }, arguments: parameters },
    required: ["name", "arguments"],
  }));
  return { schema: calls.length === 1 ? calls[0]! : { anyOf: calls } };
}
