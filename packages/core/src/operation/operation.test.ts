import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { describeSchema } from "./describe-schema.ts";
import { operation } from "./operation.ts";
import { fieldSchemas } from "./parse-input.ts";

const input = z.strictObject({
  question: z.string().trim().min(1).max(40),
  k: z.int().min(1).max(100).default(8).describe("passages given as evidence"),
  mode: z.enum(["hybrid", "vector"]).optional(),
  documents: z.array(z.string()).max(2).optional(),
  pages: z.tuple([z.int().min(1), z.int().min(1)]).optional(),
  ratio: z.number().positive().optional(),
  range: z.strictObject({ from: z.number() }).optional(),
});
const echo = operation({ name: "echo", summary: "Its input", lasts: "moment", input, run: async (_: object, x) => x });

test("a call fills in the defaults", async () => {
  expect(await echo.call({}, { question: "Why?" })).toEqual({ question: "Why?", k: 8 });
});

test.each([
  [{ question: "" }, '`question` is ""; expected a text of 1 to 40 characters.'],
  [{}, "`question` is undefined; expected a text of 1 to 40 characters."],
  [{ question: "?", k: 0 }, "`k` is 0; expected a whole number from 1 to 100."],
  [{ question: "?", k: Number.NaN }, "`k` is NaN; expected a whole number from 1 to 100."],
  [{ question: "?", k: "8" }, '`k` is "8"; expected a whole number from 1 to 100.'],
  [{ question: "?", mode: "both" }, '`mode` is "both"; expected "hybrid" or "vector".'],
  [{ question: "?", documents: ["a", 3] }, "`documents[1]` is 3; expected a text."],
  [{ question: "?", documents: ["a", "b", "c"] }, 'is ["a","b","c"]; expected a list of texts, at most 2 items.'],
  [{ question: "?", pages: [1, 0] }, "`pages[1]` is 0; expected a whole number, at least 1."],
  [{ question: "?", ratio: 0 }, "`ratio` is 0; expected a number, above 0."],
  [{ question: "?", range: {} }, "`range.from` is undefined; expected a number."],
  [{ question: "?", range: { from: 1, too: 2 } }, "`range.too` is 2; expected no field of that name, but `from`."],
  [{ question: "?", document: ["a"] }, "Did you mean `documents`?"],
  ["text", '`input` is "text"; expected an object with `question`'],
])("%j is refused with its value and what was expected", async (bad, message) => {
  await expect(echo.call({}, bad as never)).rejects.toThrow(message);
  await expect(echo.call({}, bad as never)).rejects.toMatchObject({ code: "invalid_argument", status: 400 });
});

test("a call is typed by the input as it is given, a run by the input as it is read, and both by the result", () => {
  expectTypeOf(echo.call).parameter(1).toEqualTypeOf<z.input<typeof input>>();
  expectTypeOf(echo.run).parameter(1).toEqualTypeOf<z.infer<typeof input>>();
  expectTypeOf(echo.parse).returns.toEqualTypeOf<z.infer<typeof input>>();
  expectTypeOf(echo.call).returns.resolves.toEqualTypeOf<z.infer<typeof input>>();
  // @ts-expect-error: a field of another kind
  expect(() => echo.parse({ question: "?", k: "8" } satisfies z.input<typeof input>)).toThrow();
});

test("what a schema allows is said in words", () => {
  const { properties } = fieldSchemas(
    z.object({ a: z.union([z.boolean(), z.int()]), b: z.literal("x"), c: z.array(z.number()), d: z.string().min(1) }),
  );
  expect(Object.values(properties!).map(describeSchema)).toEqual([
    "true or false or a whole number",
    '"x"',
    "a list of numbers",
    "a text that is not empty",
  ]);
});
