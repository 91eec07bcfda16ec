import { expect, test } from "vitest";
import { loggable } from "./loggable.ts";

test("a failed statement is told with its place and cause, without the values it was given", () => {
  const secret = "my password is hunter2hunter2";
  const cause = Object.assign(new Error("duplicate key value violates unique constraint"), {
    code: "23505",
    detail: `Key (text)=(${secret}) already exists.`,
  });
  const query = 'insert into "messages" ("text") values ($1)';
  const error = Object.assign(new Error(`Failed query: ${query}\nparams: ${secret}`, { cause }), {
    query,
    params: [secret],
  });
  const told = loggable(error);
  expect(told).not.toContain("hunter2");
  expect(told).toContain(`a statement failed: ${query}`);
  expect(told).toContain("duplicate key value violates unique constraint (23505)");
  expect(told).toContain("loggable.test.ts");
  expect(loggable("only text")).toBe("only text");
});
