import type { ChatTool } from "@loam/models";
import type { BenchmarkFunction, BenchmarkType, CallLanguage } from "./check-calls.ts";

/** JSON Schema's names for the benchmark's types. */
const jsonTypes: Readonly<Record<string, string>> = {
  integer: "integer",
  float: "number",
  number: "number",
  string: "string",
  boolean: "boolean",
  array: "array",
  tuple: "array",
  dict: "object",
  any: "string",
};

/**
 * A function of the benchmark as models are offered it. Values of Java and JavaScript are texts of source code, with the
 * remarks that the leaderboard adds to their descriptions.
 */
export function toTool({ name, description, parameters }: BenchmarkFunction, language: CallLanguage): ChatTool {
  const read = language === "python" ? toSchema : (type: BenchmarkType) => sourceSchema(type, language);
  const properties = Object.entries(parameters.properties).map(([key, type]) => [key, read(type)]);
  return {
    name,
    description,
    parameters: {
      type: "object",
      properties: Object.fromEntries(properties),
      required: parameters.required,
      additionalProperties: false,
    },
  };
}

function toSchema({
  type,
  description,
  items,
  properties,
  required,
  enum: values,
}: BenchmarkType): Record<string, unknown> {
  const kind = jsonTypes[type] ?? "string";
  const members = properties as Record<string, BenchmarkType> | undefined;
  return {
    type: kind,
    ...(description ? { description } : {}),
    ...(Array.isArray(values) && kind !== "array" ? { enum: values } : {}),
    ...(kind === "array" && items ? { items: toSchema(items) } : {}),
    ...(kind === "object" && members
      ? {
          properties: Object.fromEntries(Object.entries(members).map(([key, member]) => [key, toSchema(member)])),
          required: Array.isArray(required) ? required : [],
          additionalProperties: false,
        }
      : {}),
  };
}

const languageNames = { java: "Java", javascript: "JavaScript" } as const;

function sourceSchema({ type, description = "", items, properties }: BenchmarkType, language: "java" | "javascript") {
  const name = languageNames[language];
  const isList = language === "java" ? type === "ArrayList" || type === "Array" : type === "array";
  const remarks = [
    type === "any"
      ? `This parameter can be of any type of ${name} object in string representation.`
      : `This is ${name} ${type} type parameter in string representation.`,
    ...(isList ? [`The list elements are of type ${items?.type}; they are not in string representation.`] : []),
    ...(type === "dict" && properties
      ? [
          `The dictionary entries have the following schema; they are not in string representation. ${JSON.stringify(properties)}`,
        ]
      : []),
  ];
  return { type: "string", description: [description, ...remarks].join(" ") };
}
