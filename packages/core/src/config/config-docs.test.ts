import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CONFIG_VARIABLES } from "./config-environment.ts";

test("docs/configuration.md names every variable that sets a value", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../docs/configuration.md"), "utf8");
  expect(
    CONFIG_VARIABLES.map(([variable]) => variable).filter((variable) => !page.includes(`\`${variable}\``)),
  ).toEqual([]);
});
