import type { JsonSchema } from "./narrow.ts";

type Schemas = Record<string, JsonSchema>;

const refName = (schema: JsonSchema) => (schema.$ref as string | undefined)?.split("/").at(-1);

/** Schemas whose `allOf` is written out as one object, which is what most readers of OpenAPI documents understand best. */
export function withoutAllOf(schemas: Schemas): Schemas {
  const flat = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(flat);
    if (typeof value !== "object" || value === null) return value;
    const schema = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, flat(inner)])) as JsonSchema;
    const parts = schema.allOf as JsonSchema[] | undefined;
    if (!parts || parts.length === 0) return schema;
    const resolved = parts.map((part) => {
      const name = refName(part);
      return name === undefined ? part : (flat(schemas[name]!) as JsonSchema);
    });
    if (!resolved.every(({ properties }) => properties)) return schema;
    const { allOf: _, ...rest } = schema;
    const required = [...new Set(resolved.flatMap((part) => (part.required as string[] | undefined) ?? []))];
    const properties = Object.assign({}, ...resolved.map((part) => part.properties), rest.properties);
    return { type: "object", ...rest, properties, ...(required.length > 0 && { required }) };
  };
  return flat(schemas) as Schemas;
}

/** Puts narrowed schemas in the place of those that nothing refers to any more, and leaves out what nothing refers to. */
export function settled<Part extends { schemas: Schemas }>(
  paths: unknown,
  components: Part,
  made: Schemas,
): [unknown, Part] {
  const schemas = { ...components.schemas, ...made };
  const used = reachable([paths, { ...components, schemas: undefined }], schemas);
  const names = new Map<string, string>();
  const owners = Map.groupBy(
    Object.keys(made).filter((name) => used.has(name)),
    originalName,
  );
  for (const [original, narrowed] of owners)
    if (!used.has(original) && narrowed.length === 1) names.set(narrowed[0]!, original);
  const kept = [...used].sort().map((name) => [names.get(name) ?? name, schemas[name]] as const);
  const rename = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value).replace(/"#\/components\/schemas\/([\w-]+)"/g, (whole, name: string) => {
        const other = names.get(name);
        return other === undefined ? whole : `"#/components/schemas/${other}"`;
      }),
    );
  return [rename(paths), rename({ ...components, schemas: Object.fromEntries(kept) }) as Part];
}

export const narrowedName = (name: string, n: number) => `${name}Taken${n === 1 ? "" : n}`;
const originalName = (name: string) => name.replace(/Taken\d*$/, "");

function reachable(from: unknown, schemas: Schemas): Set<string> {
  const found = new Set<string>();
  const waiting: unknown[] = [from];
  while (waiting.length > 0) {
    const text = JSON.stringify(waiting.pop());
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([\w-]+)"/g)) {
      if (found.has(name!)) continue;
      found.add(name!);
      waiting.push(schemas[name!]);
    }
  }
  return found;
}
