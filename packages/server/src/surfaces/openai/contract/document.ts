import { readFileSync } from "node:fs";
import { version } from "../../../services/version.ts";
import { settled, withoutAllOf } from "./components.ts";
import { type JsonSchema, Narrower } from "./narrow.ts";
import { requestSchemas } from "./request-schemas.ts";

type Operation = { requestBody?: { content: Record<string, { schema: JsonSchema }> }; [field: string]: unknown };

interface Contract {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema>; [kind: string]: Record<string, JsonSchema> };
}

export interface OpenApiDocument extends Contract {
  openapi: string;
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
}

/**
 * The OpenAPI document of this server's part of OpenAI's API: OpenAI's own (contract/openai.json), where of the requests is
 * left what the schemas that read them take. Answers are as OpenAI's document has them.
 */
export function openApiDocument(): OpenApiDocument {
  if (made) return made;
  const { paths, components } = JSON.parse(readFileSync(new URL("openai.json", import.meta.url), "utf8")) as Contract;
  components.schemas = withoutAllOf(components.schemas);
  const narrower = new Narrower(components.schemas);
  const shown: Contract["paths"] = {};
  for (const [path, operations] of Object.entries(paths)) {
    shown[`/v1${path}`] = Object.fromEntries(
      Object.entries(operations).map(([method, operation]) => {
        const json = operation.requestBody?.content["application/json"];
        const taker = method === "post" ? requestSchemas[path] : undefined;
        if (!json || !taker) return [method, operation];
        const narrowed = { schema: narrower.narrow(json.schema, taker) };
        const content = { ...operation.requestBody?.content, "application/json": narrowed };
        return [method, { ...operation, requestBody: { ...operation.requestBody, content } }];
      }),
    );
  }
  const [shownPaths, shownComponents] = settled(shown, components, narrower.components);
  made = {
    openapi: "3.1.0",
    info: {
      title: "Loam's OpenAI API",
      version,
      description: "After OpenAI's OpenAPI document (MIT), without what this server refuses.",
    },
    servers: [{ url: "/" }],
    paths: shownPaths as Contract["paths"],
    components: shownComponents,
  };
  return made;
}

let made: OpenApiDocument | undefined;
