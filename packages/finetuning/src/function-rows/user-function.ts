import { type Rng, show, UnsupportedError } from "@loam/core";
import type { ChatTool } from "@loam/models";
import { wordsOf } from "./names.ts";
import { inSchemaOrder, type RequestFunction } from "./request-function.ts";
import { dressed } from "./request-style.ts";
import { type SpokenArgument, spokenRequest } from "./spoken-arguments.ts";
import { chance, pick } from "./topics/draw.ts";
import {
  code,
  type DrawnValue,
  date,
  decimal,
  flag,
  fullName,
  type KindMaker,
  listOf,
  money,
  nonsense,
  oneOf,
  percent,
  place,
  timeOfDay,
  type ValueKind,
  whole,
} from "./topics/value-kinds.ts";
import {
  cities,
  companies,
  firstNames,
  languages,
  lastNames,
  messages,
  reasons,
  regions,
  topicsOfNews,
} from "./topics/word-lists.ts";

interface SchemaNode {
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  format?: string;
  minimum?: number;
  maximum?: number;
  items?: SchemaNode;
  properties?: Record<string, SchemaNode>;
  required?: string[];
}

/** What the words of a parameter's name and description say about its texts. */
const textKinds: readonly (readonly [RegExp, KindMaker])[] = [
  [/\b(date|day|birthday|deadline|since|until)\b/, date],
  [/\b(time|hour)\b/, timeOfDay],
  [/\b(city|location|place|town|address|destination|origin)\b/, place(cities, regions)],
  [/\b(company|firm|employer|organisation|organization)\b/, oneOf(companies)],
  [/\blanguage\b/, oneOf(languages)],
  [/\b(reason|cause|why)\b/, oneOf(reasons)],
  [
    /\b(person|customer|user|employee|student|teacher|manager|recipient|sender|author|patient|their|his|her)\b|\bname\b/,
    fullName(firstNames, lastNames),
  ],
  [/\b(message|text|body|content|comment|note)\b/, oneOf(messages)],
  [/\b(topic|subject|query|keyword)\b/, oneOf(topicsOfNews)],
  [/\b(id|code|number|reference|sku)\b/, code],
];

/**
 * A function of one's own, with requests made of its name, its description and values that fit its schema.
 *
 * @param options.examples values to draw from, by the names of parameters: better ones than can be guessed from a schema.
 */
export function userFunction(
  tool: ChatTool,
  {
    examples = {},
    requests = [],
  }: { examples?: Readonly<Record<string, readonly unknown[]>>; requests?: readonly string[] } = {},
): RequestFunction {
  const { properties = {}, required = [] } = tool.parameters as SchemaNode;
  const parts = Object.entries(properties).map(([name, node]) => ({
    name,
    words: wordsOf(name),
    needed: required.includes(name),
    kind: kindFor(name, node, examples[name]),
  }));
  const doings = doingsOf(tool);
  const drawn = (rng: Rng, leftOut?: string) =>
    parts
      .filter((part) => part.name !== leftOut && (part.needed || chance(rng, 0.5)))
      .map((part) => ({ part, value: part.kind(rng) }));
  const say = (rng: Rng, given: ReturnType<typeof drawn>): string => {
    const usable = requests.filter((request) =>
      namesExactly(
        request,
        given.map(({ part }) => part.name),
      ),
    );
    if (usable.length > 0 && chance(rng, 0.7)) {
      let text = pick(rng, usable);
      for (const { part, value } of given) text = text.replace(`{${part.name}}`, () => value.said);
      return dressed(rng, text);
    }
    const spoken = given.map(({ part, value }): SpokenArgument => ({ name: part.words, said: value.said }));
    return dressed(rng, spokenRequest(rng, pick(rng, doings), spoken));
  };
  return {
    tool,
    group: wordsOf(tool.name).split(" ").at(-1) ?? "own",
    draw(rng) {
      const given = drawn(rng);
      const values = Object.fromEntries(given.map(({ part, value }) => [part.name, value.value]));
      return { request: say(rng, given), arguments: inSchemaOrder(tool, values) };
    },
    drawIncomplete(rng) {
      const needed = parts.filter((part) => part.needed);
      if (needed.length === 0) return undefined;
      const missing = pick(rng, needed);
      return { request: say(rng, drawn(rng, missing.name)), missing: missing.words };
    },
  };
}

/** Whether a request has a place for each of these parameters and for no other. */
function namesExactly(request: string, names: readonly string[]): boolean {
  const places = [...request.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  return places.length === names.length && names.every((name) => places.includes(name));
}

/** What a function does, as people ask for it. */
function doingsOf({ name, description = "" }: ChatTool): string[] {
  const first = description.split(/(?<=[a-z])[.;:]\s|\.$|\n/)[0]!.trim();
  const lower = first.slice(0, 1).toLowerCase() + first.slice(1);
  const plain = lower.replace(/^(\w+?)(?:e?s)\b/, (whole, verb: string) =>
    /^(is|this|has|does|address|process)$/.test(whole) ? whole : verb.length > 2 ? unconjugated(whole) : whole,
  );
  const usable = plain.length > 8 && plain.length < 90 && !/^(a|an|the|this)\b/.test(plain);
  return [wordsOf(name), ...(usable ? [plain] : [])];
}

/** `writes` → `write`, `fetches` → `fetch`. */
const unconjugated = (verb: string): string =>
  /(ch|sh|ss|x|zz)es$/.test(verb)
    ? verb.slice(0, -2)
    : /ies$/.test(verb)
      ? `${verb.slice(0, -3)}y`
      : verb.replace(/s$/, "");

function kindFor(name: string, node: SchemaNode, examples: readonly unknown[] | undefined): (rng: Rng) => DrawnValue {
  if (examples?.length)
    return (rng) => {
      const value = pick(rng, examples);
      return { said: typeof value === "string" ? value : sayValue(value), value };
    };
  if (node.enum?.length)
    return (rng) => {
      const value = pick(rng, node.enum!);
      return { said: String(value).replaceAll("_", " "), value };
    };
  const type = [node.type ?? "string"].flat().find((one) => one !== "null");
  if (type === "object") return objectKind(node);
  const made = new Map<string, ValueKind>();
  const maker = kindOfType(String(type), name, node);
  return (rng) => {
    const kind = made.get("kind") ?? maker(rng);
    made.set("kind", kind);
    return kind.draw(rng);
  };
}

function kindOfType(type: string, name: string, node: SchemaNode): KindMaker {
  const words = `${wordsOf(name)} ${(node.description ?? "").toLowerCase()}`;
  const { minimum: low = 1, maximum: high = Math.max(low + 1, 500) } = node;
  switch (type) {
    case "integer":
      return /\byear\b/.test(words) ? whole(1990, 2026) : whole(Math.ceil(low), Math.floor(high));
    case "number":
      if (/\b(price|cost|amount|budget|salary)\b/.test(words) && node.minimum === undefined) return money(5, 2000);
      if (/\b(percent|percentage|rate)\b/.test(words) && node.maximum === undefined) return percent(1, 30);
      return decimal(low, high);
    case "boolean":
      return flag(["yes", "true"], ["no", "false"]);
    case "array":
      return listOf(
        kindOfType(String([node.items?.type ?? "string"].flat()[0]), name.replace(/s$/, ""), node.items ?? {}),
      );
    case "string": {
      if (node.format === "date") return date;
      if (node.format === "time") return timeOfDay;
      const own =
        textKinds.find(([pattern]) => pattern.test(wordsOf(name))) ??
        textKinds.find(([pattern]) => pattern.test(words));
      return own ? own[1] : nonsense;
    }
    default:
      throw new UnsupportedError(
        `The parameter ${name} is of type ${show(type)}, for which no values can be made up.`,
        {
          hint: "give examples for it",
        },
      );
  }
}

function objectKind(node: SchemaNode): (rng: Rng) => DrawnValue {
  const members = Object.entries(node.properties ?? {}).map(([name, member]) => ({
    name,
    needed: node.required?.includes(name) ?? false,
    kind: kindFor(name, member, undefined),
  }));
  return (rng) => {
    const drawn = members
      .filter(({ needed }) => needed || chance(rng, 0.5))
      .map(({ name, kind }) => ({ name, ...kind(rng) }));
    return {
      said: drawn.map(({ name, said }) => `${wordsOf(name)} ${said}`).join(", "),
      value: Object.fromEntries(drawn.map(({ name, value }) => [name, value])),
    };
  };
}

const sayValue = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(sayValue).join(", ")
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
