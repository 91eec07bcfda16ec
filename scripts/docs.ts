import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cliReference } from "../packages/cli/src/reference.ts";
import { endpointTable } from "../packages/server/src/surfaces/openai/endpoints.ts";

import { referencePages } from "./reference/pages.ts";

/** `npm run docs`: writes the pages that are made from code. A test fails while one of them is out of date. */
writeFileSync(join(import.meta.dirname, "../docs/cli.md"), cliReference());
for (const [name, text] of Object.entries(await referencePages()))
  writeFileSync(join(import.meta.dirname, "../docs/reference", name), text);

const openai = join(import.meta.dirname, "../docs/openai.md");
const [before, , after] = readFileSync(openai, "utf8").split(/<!-- \/?endpoints -->/);
writeFileSync(openai, `${before}<!-- endpoints -->\n${endpointTable()}\n<!-- /endpoints -->${after}`);
