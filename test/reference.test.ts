import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { referencePages } from "../scripts/reference/pages.ts";

const folder = join(import.meta.dirname, "../docs/reference");

test("the pages of docs/reference say what the code says; `npm run docs` writes them anew", () => {
  const pages = referencePages();
  expect(readdirSync(folder).sort()).toEqual(Object.keys(pages).sort());
  for (const [name, text] of Object.entries(pages)) expect(readFileSync(join(folder, name), "utf8"), name).toBe(text);
});

test("every field of a recipe, every option of a method and every setting says what it does", () => {
  const { "recipe.md": recipe, "methods.md": methods, "settings.md": settings } = referencePages();
  const silent = [...`${recipe}${methods}${settings}`.matchAll(/^\| (`[^`]+`) \|.*\| {2}\|$/gm)].map(([, field]) => field);
  expect(silent).toEqual(["`method.peft_type`", "`objective.type`"]); // what holds them says it
});
