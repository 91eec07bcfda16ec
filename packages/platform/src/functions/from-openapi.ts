import { InputError, LoamError } from "@loam/core";
import type { ServerFunction } from "./server-function.ts";

type Json = Record<string, unknown>;

export interface OpenApiOptions {
  /** Where the service is; left out, the first of the document's `servers`. */
  baseUrl?: string;
  /** Sent with each request: keys, for example. */
  headers?: Readonly<Record<string, string>>;
  /** Only these operations, by their ids. */
  only?: readonly string[];
  /** Before the names. */
  prefix?: string;
  timeoutMs?: number;
  fetch?: typeof fetch;
}

const methods = ["get", "post", "put", "patch", "delete"];
/** What changes something is not done twice, and not unasked. */
const changes = ["post", "put", "patch", "delete"];
const mostBytes = 1_000_000;

/**
 * The operations of an OpenAPI 3 document as functions: parameters of path, query and header and the members of a JSON
 * body are the arguments. Operations that change something want a confirmation.
 *
 * @throws {InputError} `bad_openapi` where the document has no operations or no address.
 */
export function functionsFromOpenApi(document: unknown, options: OpenApiOptions = {}): ServerFunction[] {
  const root = document as Json;
  const paths = root?.paths as Record<string, Json> | undefined;
  if (typeof root?.openapi !== "string" || typeof paths !== "object") {
    throw new InputError("bad_openapi", "The document is no OpenAPI 3 document.", {
      hint: "give one with `openapi` and `paths`; documents of Swagger 2 can be converted",
    });
  }
  const baseUrl = options.baseUrl ?? (root.servers as { url?: string }[] | undefined)?.[0]?.url;
  if (!baseUrl || !/^https?:/.test(baseUrl)) {
    throw new InputError(
      "bad_openapi",
      `The document names no address to send requests to${baseUrl ? `, only ${baseUrl}` : ""}.`,
      {
        hint: "set `baseUrl`",
      },
    );
  }
  const made = Object.entries(paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method] as Json | undefined;
      return operation ? [toFunction(root, { path, method, item, operation, baseUrl }, options)] : [];
    }),
  );
  const wanted = options.only ? made.filter(({ id }) => options.only!.includes(id)) : made;
  const missing = options.only?.find((id) => !made.some((one) => one.id === id));
  if (missing !== undefined) {
    throw new InputError("bad_openapi", `The document has no operation ${missing}.`, {
      details: { known: made.map(({ id }) => id).slice(0, 50) },
    });
  }
  if (wanted.length === 0)
    throw new InputError("bad_openapi", "The document has no operations.", { hint: "give a document with `paths`" });
  return wanted.map(({ definition }) => definition);
}

interface Operation {
  path: string;
  method: string;
  item: Json;
  operation: Json;
  baseUrl: string;
}

interface Place {
  name: string;
  in: string;
}

function toFunction(root: Json, { path, method, item, operation, baseUrl }: Operation, options: OpenApiOptions) {
  const id = String(operation.operationId ?? `${method}_${path}`);
  const given = [...listOf(item.parameters), ...listOf(operation.parameters)].map((one) => resolved(root, one));
  const properties: Json = {};
  const required: string[] = [];
  const places: Place[] = [];
  for (const { name, in: where, schema, description, required: isNeeded } of given as (Json & Place)[]) {
    if (where === "cookie" || name in properties) continue;
    const inner = inlined(root, schema ?? { type: "string" }) as Json;
    properties[name] = { ...inner, ...(description && !inner.description ? { description } : {}) };
    if (isNeeded) required.push(name);
    places.push({ name, in: where });
  }
  const body = resolved(root, operation.requestBody) as Json | undefined;
  const schema = jsonSchemaOf(root, body);
  const isFlat =
    schema?.type === "object" &&
    typeof schema.properties === "object" &&
    !Object.keys(schema.properties as Json).some((name) => name in properties);
  if (schema && isFlat) {
    Object.assign(properties, schema.properties);
    required.push(...((schema.required as string[]) ?? []));
  } else if (schema) {
    properties.body = schema;
    if (body?.required) required.push("body");
  }
  const bodyNames = schema ? (isFlat ? Object.keys(schema.properties as Json) : ["body"]) : [];
  const url = baseUrl.replace(/\/$/, "") + path;
  const name = `${options.prefix ?? ""}${id.replaceAll(/[^a-zA-Z0-9_.-]+/g, "_")}`.slice(0, 64);
  const definition: ServerFunction = {
    name,
    description:
      [operation.summary, operation.description].filter(Boolean).join(" ") || `${method.toUpperCase()} ${path}`,
    parameters: { type: "object", properties, required, additionalProperties: false },
    source: `openapi ${baseUrl}`,
    confirm: changes.includes(method),
    ...(options.timeoutMs && { timeoutMs: options.timeoutMs }),
    ...(method === "get" && { retries: 2 }),
    handler: async (values, { signal }) => {
      const request = buildRequest(url, { method, places, bodyNames, isFlat, headers: options.headers }, values);
      const response = await (options.fetch ?? fetch)(request.url, { ...request.init, signal });
      return await readResponse(response, name);
    },
  };
  return { id, definition };
}

function buildRequest(
  template: string,
  {
    method,
    places,
    bodyNames,
    isFlat,
    headers = {},
  }: {
    method: string;
    places: Place[];
    bodyNames: string[];
    isFlat: boolean;
    headers?: Readonly<Record<string, string>>;
  },
  values: Record<string, unknown>,
): { url: string; init: RequestInit } {
  let path = template;
  const query = new URLSearchParams();
  const sent: Record<string, string> = { accept: "application/json", ...headers };
  for (const { name, in: where } of places) {
    const value = values[name];
    if (value === undefined) continue;
    // A value stays one piece of the path, whatever it holds.
    if (where === "path")
      path = path.replaceAll(`{${name}}`, () => encodeURIComponent(String(value)).replaceAll(".", "%2E"));
    else if (where === "header") sent[name] = String(value);
    else
      for (const item of [value].flat())
        query.append(name, typeof item === "object" ? JSON.stringify(item) : String(item));
  }
  const left = /\{([^}]+)\}/.exec(path.replace(/^https?:\/\/[^/]+/, ""))?.[1];
  if (left)
    throw new InputError("bad_arguments", `\`${left}\` is missing; it is part of the address.`, {
      hint: "give every parameter of the path",
    });
  const members = bodyNames.filter((name) => values[name] !== undefined);
  const body =
    members.length === 0
      ? undefined
      : isFlat
        ? Object.fromEntries(members.map((name) => [name, values[name]]))
        : values.body;
  if (body !== undefined) sent["content-type"] = "application/json";
  const search = query.size > 0 ? `${path.includes("?") ? "&" : "?"}${query}` : "";
  return {
    url: path + search,
    init: { method: method.toUpperCase(), headers: sent, ...(body !== undefined && { body: JSON.stringify(body) }) },
  };
}

async function readResponse(response: Response, name: string): Promise<unknown> {
  const text = await readAtMost(response, mostBytes);
  if (!response.ok) {
    throw new LoamError(
      "function_failed",
      `${name}: ${response.status} ${response.statusText}: ${text.slice(0, 500)}`,
      {
        status: response.status >= 500 || response.status === 429 ? 502 : 400,
        hint: "the text is what the service answered",
      },
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function readAtMost(response: Response, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of response.body ?? []) {
    text += decoder.decode(part as Uint8Array, { stream: true });
    if (text.length > most) return `${text.slice(0, most)}…`;
  }
  return text + decoder.decode();
}

function jsonSchemaOf(root: Json, body: Json | undefined): Json | undefined {
  const content = body?.content as Record<string, { schema?: unknown }> | undefined;
  const type = content && Object.keys(content).find((name) => /\bjson\b/.test(name));
  const schema = type && content[type]!.schema;
  return schema ? (inlined(root, schema) as Json) : undefined;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** What `$ref` points to, one step. */
function resolved(root: Json, value: unknown): unknown {
  const reference = (value as Json | undefined)?.$ref;
  if (typeof reference !== "string" || !reference.startsWith("#/")) return value;
  return reference
    .slice(2)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>((at, key) => (at as Json | undefined)?.[key], root);
}

/** A schema with what it refers to in its place; one that refers to itself allows anything there. */
function inlined(root: Json, schema: unknown, within: readonly string[] = []): unknown {
  if (Array.isArray(schema)) return schema.map((item) => inlined(root, item, within));
  if (typeof schema !== "object" || schema === null) return schema;
  const { $ref } = schema as Json;
  if (typeof $ref === "string") {
    if (within.includes($ref) || within.length > 20) return {};
    return inlined(root, resolved(root, schema), [...within, $ref]);
  }
  const dropped = ["example", "examples", "xml", "externalDocs", "discriminator", "readOnly", "writeOnly"];
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => !dropped.includes(key))
      .map(([key, value]) => [key, inlined(root, value, within)]),
  );
}
