import type { JsonSchema } from "./narrow.ts";

/** An OpenAPI document, as far as it is compared. */
export interface ComparedDocument {
  paths: Record<string, Record<string, unknown>>;
  components: { schemas: Record<string, JsonSchema>; [kind: string]: Record<string, unknown> };
}

/** How much of one document another has. */
export interface Coverage {
  paths: { served: number; total: number };
  operations: { served: number; total: number };
  /** Of the operations that are served: the properties and parameters of their bodies. */
  properties: { kept: number; total: number };
  byTag: Record<string, { paths: number; operations: number; properties: number; problems: string[] }>;
}

const methods = ["get", "post", "put", "patch", "delete"];

/**
 * Scores a server's OpenAPI document against another, as OGX's `scripts/openai_coverage.py` does: of the paths that both
 * have, every property of JSON bodies and every parameter counts once for each operation; a property that is missing, has
 * another type, lacks values or branches is a problem. Looks into the branches of unions too, where that script does not.
 *
 * @param options.prefix what the server's paths begin with
 */
export function coverageOf(wanted: ComparedDocument, served: ComparedDocument, { prefix = "/v1" } = {}): Coverage {
  const shapes = new Map(
    Object.entries(served.paths).map(([path, item]) => [shapeOf(path.slice(prefix.length)), item]),
  );
  // OpenAI's document has its beta under paths with a query, which no other document has: the paths themselves are meant.
  const plain = Object.entries(wanted.paths).filter(([path]) => !path.includes("?"));
  const all = new Map(plain.map(([path, item]) => [shapeOf(path), item]));
  const coverage: Coverage = {
    paths: { served: 0, total: all.size },
    operations: { served: 0, total: 0 },
    properties: { kept: 0, total: 0 },
    byTag: {},
  };
  for (const [shape, item] of all) {
    const mine = shapes.get(shape);
    if (mine) coverage.paths.served += 1;
    let tag: string | undefined;
    for (const method of methods) {
      const operation = item[method] as OperationLike | undefined;
      if (!operation) continue;
      coverage.operations.total += 1;
      const other = mine?.[method] as OperationLike | undefined;
      if (!other) continue;
      tag ??= operation.tags?.[0] ?? "Other";
      const row = (coverage.byTag[tag] ??= { paths: 0, operations: 0, properties: 0, problems: [] });
      const comparison = new Comparison(wanted, served, `${method.toUpperCase()} ${shape}`);
      comparison.operation(operation, other);
      coverage.operations.served += 1;
      coverage.properties.total += comparison.properties;
      coverage.properties.kept += comparison.properties - Math.min(comparison.problems.length, comparison.properties);
      row.operations += 1;
      row.properties += comparison.properties;
      row.problems.push(...comparison.problems);
    }
    if (tag) coverage.byTag[tag]!.paths += 1;
  }
  return coverage;
}

interface OperationLike {
  tags?: string[];
  parameters?: { name?: string; $ref?: string }[];
  requestBody?: BodyLike;
  responses?: Record<string, BodyLike>;
}
interface BodyLike {
  content?: Record<string, { schema?: JsonSchema }>;
}

const shapeOf = (path: string) => path.replace(/\{[^}]*\}/g, "{}");

class Comparison {
  properties = 0;
  readonly problems: string[] = [];
  readonly #wanted: ComparedDocument;
  readonly #served: ComparedDocument;
  readonly #at: string;

  constructor(wanted: ComparedDocument, served: ComparedDocument, at: string) {
    this.#wanted = wanted;
    this.#served = served;
    this.#at = at;
  }

  operation(wanted: OperationLike, served: OperationLike): void {
    const names = new Set(served.parameters?.map(({ name, $ref }) => name ?? $ref));
    for (const { name, $ref } of wanted.parameters ?? []) {
      this.properties += 1;
      const known = name ?? $ref;
      if (!names.has(known)) this.#problem("parameters", `${known} is missing`);
    }
    this.#body(wanted.requestBody, served.requestBody, "request");
    for (const [status, answer] of Object.entries(wanted.responses ?? {})) {
      if (status.startsWith("2")) this.#body(answer, served.responses?.[status], status);
    }
  }

  #body(wanted: BodyLike | undefined, served: BodyLike | undefined, at: string): void {
    const schema = wanted?.content?.["application/json"]?.schema;
    if (!schema) return;
    this.properties += this.#count(schema, new Set());
    const other = served?.content?.["application/json"]?.schema;
    if (other) this.#compare(schema, other, at, new Set());
    else this.#problem(at, "no JSON body");
  }

  /** As often as OGX's script counts a property: once in each place, and what is named once in each body. */
  #count(schema: JsonSchema, seen: Set<string>): number {
    const ref = schema.$ref as string | undefined;
    if (ref !== undefined) {
      if (seen.has(ref)) return 0;
      seen.add(ref);
      return this.#count(resolve(this.#wanted, schema), seen);
    }
    const properties = Object.values((schema.properties ?? {}) as Record<string, JsonSchema>);
    const inner = [...properties, ...listed(schema, "allOf"), ...listed(schema, "oneOf"), ...listed(schema, "anyOf")];
    for (const one of [schema.items, schema.additionalProperties]) if (isSchema(one)) inner.push(one);
    return properties.length + inner.reduce((sum, one) => sum + this.#count(one, seen), 0);
  }

  #compare(wantedAt: JsonSchema, servedAt: JsonSchema, at: string, seen: Set<JsonSchema>): void {
    const wanted = flat(this.#wanted, wantedAt);
    const served = flat(this.#served, servedAt);
    const key = wantedAt.$ref ? resolve(this.#wanted, wantedAt) : wantedAt;
    if (seen.has(key)) return;
    seen.add(key);
    if (typeof wanted.type === "string" && served.type !== undefined && served.type !== wanted.type)
      this.#problem(at, `is ${served.type}, not ${wanted.type}`);
    const values = wanted.enum as unknown[] | undefined;
    const gone = values?.filter((value) => !(served.enum as unknown[] | undefined)?.includes(value)) ?? [];
    if (gone.length > 0) this.#problem(at, `lacks ${gone.map((value) => JSON.stringify(value)).join(", ")}`);
    const properties = (wanted.properties ?? {}) as Record<string, JsonSchema>;
    const others = (served.properties ?? {}) as Record<string, JsonSchema>;
    for (const [name, property] of Object.entries(properties)) {
      const place = `${at}.${name}`;
      if (others[name]) this.#compare(property, others[name], place, seen);
      else this.#problem(place, "is missing");
    }
    if (isSchema(wanted.items) && isSchema(served.items)) this.#compare(wanted.items, served.items, `${at}[]`, seen);
    for (const keyword of ["oneOf", "anyOf"] as const) {
      const branches = listed(wanted, keyword);
      const known = new Map(listed(served, keyword).map((branch) => [this.#signature(this.#served, branch), branch]));
      const lost: string[] = [];
      for (const branch of branches) {
        const signature = this.#signature(this.#wanted, branch);
        const other = known.get(signature);
        if (other) this.#compare(branch, other, at, seen);
        else lost.push(signature);
      }
      if (lost.length > 0) this.#problem(at, `may not be ${lost.join(", ")}`);
    }
  }

  /** By what a branch of a union is told from the others. */
  #signature(document: ComparedDocument, branch: JsonSchema): string {
    const inner = flat(document, branch);
    const named = (branch.$ref as string | undefined)
      ?.split("/")
      .at(-1)
      ?.replace(/Taken\d*$/, "");
    if (named) return named;
    const constants = Object.entries((inner.properties ?? {}) as Record<string, JsonSchema>).flatMap(([name, one]) => {
      const value = one.const ?? (one.enum as unknown[] | undefined)?.[0];
      return value === undefined ? [] : [`${name}=${value}`];
    });
    const item = isSchema(inner.items) ? `<${flat(document, inner.items).type ?? ""}>` : "";
    return [inner.type, ...constants].join(" ") + item;
  }

  #problem(at: string, what: string): void {
    this.problems.push(`${this.#at} ${at}: ${what}`);
  }
}

const isSchema = (value: unknown): value is JsonSchema => typeof value === "object" && value !== null;
const listed = (schema: JsonSchema, keyword: string) => (schema[keyword] as JsonSchema[] | undefined) ?? [];

function resolve(document: ComparedDocument, schema: JsonSchema): JsonSchema {
  let found = schema;
  while (typeof found.$ref === "string") found = document.components.schemas[found.$ref.split("/").at(-1)!] ?? {};
  return found;
}

/** A schema with the properties of all its parts. */
function flat(document: ComparedDocument, schema: JsonSchema): JsonSchema {
  const own = resolve(document, schema);
  const parts = listed(own, "allOf").map((part) => flat(document, part));
  if (parts.length === 0) return own;
  const properties = Object.assign({}, ...parts.map((part) => part.properties ?? {}), own.properties ?? {});
  return Object.assign({}, ...parts, own, { properties, allOf: undefined });
}
