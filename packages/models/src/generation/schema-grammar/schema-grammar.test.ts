import Ajv2020 from "ajv/dist/2020.js";
import { afterAll, describe, expect, test } from "vitest";
import { type DecoderModel, openModel } from "../../model/model.ts";
import { tinyChatModel } from "../../testing/index.ts";
import { TextGenerator } from "../generate.ts";
import { schemaGrammar } from "./index.ts";

const generator = await TextGenerator.open((await openModel(tinyChatModel())) as DecoderModel, { threads: 1 });
afterAll(() => generator.close());
const ajv = new Ajv2020.default({ strict: false, validateFormats: false });

const node = {
  type: "object",
  properties: { v: { enum: ["p", "q"] }, next: { anyOf: [{ type: "null" }, { $ref: "#/$defs/node" }] } },
};
const schemas: Record<string, Record<string, unknown>> = {
  "an integer within bounds": { type: "integer", minimum: -12, maximum: 1043 },
  "an integer above a bound": { type: "integer", exclusiveMinimum: 98 },
  "an integer below a bound": { type: "integer", maximum: -7 },
  "a number within bounds": { type: "number", minimum: 0.5, maximum: 2 },
  "a number across zero": { type: "number", exclusiveMinimum: -1.25, exclusiveMaximum: 3.5 },
  "a number within a unit": { type: "number", minimum: 1.25, maximum: 1.75 },
  "a multiple of five": { type: "integer", multipleOf: 5 },
  "a multiple of seven within bounds": { type: "integer", multipleOf: 7, minimum: 10, maximum: 400 },
  cents: { type: "number", multipleOf: 0.01, minimum: 0, maximum: 99.99 },
  "a pattern": { type: "string", pattern: "^[A-Z]{2,4}-\\d+(\\.[a-f]|x)?$" },
  "a pattern that is not anchored behind": { type: "string", pattern: '^[a-f]{0,3}b+["\\\\]c$' },
  "characters beyond ASCII": { type: "string", pattern: "^[^a-zé]{2}[α-ω\u4e00-\u9fff]{1,3}$" },
  "a pattern with a length": { type: "string", pattern: "^[a-z ]*$", minLength: 3, maxLength: 9 },
  "a text of some length": { type: "string", minLength: 2, maxLength: 5 },
  "a list of bounded length": { type: "array", items: { type: "boolean" }, minItems: 2, maxItems: 4 },
  "a tuple": { type: "array", prefixItems: [{ const: 1 }, { type: "null" }], items: false, minItems: 2 },
  "optional properties": {
    type: "object",
    properties: { a: { const: 1 }, b: { const: 'é"\\' }, c: { enum: [true, null] } },
    required: ["b"],
    additionalProperties: false,
  },
  "several types": { type: ["null", "integer", "boolean"] },
  "a discriminated union": {
    oneOf: [
      {
        type: "object",
        properties: { kind: { const: "x" }, n: { enum: [1, 2] } },
        required: ["kind", "n"],
        additionalProperties: false,
      },
      { type: "object", properties: { kind: { const: "y" } }, required: ["kind"], additionalProperties: false },
    ],
  },
  "all of two": {
    allOf: [
      { type: "object", properties: { a: { type: "integer", minimum: 3 } }, required: ["a"] },
      { properties: { a: { maximum: 5 }, b: { const: 0 } }, required: ["b"] },
    ],
  },
  "a recursive list": {
    ...node,
    required: ["v", "next"],
    $defs: { node: { ...node, required: ["v", "next"], additionalProperties: false } },
  },
  "a reference with more beside it": {
    type: "object",
    properties: { n: { $ref: "#/$defs/n", maximum: 4 } },
    required: ["n"],
    $defs: { n: { type: "integer", minimum: 2 } },
  },
};

describe.each(Object.entries(schemas))("%s", (_, schema) => {
  const validate = ajv.compile(schema);
  test("every whole answer is valid, whatever the model would like to write", async () => {
    const options = { constraint: { schema, strict: true }, temperature: 1.5, maxNewTokens: 300 };
    let whole = 0;
    for (let seed = 0; seed < 12; seed++) {
      const { text, finishReason } = (await generator.generate(["x"], { ...options, seed }))[0]!;
      // Bytes that are no character become two of these: XGrammar counts them as one.
      if (finishReason !== "stop" || text.includes("\ufffd")) continue;
      whole++;
      const value = JSON.parse(text);
      expect(validate(value), `${text}: ${JSON.stringify(validate.errors)}`).toBe(true);
    }
    expect(whole).toBeGreaterThan(0);
  });
});

test.each([
  ["date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/],
  ["ipv4", /^(\d{1,3}\.){3}\d{1,3}$/],
  ["uuid", /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i],
  ["email", /^[^@\s]+@[^@\s]+\.[a-z]+$/i],
] as const)("the format %s is kept to", async (format, expected) => {
  const constraint = { schema: { type: "string", format }, strict: true };
  const { text } = (
    await generator.generate(["x"], {
      constraint,
      temperature: 1.2,
      seed: 1,
      maxNewTokens: 400,
    })
  )[0]!;
  expect(JSON.parse(text)).toMatch(expected);
  if (format === "date-time") expect(Number.isNaN(Date.parse(JSON.parse(text)))).toBe(false);
});

describe("what cannot be kept to", () => {
  const strictly = (schema: Record<string, unknown>) => () => schemaGrammar(schema, { strict: true });
  test.each([
    [{ type: "objekt" }, "#/type", 'Did you mean "object"?'],
    [{ type: "object", properties: { a: { type: "string", not: {} } } }, "#/properties/a/not", "`not`"],
    [{ type: "array", items: { uniqueItems: true } }, "#/items/uniqueItems", "uniqueItems"],
    [{ type: "string", pattern: "(?=a)b" }, "#/pattern", "looks ahead"],
    [{ type: "string", pattern: "a(" }, "#/pattern", "not closed"],
    [{ type: "string", format: "color" }, "#/format", "color"],
    [{ $ref: "#/$defs/none" }, "#/$ref", "is not there"],
    [{ $ref: "#" }, "#/$ref", "refers to itself"],
    [{ type: "integer", minimum: 5, maximum: 2 }, "#", "no integer from 5 to 2"],
    [{ enum: [] }, "#/enum", "not empty"],
    [{ type: "object", required: ["a"], additionalProperties: false }, "#/required", '"a" is required'],
    [{ type: "object", propertes: {} }, "#/propertes", "Did you mean `properties`?"],
  ] as [Record<string, unknown>, string, string][])("%j is refused at %s", (schema, path, says) => {
    expect(strictly(schema)).toThrow(path);
    expect(strictly(schema)).toThrow(says);
  });

  test("without `strict` it is left out", () => {
    expect(schemaGrammar({ type: "string", pattern: "(?=a)b", not: {} })).toContain("root ::=");
  });
});

test("a custom tool's Lark grammar is written within a JSON string", async () => {
  const definition = 'start: item (", " item)*\nitem: NAME "=" INT | /"[xy]"/\nNAME: /[a-c]{1,2}/\n%import common.INT';
  const schema = {
    type: "object",
    properties: { input: { grammar: { syntax: "lark", definition } } },
    required: ["input"],
  };
  const options = { constraint: { schema, strict: true }, temperature: 1.2, maxNewTokens: 400 };
  for (let seed = 0; seed < 5; seed++) {
    const { text, finishReason } = (await generator.generate(["x"], { ...options, seed }))[0]!;
    if (finishReason === "stop") expect(JSON.parse(text).input).toMatch(/^(([a-c]{1,2}=\d+|"[xy]")(, |$))+$/);
  }
});
