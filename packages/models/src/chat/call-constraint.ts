import { ArgumentError } from "@loam/core";
import type { Constraint } from "../generation/constraint.ts";
import type { ChatTool } from "./chat-tool.ts";
import type { CallNotation } from "./notations/notation.ts";

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

/** What the answer must look like so that its calls are well-formed; undefined where no functions are offered. */
export function callConstraint(
  { opening, joints, frame }: CallNotation,
  tools: readonly ChatTool[],
  { forced, parallelCalls, text }: { forced: "some" | "one" | undefined; parallelCalls: boolean; text?: Constraint },
): Constraint | undefined {
  if (tools.length === 0) return undefined;
  const calls = tools.map(({ name, parameters, strict = false }) => ({ name, parameters, strict, ...frame(name) }));
  const json = text && "json" in text ? { schema: { type: "object" } } : text && "schema" in text ? text : undefined;
  const several = forced !== "one" && parallelCalls;
  return { calls: { opening, joints, calls, forced: forced !== undefined, several, ...(json && { text: json }) } };
}

/** The arguments of one function and nothing else. */
export function argumentsConstraint({ name, parameters, strict = false }: ChatTool): Constraint {
  const calls = [{ name, before: "", parameters, strict, after: "" }];
  return { calls: { opening: "", joints: { first: "", between: "", last: "" }, calls, forced: true, several: false } };
}
