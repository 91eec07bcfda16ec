import { describeSchema, type FieldSchema, fieldSchemas, type Operation } from "@loam/core";
import type { z } from "zod";
import type { Option } from "./command.ts";

/** An option without its own words. Everything an option says is in the operation's input. */
interface Spelling {
  short?: string;
  /** Name of the value in the help, where the schema's own is too general. */
  value?: string;
}

/**
 * Fields of an operation's input as command-line options, with the same documentation, defaults and limits. A value is
 * only turned into the kind of thing that the field takes: the operation judges it, in the words of every front end.
 */
export function operationOptions<I extends z.ZodObject, K extends keyof z.input<I> & string>(
  { input }: Pick<Operation<I>, "input">,
  spellings: Record<K, Spelling>,
): { [N in K]: Option<z.input<I>[N]> } {
  const { properties = {}, required = [] } = fieldSchemas(input);
  return Object.fromEntries(
    Object.entries<Spelling>(spellings).map(([name, spelling]) => [
      name,
      optionOf(properties[name]!, { ...spelling, required: required.includes(name) }),
    ]),
  ) as { [N in K]: Option<z.input<I>[N]> };
}

function optionOf(schema: FieldSchema, { short, value, required }: Spelling & { required: boolean }): Option<unknown> {
  const many = schema.type === "array";
  const item = many ? (schema.items ?? {}) : schema;
  return {
    summary: schema.description ?? describeSchema(schema),
    short,
    value: value ?? valueName(item),
    default: schema.default ?? (many ? [] : undefined),
    many,
    required,
    read: (text) => asGiven(item, text),
  };
}

/** Absent for flags. */
function valueName({ type, enum: choices }: FieldSchema): string | undefined {
  if (choices) return choices.join("|");
  if (type === "boolean") return undefined;
  return type === "integer" ? "n" : type === "number" ? "x" : "text";
}

/** A number where a number is taken and the text is one; else the text itself, for the operation to refuse. */
function asGiven({ type }: FieldSchema, text: string): unknown {
  const isNumber = (type === "integer" || type === "number") && text.trim() !== "" && !Number.isNaN(Number(text));
  return isNumber ? Number(text) : type === "boolean" ? true : text;
}
