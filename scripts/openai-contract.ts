import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openAiEndpoints } from "../packages/server/src/surfaces/openai/endpoints.ts";

/**
 * `node scripts/openai-contract.ts openapi.json`: takes from OpenAI's OpenAPI document (MIT; `openapi.json` of
 * github.com/openai/openai-openapi) the operations that this server has, without the prose, into
 * packages/server/src/surfaces/openai/contract/openai.json.
 */
type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type JsonObject = { [name: string]: Json };

const [path] = process.argv.slice(2);
if (!path) throw new Error("usage: node scripts/openai-contract.ts openapi.json");
const document = JSON.parse(readFileSync(path, "utf8")) as {
  info: { version: string };
  paths: Record<string, Record<string, JsonObject>>;
  components: Record<string, Record<string, Json>>;
};

const shapeOf = (pattern: string) => pattern.replace(/\{[^}]*\}/g, "{}");
const served = new Set(
  openAiEndpoints().flatMap(({ method, path: at, state }) =>
    state === "refused" ? [] : [`${method.toLowerCase()} ${shapeOf(at).replace("/v1", "")}`],
  ),
);

/** What is said for people, or for OpenAI's own generators. */
const prose = new Set(["description", "summary", "example", "examples", "externalDocs", "deprecated"]);

/** @param isMap whether the names in it are people's, like those of properties, and so never prose. */
function bare(value: Json, isMap = false): Json {
  if (Array.isArray(value)) return value.map((item) => bare(item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([name, inner]): [string, Json][] => {
    if (!isMap && (name.startsWith("x-") || prose.has(name))) return [];
    return [[name, bare(inner, !isMap && (name === "properties" || name === "schemas"))]];
  });
  return Object.fromEntries(entries);
}

const paths: Record<string, JsonObject> = {};
for (const [at, operations] of Object.entries(document.paths)) {
  // The paths with `?beta=true` are the same ones, told apart by what no OpenAPI document can tell apart.
  const known = Object.entries(operations).filter(([method]) => served.has(`${method} ${shapeOf(at)}`));
  const kept = known.map(([method, operation]) => {
    const { operationId, tags, parameters, requestBody, responses } = bare(operation) as JsonObject;
    const answers = Object.entries(responses as JsonObject).map(([status, answer]) => {
      return [status, { ...((answer as JsonObject).$ref ? {} : { description: status }), ...(answer as JsonObject) }];
    });
    return [method, { operationId, tags, parameters, requestBody, responses: Object.fromEntries(answers) }] as const;
  });
  if (kept.length > 0) paths[at] = JSON.parse(JSON.stringify(Object.fromEntries(kept)));
}

const components: Record<string, JsonObject> = {};
const waiting: Json[] = [paths];
for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
  if (typeof value !== "object" || value === null) continue;
  for (const [name, inner] of Object.entries(value)) {
    const [, kind, part] = (name === "$ref" && /^#\/components\/(\w+)\/(.+)$/.exec(String(inner))) || [];
    if (!kind || !part) waiting.push(inner);
    else if (!components[kind]?.[part])
      waiting.push(((components[kind] ??= {})[part] = bare(document.components[kind]![part]!)));
  }
}
for (const [kind, parts] of Object.entries(components))
  components[kind] = Object.fromEntries(Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1)));

const target = join(import.meta.dirname, "../packages/server/src/surfaces/openai/contract/openai.json");
const contract = { from: `openai-openapi ${document.info.version}, MIT`, paths, components };
writeFileSync(target, `${JSON.stringify(contract)}\n`);
console.log(`${Object.keys(paths).length} paths, ${Object.keys(components.schemas!).length} schemas`);
