import { expect, test } from "vitest";
import { en } from "./en.ts";
import { zhCn } from "./zh-cn.ts";

/** `library.status.ready` → `text` or `function/2`, for every leaf. */
function shape(messages: object, prefix = ""): Record<string, string> {
  return Object.fromEntries(
    Object.entries(messages).flatMap(([key, value]) =>
      typeof value === "object"
        ? Object.entries(shape(value, `${prefix}${key}.`))
        : [[prefix + key, typeof value === "function" ? `function/${value.length}` : "text"]],
    ),
  );
}

test("both catalogues have the same keys, with the same parameters", () => {
  expect(shape(zhCn)).toEqual(shape(en));
});

test("no text is empty, and none is left in English in the Chinese catalogue", () => {
  const left: string[] = [];
  const visit = (a: object, b: object, path: string) => {
    for (const [key, value] of Object.entries(a)) {
      const other = (b as Record<string, unknown>)[key];
      if (typeof value === "object") visit(value, other as object, `${path}${key}.`);
      else if (typeof value === "string" && (value === "" || value === other)) left.push(path + key);
    }
  };
  visit(en, zhCn, "");
  expect(left).toEqual([]);
});
