import { expect, test } from "vitest";
import { jsonSchemaChecker } from "./json-schema.ts";

const schema = {
  type: "object",
  required: ["name", "price"],
  properties: { name: { type: "string" }, price: { type: "number", minimum: 0 } },
  additionalProperties: false,
};

test("says whether a text is JSON that the schema allows, and what is wrong", () => {
  const check = jsonSchemaChecker(schema);
  expect(check('{"name": "pen", "price": 2}')).toEqual({ valid: true, errors: [] });
  expect(check('```json\n{"name": "pen", "price": 2}\n```').valid).toBe(true);
  expect(check('{"name": "pen", "price": "2"}')).toEqual({ valid: false, errors: ["/price must be number"] });
  expect(check('{"name": "pen"').errors[0]).toMatch(/^not JSON: /);
});

test("a wrong schema is refused", () => {
  expect(() => jsonSchemaChecker({ type: "objekt" })).toThrow("expected a JSON Schema");
});
