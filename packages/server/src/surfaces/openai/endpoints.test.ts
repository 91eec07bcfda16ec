import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endpointTable, openAiEndpoints } from "./endpoints.ts";

test("docs/openai.md has the table of the routes (`npm run docs` writes it)", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../../docs/openai.md"), "utf8");
  expect(page.split(/<!-- \/?endpoints -->/)[1]!.trim()).toBe(endpointTable());
});

test("each endpoint is listed once, with what is left out of it", () => {
  const names = openAiEndpoints().map(({ method, path }) => `${method} ${path}`);
  expect(new Set(names).size).toBe(names.length);
  for (const name of ["POST /v1/responses", "DELETE /v1/files/{id}", "* /v1/audio"]) expect(names).toContain(name);
});
