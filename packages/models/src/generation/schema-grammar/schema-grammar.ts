import { nearestName, show } from "@loam/core";
import { everything } from "./characters.ts";
import { literal, oneOf, type Rules, repeated } from "./ebnf.ts";
import { formats } from "./formats.ts";
import { lark } from "./lark.ts";
import { mergeSchemas } from "./merge-schemas.ts";
import { integerGrammar, numberGrammar } from "./numbers.ts";
import { anchored, parseRegex } from "./regex.ts";
import { patternGrammar, withLength } from "./regex-grammar.ts";
import { SchemaError } from "./schema-error.ts";
import { areApart, isOfType, type Type, typesOf } from "./schema-types.ts";

export type JsonSchema = Record<string, unknown>;

/** A text that a grammar of somebody else describes. */
interface GrammarText {
  syntax: "lark" | "regex";
  definition: string;
}

/** Says nothing about what is valid. */
const annotations = new Set(
  "title description default examples example $schema $id $comment $anchor deprecated readOnly writeOnly contentMediaType contentEncoding nullable strict".split(
    " ",
  ),
);

/** What is kept to. */
const kept = new Set(
  (
    "type enum const properties required additionalProperties items prefixItems minItems maxItems anyOf oneOf allOf $ref $defs " +
    "definitions pattern format minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum multipleOf unevaluatedProperties"
  ).split(" "),
);

/** Longer texts and lists than this are never asked for: what is shorter is valid too. */
const longest = 2000;

const deepest = 64;

/**
 * Compiles a JSON Schema into rules that spell its values on one line, properties in the order of the schema, with a space
 * after commas and colons, as models were trained to write. What they spell is valid; not all that is valid is spelled.
 */
export class SchemaGrammar {
  readonly #rules: Rules;
  readonly #root: unknown;
  readonly #strict: boolean;
  readonly #references = new Map<string, string>();
  /** References that are being followed with nothing written since. */
  #unguarded: string[] = [];

  /** @param options.strict refuses what cannot be kept to; otherwise that is left out. */
  constructor(rules: Rules, root: unknown, { strict }: { strict: boolean }) {
    this.#rules = rules;
    this.#root = root;
    this.#strict = strict;
  }

  /** @returns the name of the rule. @throws {SchemaError} */
  compile(): string {
    return this.#value(this.#root, "#", 0);
  }

  #value(schema: unknown, path: string, depth: number): string {
    if (depth > deepest) throw new SchemaError(path, `it is nested more than ${deepest} deep`);
    if (this.#rules.isFull)
      throw new SchemaError(path, "it is too large", "take it apart, or leave out long lists of values");
    if (schema === true || schema === undefined) return this.#anything();
    if (typeof schema !== "object" || schema === null || Array.isArray(schema))
      throw new SchemaError(path, `expected a schema, got ${show(schema)}`);
    return this.#object_(schema as JsonSchema, path, depth);
  }

  #object_(schema: JsonSchema, path: string, depth: number): string {
    this.#checkKeywords(schema, path);
    const { $ref, anyOf, oneOf: one, allOf, ...rest } = schema;
    if ("grammar" in schema) return this.#rules.of(`"\\"" ${this.#text(schema.grammar as GrammarText, path)} "\\""`);
    if ($ref !== undefined) return this.#reference($ref, rest, path, depth);
    if (allOf !== undefined) return this.#all(allOf, { ...rest, ...(anyOf ? { anyOf } : {}) }, path, depth);
    const choices = anyOf ?? one;
    if (choices !== undefined) {
      const keyword = anyOf === undefined ? "oneOf" : "anyOf";
      const list = nonEmptyList(choices, `${path}/${keyword}`);
      if (keyword === "oneOf" && !areApart(list, this.#root))
        this.#cannot(`${path}/oneOf`, "branches that may both hold");
      const shared = withoutAnnotations(rest);
      return this.#rules.of(
        oneOf(
          list.map((branch, i) => {
            const at = `${path}/${keyword}/${i}`;
            return Object.keys(shared).length === 0
              ? this.#value(branch, at, depth + 1)
              : this.#value(mergeSchemas([shared, this.#resolved(branch, at)], at), at, depth + 1);
          }),
        ),
      );
    }
    if ("const" in schema) return this.#rules.of(spelled(schema.const));
    if (schema.enum !== undefined) return this.#enumeration(schema, path);
    return this.#typed(schema, path, depth);
  }

  #typed(schema: JsonSchema, path: string, depth: number): string {
    const list = typesOf(schema, path);
    if (!list) return this.#anything();
    return this.#rules.of(oneOf(list.map((type) => this.#ofType(type, schema, path, depth))));
  }

  #ofType(type: Type, schema: JsonSchema, path: string, depth: number): string {
    switch (type) {
      case "null":
        return '"null"';
      case "boolean":
        return '("true" | "false")';
      case "integer":
      case "number":
        return this.#numeric(type, schema, path);
      case "string":
        return this.#string(schema, path);
      case "array":
        return this.#guarded(() => this.#array(schema, path, depth));
      case "object":
        return this.#guarded(() => this.#properties(schema, path, depth));
    }
  }

  /** Behind a bracket a schema may refer to itself. */
  #guarded(compile: () => string): string {
    const outside = this.#unguarded;
    this.#unguarded = [];
    const body = compile();
    this.#unguarded = outside;
    return body;
  }

  #numeric(type: "integer" | "number", schema: JsonSchema, path: string): string {
    for (const name of ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
      if (schema[name] !== undefined && typeof schema[name] !== "number")
        throw new SchemaError(`${path}/${name}`, `expected a number, got ${show(schema[name])}`);
    }
    const spell = type === "integer" ? integerGrammar : numberGrammar;
    try {
      return this.#rules.of(spell(schema));
    } catch (error) {
      this.#cannot(path, (error as Error).message);
      return this.#rules.of(spell({}));
    }
  }

  #string(schema: JsonSchema, path: string): string {
    const { pattern, format } = schema;
    const min = count(schema, "minLength", path) ?? 0;
    const max = count(schema, "maxLength", path);
    if (max !== undefined && min > max)
      throw new SchemaError(`${path}/minLength`, `${min} is more than maxLength ${max}`);
    if (min > longest) throw new SchemaError(`${path}/minLength`, `${min} is more than ${longest}`);
    const bound = max === undefined ? undefined : Math.min(max, longest);
    const character = `(${patternGrammar({ type: "set", set: everything }, { inJson: true })})`;
    const plain = () => this.#rules.of(`"\\"" ${repeated(this.#rules.of(character), min, bound)} "\\""`);
    if (pattern !== undefined && typeof pattern !== "string")
      throw new SchemaError(`${path}/pattern`, `expected a regular expression, got ${show(pattern)}`);
    const [source, keyword] = pattern === undefined ? [formats[format as string], "format"] : [pattern, "pattern"];
    if (source === undefined) {
      if (format !== undefined)
        this.#cannot(`${path}/format`, `the format ${show(format)}`, `known are ${Object.keys(formats).join(", ")}`);
      return plain();
    }
    try {
      const whole = anchored(parseRegex(source as string));
      const fitted = withLength(whole, min, max);
      if (!fitted) this.#cannot(`${path}/${keyword}`, `a ${keyword} together with minLength or maxLength`);
      return this.#rules.of(`"\\"" ${patternGrammar(fitted ?? whole, { inJson: true })} "\\""`);
    } catch (error) {
      if (error instanceof SchemaError) throw error;
      this.#cannot(`${path}/${keyword}`, `${show(source)}: ${(error as Error).message}`);
      return plain();
    }
  }

  #array(schema: JsonSchema, path: string, depth: number): string {
    const first = schema.prefixItems === undefined ? [] : nonEmptyList(schema.prefixItems, `${path}/prefixItems`);
    const min = count(schema, "minItems", path) ?? 0;
    const max = count(schema, "maxItems", path);
    if (max !== undefined && min > max)
      throw new SchemaError(`${path}/minItems`, `${min} is more than maxItems ${max}`);
    if (min > longest) throw new SchemaError(`${path}/minItems`, `${min} is more than ${longest}`);
    const fixed = first.slice(0, max).map((item, i) => this.#value(item, `${path}/prefixItems/${i}`, depth + 1));
    const more = schema.items === false ? 0 : max === undefined ? undefined : Math.min(max, longest) - fixed.length;
    const least = Math.max(0, min - fixed.length);
    if (more !== undefined && least > more)
      throw new SchemaError(`${path}/minItems`, `more items than \`items\` allows`);
    const item = more === 0 ? undefined : this.#value(schema.items, `${path}/items`, depth + 1);
    if (fixed.length > 0) {
      const rest = item ? ` ${repeated(`(", " ${item})`, least, more)}` : "";
      return this.#rules.of(`"[" ${fixed.join(' ", " ')}${rest} "]"`);
    }
    if (!item) return '"[]"';
    const list = `${item} ${repeated(`(", " ${item})`, Math.max(0, least - 1), more === undefined ? undefined : more - 1)}`;
    return this.#rules.of(least > 0 ? `"[" ${list} "]"` : `"[" (${list})? "]"`);
  }

  #properties(schema: JsonSchema, path: string, depth: number): string {
    const properties = (schema.properties ?? {}) as Record<string, unknown>;
    if (typeof properties !== "object" || Array.isArray(properties))
      throw new SchemaError(`${path}/properties`, `expected schemas by name, got ${show(schema.properties)}`);
    const required = (schema.required ?? []) as string[];
    if (!Array.isArray(required) || required.some((name) => typeof name !== "string"))
      throw new SchemaError(`${path}/required`, `expected a list of names, got ${show(schema.required)}`);
    const extra = schema.additionalProperties ?? schema.unevaluatedProperties;
    const names = [...new Set([...Object.keys(properties), ...required])];
    if (names.length === 0) return extra === false ? '"{}"' : this.#dictionary(extra, path, depth);
    const entries = names.map((name) => {
      if (!(name in properties) && extra === false)
        throw new SchemaError(`${path}/required`, `${show(name)} is required and not among the properties`);
      const at = `${path}/properties/${pointerPart(name)}`;
      const value =
        name in properties ? this.#value(properties[name], at, depth + 1) : this.#value(extra, at, depth + 1);
      return { text: `${literal(`${JSON.stringify(name)}: `)} ${value}`, isRequired: required.includes(name) };
    });
    // From the back: what may follow once something has been written, and what while nothing has.
    let [after, before] = ['"}"', '"}"'];
    for (const { text, isRequired } of entries.toReversed()) {
      const written = `", " ${text} ${after}`;
      const first = `${text} ${after}`;
      before = this.#rules.of(isRequired ? first : `(${first}) | (${before})`);
      after = this.#rules.of(isRequired ? written : `(${written}) | (${after})`);
    }
    return this.#rules.of(`"{" ${before}`);
  }

  /** Any names, values of one schema. */
  #dictionary(values: unknown, path: string, depth: number): string {
    const value = this.#value(values === true ? undefined : values, `${path}/additionalProperties`, depth + 1);
    const entry = `${this.#string({}, path)} ": " ${value}`;
    return this.#rules.of(`"{" (${entry} (", " ${entry})*)? "}"`);
  }

  #anything(): string {
    const known = this.#references.get("*");
    if (known) return known;
    const name = this.#rules.reserve();
    this.#references.set("*", name);
    const text = this.#string({}, "#");
    const list = `"[" (${name} (", " ${name})*)? "]"`;
    const object = `"{" (${text} ": " ${name} (", " ${text} ": " ${name})*)? "}"`;
    this.#rules.define(name, `${text} | ${numberGrammar({})} | "true" | "false" | "null" | ${list} | ${object}`);
    return name;
  }

  #enumeration(schema: JsonSchema, path: string): string {
    const list = nonEmptyList(schema.enum, `${path}/enum`);
    const allowed = schema.type === undefined ? undefined : typesOf({ type: schema.type }, path);
    const fitting = allowed ? list.filter((value) => allowed.some((type) => isOfType(value, type))) : list;
    if (fitting.length === 0) throw new SchemaError(`${path}/enum`, `none of its values is ${show(schema.type)}`);
    return this.#rules.of(oneOf(fitting.map(spelled)));
  }

  #reference($ref: unknown, rest: JsonSchema, path: string, depth: number): string {
    if (typeof $ref !== "string" || !$ref.startsWith("#"))
      throw new SchemaError(
        `${path}/$ref`,
        `expected a place in the same schema, such as "#/$defs/node", got ${show($ref)}`,
      );
    const beside = withoutAnnotations(rest);
    if (Object.keys(beside).length > 0 && !("$defs" in beside || "definitions" in beside))
      return this.#value(mergeSchemas([this.#resolved({ $ref }, path), beside], path), path, depth + 1);
    if (this.#unguarded.includes($ref)) throw new SchemaError(`${path}/$ref`, `${show($ref)} refers to itself at once`);
    const known = this.#references.get($ref);
    if (known) return known;
    const name = this.#rules.reserve();
    this.#references.set($ref, name);
    this.#unguarded.push($ref);
    this.#rules.define(name, this.#value(this.#at($ref, path), $ref, depth + 1));
    this.#unguarded.pop();
    return name;
  }

  /** A schema with its reference followed, where it is one. */
  #resolved(schema: unknown, path: string, hops = 0): JsonSchema {
    if (hops > 32) throw new SchemaError(path, "its references lead in a circle");
    if (typeof schema !== "object" || schema === null) return {};
    const { $ref, ...rest } = schema as JsonSchema;
    if (typeof $ref !== "string") return schema as JsonSchema;
    return mergeSchemas([this.#resolved(this.#at($ref, path), path, hops + 1), withoutAnnotations(rest)], path);
  }

  #at(pointer: string, path: string): unknown {
    let at: unknown = this.#root;
    for (const part of pointer.slice(1).split("/").slice(1)) {
      const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      at = (at as JsonSchema | undefined)?.[key];
    }
    if (at === undefined) throw new SchemaError(`${path}/$ref`, `${show(pointer)} is not there`);
    return at;
  }

  #all(list: unknown, rest: JsonSchema, path: string, depth: number): string {
    const parts = nonEmptyList(list, `${path}/allOf`).map((part, i) => this.#resolved(part, `${path}/allOf/${i}`));
    return this.#value(mergeSchemas([...parts, withoutAnnotations(rest)], `${path}/allOf`), path, depth + 1);
  }

  /** The text of a custom tool, within a JSON string. */
  #text({ syntax, definition }: GrammarText, path: string): string {
    try {
      if (syntax === "lark") return lark(definition, this.#rules);
      return patternGrammar(anchored(parseRegex(`^(?:${definition})$`)), { inJson: true });
    } catch (error) {
      throw new SchemaError(path, `the ${syntax} grammar cannot be read: ${(error as Error).message}`);
    }
  }

  #checkKeywords(schema: JsonSchema, path: string): void {
    for (const keyword of Object.keys(schema)) {
      if (kept.has(keyword) || annotations.has(keyword) || keyword.startsWith("x-") || keyword === "grammar") continue;
      const near = nearestName(keyword, kept);
      this.#cannot(
        `${path}/${pointerPart(keyword)}`,
        `the keyword \`${keyword}\``,
        near ? `did you mean \`${near}\`?` : undefined,
      );
    }
  }

  /** What cannot be kept to is refused, or left out. */
  #cannot(path: string, what: string, hint?: string): void {
    if (this.#strict) throw new SchemaError(path, `${what} is not supported`, hint);
  }
}

/** A value as it is written: one line, a space after commas and colons. */
const spelled = (value: unknown): string => literal(toLine(value));

function toLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, inner]) => `${JSON.stringify(name)}: ${toLine(inner)}`)
    .join(", ")}}`;
}

function nonEmptyList(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new SchemaError(path, `expected a list that is not empty, got ${show(value)}`);
  return value;
}

function count(schema: JsonSchema, name: string, path: string): number | undefined {
  const value = schema[name];
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && (value as number) >= 0) return value as number;
  throw new SchemaError(`${path}/${name}`, `expected a whole number from 0 on, got ${show(value)}`);
}

const withoutAnnotations = (schema: JsonSchema): JsonSchema =>
  Object.fromEntries(
    Object.entries(schema).filter(([name]) => !annotations.has(name) && name !== "$defs" && name !== "definitions"),
  );

const pointerPart = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");
