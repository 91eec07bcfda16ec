import { studioSurface } from "../../packages/server/src/surfaces/studio/surface.ts";
import { table } from "./fields.ts";

/** Part of an OpenAPI document. */
interface Schema {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
}
type Content = Record<string, { schema?: Schema }>;
interface Route {
  summary?: string;
  description?: string;
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Content };
  responses: Record<string, { description?: string; content?: Content }>;
}
interface Document {
  paths: Record<string, Record<string, Route>>;
  components: { schemas: Record<string, Schema> };
}

/** Stands for every service: operations and routes are only described, and nothing is called. */
// biome-ignore lint/suspicious/noExplicitAny: it is whatever is asked of it
export const nothing: any = new Proxy(() => nothing, {
  get: (_, key) => (key === "gate" ? undefined : key === Symbol.toPrimitive ? () => "" : nothing),
});

/** The routes of the Studio's API by what they are about, as the server's own OpenAPI document has them. */
export async function routeTables(): Promise<string> {
  const { app } = studioSurface(nothing);
  const document = (await (await app.request("/api/openapi.json")).json()) as Document;
  const rooms = new Map<string, string[][]>();
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, route] of Object.entries(methods)) {
      const room = path.split("/")[1]!;
      const rows = rooms.get(room) ?? [];
      rooms.set(room, rows);
      rows.push([`\`${method.toUpperCase()} /api${path}\``, about(route), taken(document, route), answers(route)]);
    }
  return [...rooms]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([room, rows]) => `## ${room}\n\n${table(["route", "what it does", "takes", "answers"], rows)}`)
    .join("\n\n");
}

function about({ summary, description, responses }: Route): string {
  const said = [summary && `${summary}.`, description].filter(Boolean).join(" ");
  const [first] = Object.entries(responses).filter(([status]) => status < "300");
  return said || `${first?.[1].description ?? ""}.`;
}

/** Parameters of the query and fields of the body; those that may be left out with a question mark. */
function taken(document: Document, { parameters = [], requestBody }: Route): string {
  const query = parameters
    .filter(({ in: place }) => place === "query")
    .map(({ name, required }) => `\`?${name}\`${required ? "" : "?"}`);
  const body = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => {
    const { properties = {}, required = [] } = resolved(document, schema ?? {});
    const fields = Object.keys(properties).map((name) => `\`${name}\`${required.includes(name) ? "" : "?"}`);
    const form = type === "application/json" ? "" : type === "multipart/form-data" ? "form: " : `${type}: `;
    return form + (fields.join(", ") || "JSON");
  });
  return [...query, ...body].join(", ");
}

function resolved({ components }: Document, schema: Schema): Schema {
  const [, name] = /^#\/components\/schemas\/(.+)$/.exec(schema.$ref ?? "") ?? [];
  return name ? (components.schemas[name] ?? {}) : schema;
}

function answers({ responses }: Route): string {
  return Object.entries(responses)
    .map(([status, { content }]) => {
      const types = Object.keys(content ?? {}).filter((type) => type !== "application/json");
      return types.length > 0 ? `${status} (${types.join(", ")})` : status;
    })
    .join(", ");
}
