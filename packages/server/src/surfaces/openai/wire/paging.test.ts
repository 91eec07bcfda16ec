import { expect, test } from "vitest";
import { readPage, toList } from "./paging.ts";

test("what is left out is as OpenAI's document has it for the list", () => {
  expect(readPage({}, "assistants")).toEqual({ limit: 20, order: "desc" });
  expect(readPage({}, "eval_runs")).toEqual({ limit: 20, order: "asc" });
  expect(readPage({}, "files")).toEqual({ limit: 10_000, order: "desc" });
  expect(readPage({ order: "descending", limit: "3", after: "cp_1" }, "checkpoint_permissions")).toEqual({
    limit: 3,
    order: "desc",
    after: "cp_1",
  });
});

test("a limit out of its range and an unknown order are named, never rounded", () => {
  for (const limit of ["0", "101", "-1", "2.5", "1e1", "ten", ""]) {
    expect(() => readPage({ limit }, "assistants"), limit).toThrow("from 1 to 100");
  }
  expect(readPage({ limit: "101" }, "files").limit).toBe(101);
  expect(() => readPage({ order: "random" }, "runs")).toThrow("`order`");
});

test("an empty page has no first and no last", () => {
  expect(toList({ data: [] as string[], hasMore: false }, (id) => ({ id }))).toEqual({
    object: "list",
    data: [],
    first_id: null,
    last_id: null,
    has_more: false,
  });
});
