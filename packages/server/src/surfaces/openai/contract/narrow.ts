import { z } from "zod";
import { narrowedName } from "./components.ts";

/** A schema of an OpenAPI document. */
export type JsonSchema = { [keyword: string]: unknown };
type Components = Record<string, JsonSchema>;

/**
 * What of OpenAI's schema of a request the schema that reads it takes: fields, branches and values that it refuses are left
 * out, fields that it takes beyond OpenAI's are added. The rest stays as OpenAI wrote it.
 */
export class Narrower {
  readonly #components: Components;
  readonly #made: Components = {};
  /** The name that a component has as one schema takes it. A component may hold itself, so it has its name before its content. */
  readonly #names = new Map<z.ZodType, Map<string, string>>();

  constructor(components: Components) {
    this.#components = components;
  }

  /** The components that were made, to be put beside OpenAI's. */
  get components(): Components {
    return this.#made;
  }

  narrow(schema: JsonSchema, taker: z.ZodType): JsonSchema {
    const reader = bare(taker);
    if (typeof schema.$ref === "string") return this.#narrowNamed(schema, reader);
    const narrowed: JsonSchema = { ...schema };
    for (const keyword of ["oneOf", "anyOf"] as const) {
      const branches = schema[keyword] as JsonSchema[] | undefined;
      if (!branches) continue;
      narrowed[keyword] = branches.flatMap((branch) => this.#branch(branch, reader));
      delete narrowed.discriminator; // it names branches that may be gone
    }
    if (reader instanceof z.ZodObject && schema.properties) this.#narrowObject(narrowed, reader);
    if (reader instanceof z.ZodArray && isObject(schema.items))
      narrowed.items = this.narrow(schema.items, reader.element as z.ZodType);
    const values = schema.enum as unknown[] | undefined;
    if (values && !(reader instanceof z.ZodObject)) narrowed.enum = values.filter((value) => takes(reader, value));
    return narrowed;
  }

  #narrowNamed(schema: JsonSchema, reader: z.ZodType): JsonSchema {
    const name = (schema.$ref as string).split("/").at(-1)!;
    const target = this.#components[name];
    if (!target || isAnything(reader)) return schema;
    const names = this.#names.get(reader) ?? new Map<string, string>();
    this.#names.set(reader, names);
    const known = names.get(name);
    if (known) return { ...schema, $ref: `#/components/schemas/${known}` };
    let n = 1;
    while (narrowedName(name, n) in this.#made) n++;
    const taken = narrowedName(name, n);
    names.set(name, taken);
    this.#made[taken] = {};
    Object.assign(this.#made[taken], this.narrow(target, reader));
    const text = JSON.stringify(this.#made[taken]);
    const twins = [name, ...Array.from({ length: n - 1 }, (_, i) => narrowedName(name, i + 1))];
    const twin = twins.find((other) => JSON.stringify(this.#made[other] ?? this.#components[other]) === text);
    if (twin === undefined) return { ...schema, $ref: `#/components/schemas/${taken}` };
    delete this.#made[taken];
    names.set(name, twin);
    return { ...schema, $ref: `#/components/schemas/${twin}` };
  }

  #narrowObject(schema: JsonSchema, reader: z.ZodObject): void {
    const properties = schema.properties as Record<string, JsonSchema>;
    const isOpen = reader.def.catchall !== undefined && !(reader.def.catchall instanceof z.ZodNever);
    const kept = Object.entries(properties).flatMap(([name, property]): [string, JsonSchema][] => {
      const taker = reader.shape[name] as z.ZodType | undefined;
      if (taker && !(bare(taker) instanceof z.ZodNull)) return [[name, this.narrow(property, taker)]];
      if (taker) return [];
      return isOpen ? [[name, property]] : [];
    });
    const narrowed = Object.fromEntries(kept);
    for (const [name, taker] of Object.entries(reader.shape)) {
      if (ownFields.has(name)) narrowed[name] ??= toJsonSchema(taker as z.ZodType);
    }
    schema.properties = narrowed;
    const required = schema.required as string[] | undefined;
    if (required) schema.required = required.filter((name) => name in narrowed);
  }

  /** A branch, unless nothing that it describes is taken. */
  #branch(branch: JsonSchema, reader: z.ZodType): JsonSchema[] {
    if (branch.type === "null" || isAnything(reader)) return [branch];
    const options = optionsOf(reader);
    const shown =
      typeof branch.$ref === "string" ? (this.#components[branch.$ref.split("/").at(-1)!] ?? branch) : branch;
    const inner = (shown.anyOf ?? shown.oneOf) as JsonSchema[] | undefined;
    if (inner) return [this.narrow(branch, reader)];
    const takers = options.filter((option) => describes(shown, option));
    if (takers.length === 0) return [];
    return [this.narrow(branch, takers.length === 1 ? takers[0]! : reader)];
  }
}

/** What this server reads in requests and OpenAI does not have. */
const ownFields = new Set(["top_k", "min_p", "repetition_penalty", "chat_template_kwargs", "recipe", "stop", "seed"]);

/** Whether a branch of OpenAI's may be meant by an option: of one type, and with the same constants where both have some. */
function describes(branch: JsonSchema, option: z.ZodType): boolean {
  const type = branch.type ?? (branch.properties ? "object" : branch.enum ? "string" : undefined);
  if (isAnything(option)) return true;
  if (type === "array") return option instanceof z.ZodArray;
  if (type === "string") {
    if (option instanceof z.ZodArray || option instanceof z.ZodObject || option instanceof z.ZodRecord) return false;
    const values = branch.enum as unknown[] | undefined;
    return values ? values.some((value) => takes(option, value)) : !(option instanceof z.ZodNumber);
  }
  if (type === "number" || type === "integer") return takes(option, 1) || takes(option, 100);
  if (type !== "object") return true;
  if (!(option instanceof z.ZodObject)) return option instanceof z.ZodRecord;
  const properties = (branch.properties ?? {}) as Record<string, JsonSchema>;
  return ["type", "role"].every((name) => {
    const values =
      (properties[name]?.enum as unknown[] | undefined) ??
      (properties[name]?.const === undefined ? undefined : [properties[name]!.const]);
    const taker = option.shape[name] as z.ZodType | undefined;
    if (!values) return true;
    return taker ? values.some((value) => takes(taker, value)) : false;
  });
}

function optionsOf(reader: z.ZodType): z.ZodType[] {
  if (reader instanceof z.ZodUnion) return reader.options.flatMap((option) => optionsOf(bare(option as z.ZodType)));
  return [reader];
}

/** A schema without what may be left out, computed afterwards, or looked up late. */
function bare(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return bare(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodPipe) return bare(schema.in as z.ZodType);
  if (schema instanceof z.ZodLazy) return bare(schema.unwrap() as z.ZodType);
  return schema;
}

/** Whether the values are checked elsewhere, so that nothing is known of them here. */
const isAnything = (reader: z.ZodType) =>
  reader instanceof z.ZodUnknown ||
  reader instanceof z.ZodAny ||
  reader instanceof z.ZodTransform ||
  reader instanceof z.ZodCustom;

const takes = (reader: z.ZodType, value: unknown) => reader.safeParse(value).success;

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  return json;
}
