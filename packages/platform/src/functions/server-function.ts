import { InputError, show } from "@loam/core";
import { z } from "zod";

/** What a handler is told beside its arguments. */
export interface CallContext {
  /** Fires when the time is over or nobody waits for the result any more. */
  signal: AbortSignal;
  /** From 1: the first attempt, then those after a failure. */
  attempt: number;
}

/** A function that a model may call and this process can answer. */
export interface ServerFunction {
  name: string;
  description?: string;
  /** JSON Schema of the arguments. */
  parameters: Record<string, unknown>;
  /** Answers a call; what it gives back is told to the model, as JSON where it is no text. */
  handler: (values: Record<string, unknown>, context: CallContext) => unknown;
  timeoutMs?: number;
  /** Attempts after the first one that failed. Leave it out where a second call would do something twice. */
  retries?: number;
  /** True for what must not happen unless a person has agreed: the call waits for them. */
  confirm?: boolean;
  /** Where it comes from, for lists: `config`, `openapi …`, `mcp …`. */
  source?: string;
}

/** A function in TypeScript: arguments are checked by a zod schema, or by a JSON Schema as it is. */
export interface FunctionDefinition<Input extends z.ZodType> {
  name: string;
  description?: string;
  input: Input;
  run: (values: z.output<Input>, context: CallContext) => unknown;
  timeoutMs?: number;
  retries?: number;
  confirm?: boolean;
}

/**
 * Declares a function with its arguments as a zod schema.
 *
 * @example
 * const weather = defineFunction({
 *   name: "get_weather",
 *   description: "The weather of a city",
 *   input: z.object({ city: z.string() }),
 *   run: async ({ city }) => ({ city, degrees: 21 }),
 * });
 */
export function defineFunction<Input extends z.ZodType>({
  input,
  run,
  ...rest
}: FunctionDefinition<Input>): ServerFunction {
  const { $schema: _, ...parameters } = z.toJSONSchema(input, { io: "input" }) as Record<string, unknown>;
  return {
    ...rest,
    source: "config",
    parameters,
    handler: (values, context) => {
      const parsed = input.safeParse(values);
      if (parsed.success) return run(parsed.data, context);
      const issue = parsed.error.issues[0]!;
      const path = issue.path.map(String).join(".");
      throw new InputError("bad_arguments", `${rest.name}: \`${path || "arguments"}\`: ${issue.message}.`, {
        details: { function: rest.name, path, got: show(values) },
        hint: "call it with arguments that fit its schema",
      });
    },
  };
}
