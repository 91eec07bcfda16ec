/// <reference types="vite/client" />
import { expect, test } from "vitest";
import { en } from "./en.ts";
import { zhCn } from "./zh-cn.ts";

/** Every area's own texts, and those that all pages share. */
const areas: [name: string, english: object, chinese: object][] = [
  ["shared", en, zhCn],
  ...Object.entries(
    import.meta.glob<Record<string, Record<"en" | "zh-CN", object>>>("../**/texts.ts", { eager: true }),
  ).flatMap(([path, module]) =>
    Object.values(module).map((texts): [string, object, object] => [path, texts.en, texts["zh-CN"]]),
  ),
];

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

test.each(areas)("both languages of %s have the same keys, with the same parameters", (_, english, chinese) => {
  expect(shape(chinese)).toEqual(shape(english));
});

test.each(areas)("no text of %s is empty, and none is left in English in Chinese", (_, english, chinese) => {
  const left: string[] = [];
  const visit = (a: object, b: object, path: string) => {
    for (const [key, value] of Object.entries(a)) {
      const other = (b as Record<string, unknown>)[key];
      if (typeof value === "object") visit(value, other as object, `${path}${key}.`);
      else if (typeof value === "string" && (value === "" || value === other)) left.push(path + key);
    }
  };
  visit(english, chinese, "");
  expect(left).toEqual([]);
});
