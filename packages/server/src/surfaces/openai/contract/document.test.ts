import { expect, test } from "vitest";
import { z } from "zod";
import { openAiEndpoints } from "../endpoints.ts";
import { type ComparedDocument, coverageOf } from "./coverage.ts";
import { openApiDocument } from "./document.ts";
import { Narrower } from "./narrow.ts";
import { requestSchemas } from "./request-schemas.ts";

const document = openApiDocument();
const shapeOf = (path: string) => path.replace(/\{[^}]*\}/g, "{}");

test("the document has every operation of OpenAI's that is served, and nothing else", () => {
  const served = openAiEndpoints().filter(({ state }) => state !== "refused");
  const known = new Set(served.map(({ method, path }) => `${method} ${shapeOf(path)}`));
  const shown = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${shapeOf(path)}`),
  );
  expect(shown.filter((operation) => !known.has(operation))).toEqual([]);
  // OpenAI's document lacks webhook endpoints, and cancels a run of an eval at another path.
  const more = [...known].filter((operation) => !shown.includes(operation));
  expect(more.filter((operation) => !/webhook|\/evals\/{}\/runs\/{}\/cancel$/.test(operation))).toEqual([]);
});

test("every JSON body is narrowed by the schema that reads it", () => {
  const bodies = Object.entries(document.paths).flatMap(([path, { post }]) =>
    post?.requestBody?.content["application/json"] ? [path.replace("/v1", "")] : [],
  );
  expect(bodies.filter((path) => !(path in requestSchemas))).toEqual([]);
  expect(Object.keys(requestSchemas).filter((path) => !bodies.includes(path))).toEqual([]);
});

test("what is refused is not in the document, what is added is", () => {
  const { schemas } = document.components;
  const names = Object.keys(schemas.CreateChatCompletionRequest!.properties as object);
  expect(names).toEqual(expect.arrayContaining(["messages", "tools", "min_p", "chat_template_kwargs"]));
  expect(names).not.toContain("web_search_options");
  const tools = schemas.ToolTaken!.oneOf as { $ref: string }[];
  expect(
    tools
      .map(({ $ref }) =>
        $ref
          .split("/")
          .at(-1)!
          .replace(/Taken\d*$/, ""),
      )
      .sort(),
  ).toEqual(["CustomToolParam", "FileSearchTool", "FunctionTool"]);
});

test("every reference leads somewhere", () => {
  const text = JSON.stringify(document);
  const names = new Set(
    [...text.matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)].map(([, kind, name]) => `${kind}/${name}`),
  );
  const lost = [...names].filter((name) => {
    const [kind, part] = name.split("/") as [string, string];
    return !document.components[kind]?.[part];
  });
  expect(lost).toEqual([]);
});

test("a schema that holds itself is narrowed once", () => {
  const Node: z.ZodType = z.strictObject({ inner: z.lazy(() => Node).optional() });
  const schema = {
    type: "object",
    properties: { inner: { $ref: "#/components/schemas/Node" }, gone: { type: "string" } },
  };
  const narrower = new Narrower({ Node: schema });
  const narrowed = narrower.narrow({ $ref: "#/components/schemas/Node" }, Node);
  expect(narrowed).toEqual({ $ref: "#/components/schemas/NodeTaken" });
  expect(narrower.components.NodeTaken).toEqual({
    type: "object",
    properties: { inner: { $ref: "#/components/schemas/NodeTaken" } },
  });
});

const body = (schema: object) => ({ content: { "application/json": { schema } } });
const withSchema = (path: string, schema: object): ComparedDocument => ({
  paths: { [path]: { post: { tags: ["A"], requestBody: body({ $ref: "#/components/schemas/A" }) } } },
  components: { schemas: { A: schema as never } },
});

test("a property that is missing, of another type, or short of values or branches is a problem", () => {
  const properties = {
    same: { type: "string" },
    gone: { type: "string" },
    other: { type: "string" },
    values: { type: "string", enum: ["a", "b"] },
    branches: { oneOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
  };
  const { gone: _, ...rest } = properties;
  const mine = {
    ...{ ...rest, other: { type: "integer" }, values: { type: "string", enum: ["a"] }, more: { type: "string" } },
    branches: { oneOf: [{ type: "string" }] },
  };
  const served = withSchema("/v1/a/{id}", { type: "object", properties: mine });
  const { paths, operations, properties: counted, byTag } = coverageOf(withSchema("/a/{a_id}", { properties }), served);
  expect({ paths, operations, counted }).toEqual({
    paths: { served: 1, total: 1 },
    operations: { served: 1, total: 1 },
    counted: { kept: 1, total: 5 },
  });
  expect(byTag.A!.problems).toEqual([
    "POST /a/{} request.gone: is missing",
    "POST /a/{} request.other: is integer, not string",
    'POST /a/{} request.values: lacks "b"',
    "POST /a/{} request.branches: may not be array<string>",
  ]);
  expect(coverageOf(withSchema("/b", { properties }), served).paths).toEqual({ served: 0, total: 1 });
});
