/** The parts of JSON Schema that a recipe's fields use. */
export interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  items?: JsonSchema;
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

/** A field of a form, made from what the schema says of it. */
export interface Field {
  /** Where it stands in the recipe. */
  path: readonly string[];
  kind: "integer" | "number" | "switch" | "choice" | "text" | "names";
  choices?: readonly string[];
  /** What holds when the field is left out. */
  default?: unknown;
  description?: string;
  min?: number;
  max?: number;
  /** The object that begins anew when this is chosen: what went with another choice does not go with this one. */
  replaces?: readonly string[];
  /** Shown only where another field says this. */
  when?: { path: readonly string[]; is: string; otherwise: unknown };
}

/** Every field below a schema that a form can show; objects within are walked through, what has no simple form is left out. */
export function fieldsOf(schema: JsonSchema, path: readonly string[] = []): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const at = [...path, name];
    if (property.oneOf) return kindsOf(property, at);
    if (property.type === "object") return property.properties ? fieldsOf(property, at) : [];
    const field = toField(property, at);
    return field ? [field] : [];
  });
}

/** An object that is one of several kinds, told by a field with a name for each: the choice of it, and the fields of each kind. */
function kindsOf({ oneOf = [], default: given, description }: JsonSchema, path: readonly string[]): Field[] {
  const properties = oneOf.map((kind) => kind.properties ?? {});
  const key = Object.keys(properties[0] ?? {}).find((name) =>
    properties.every((of) => typeof of[name]?.const === "string"),
  );
  if (key === undefined) return [];
  const at = [...path, key];
  const otherwise = (given as Record<string, unknown> | undefined)?.[key];
  const choices = properties.map((of) => of[key]!.const as string);
  return [
    { path: at, kind: "choice", choices, default: otherwise, description, replaces: path },
    ...oneOf.flatMap((kind, i) =>
      fieldsOf(kind, path)
        .filter((field) => field.path.join() !== at.join())
        .map((field) => ({ ...field, when: { path: at, is: choices[i]!, otherwise } })),
    ),
  ];
}

/** Whether a field has a place in the draft as it is. */
export const isShown = ({ when }: Field, draft: unknown): boolean =>
  when === undefined || (valueAt(draft, when.path) ?? when.otherwise) === when.is;

function toField(schema: JsonSchema, path: readonly string[]): Field | undefined {
  const base = { path, default: schema.default, description: schema.description };
  // `x | null`, and lists that may also be one name.
  if (schema.anyOf) {
    const options = schema.anyOf.filter(({ type }) => type !== "null");
    const types = options.map(({ type }) => type).sort();
    if (options.length === 1)
      return withoutDefault(toField({ ...options[0], description: base.description }, path), base);
    // On, off, or a rarer way that has a name of its own: a recipe can say that, a form offers on and off.
    if (types.join() === "boolean,string" && options.some((option) => option.const !== undefined))
      return { ...base, kind: "switch" };
    if (types.join() === "array,string") return { ...base, kind: "names" };
    // What can be more than on is set in a recipe's file.
    if (types.join() === "boolean,string") return { ...base, kind: "switch" };
    return undefined;
  }
  if (schema.enum?.every((value) => typeof value === "string"))
    return { ...base, kind: "choice", choices: schema.enum as string[] };
  switch (schema.type) {
    case "integer":
    case "number":
      return { ...base, kind: schema.type, min: limit(schema.minimum), max: limit(schema.maximum) };
    case "boolean":
      return { ...base, kind: "switch" };
    case "string":
      return schema.const === undefined ? { ...base, kind: "text" } : undefined;
    case "array":
      return schema.items?.type === "string" ? { ...base, kind: "names" } : undefined;
    default:
      return undefined;
  }
}

const withoutDefault = (field: Field | undefined, base: { default?: unknown }): Field | undefined =>
  field && { ...field, default: base.default ?? field.default };

/** JSON Schema of JavaScript's integers names their ends, which is no limit for a form. */
const limit = (value: number | undefined): number | undefined =>
  value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;

/** What stands in a draft at a path. */
export function valueAt(draft: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], draft);
}

/** The draft with a value put in, or taken out when it is undefined. */
export function withValue<T extends Record<string, unknown>>(draft: T, path: readonly string[], value: unknown): T {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length > 0)
    return { ...draft, [key]: withValue((draft[key] ?? {}) as Record<string, unknown>, rest, value) };
  if (value !== undefined) return { ...draft, [key]: value };
  const { [key]: _, ...others } = draft;
  return others as T;
}
