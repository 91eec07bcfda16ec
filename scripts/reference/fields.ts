/** A field of a JSON Schema, with the path at which it stands. */
export interface Field {
  path: string;
  type: string;
  isRequired: boolean;
  default?: unknown;
  description: string;
}

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  prefixItems?: Schema[];
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  description?: string;
  [limit: string]: unknown;
}

/** The fields of an object's schema, those of objects within it after them: `data.path`. */
export function fieldsOf(schema: object, comments: ReadonlyMap<string, string> = new Map(), above = ""): Field[] {
  const { properties = {}, required = [], anyOf, oneOf } = schema as Schema;
  const variants = (anyOf ?? oneOf ?? []).filter((variant) => variant.properties);
  const own = Object.entries(properties).flatMap(([name, field]) => {
    const path = above + name;
    const inner = fieldsOf(field, comments, `${path}.`);
    const known: Field = {
      path,
      type: typeOf(field),
      isRequired: required.includes(name) && field.default === undefined,
      default: field.default,
      description: field.description ?? comments.get(path) ?? "",
    };
    return inner.length > 0 && known.description === "" ? inner : [known, ...inner];
  });
  const byPath = new Map(own.map((field) => [field.path, field]));
  for (const field of variants.flatMap((variant) => fieldsOf(variant, comments, above))) {
    const before = byPath.get(field.path);
    byPath.set(field.path, before ? { ...before, type: union([before.type, field.type]) } : field);
  }
  return [...byPath.values()];
}

function typeOf(schema: Schema): string {
  const { type, enum: values, anyOf, oneOf, items, prefixItems, additionalProperties } = schema;
  if (schema.const !== undefined) return code(schema.const);
  if (values) return values.map(code).join(", ");
  if (anyOf ?? oneOf) return union((anyOf ?? oneOf)!.map(typeOf));
  if (prefixItems) return `[${prefixItems.map(typeOf).join(", ")}]`;
  if (type === "array") return `list of ${typeOf(items ?? {})}`;
  if (type === "object") {
    const isMap = typeof additionalProperties === "object" && !schema.properties;
    return isMap ? `names to ${typeOf(additionalProperties)}` : "object";
  }
  const name = Array.isArray(type) ? type.join(" or ") : (type ?? "any value");
  const limits = limitsOf(schema);
  return limits ? `${name}, ${limits}` : name;
}

const union = (types: readonly string[]) => [...new Set(types)].join(" or ");
const code = (value: unknown) => `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;

/** Bounds as a reader says them. The largest safe integer is no bound. */
function limitsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength, maxLength }: Schema): string {
  const safe = (n: unknown) => typeof n === "number" && Math.abs(n) < Number.MAX_SAFE_INTEGER;
  return [
    safe(minimum) && `≥ ${minimum}`,
    safe(exclusiveMinimum) && `> ${exclusiveMinimum}`,
    safe(maximum) && `≤ ${maximum}`,
    safe(exclusiveMaximum) && `< ${exclusiveMaximum}`,
    typeof minLength === "number" && minLength > 1 && `${minLength} characters at least`,
    typeof maxLength === "number" && `${maxLength} characters at most`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** The fields as a Markdown table. */
export function fieldTable(fields: readonly Field[]): string {
  const rows = fields.map(({ path, type, isRequired, default: otherwise, description }) => {
    const given = isRequired ? "required" : otherwise === undefined || isObject(otherwise) ? "" : code(otherwise);
    return [`\`${path}\``, type, given, description];
  });
  return table(["field", "value", "default", "what it does"], rows);
}

const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}
