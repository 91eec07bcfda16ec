import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cliReference } from "../packages/cli/src/reference.ts";
import { endpointTable } from "../packages/server/src/surfaces/openai/endpoints.ts";

/** `npm run docs`: writes the pages that are made from code. A test fails while one of them is out of date. */
writeFileSync(join(import.meta.dirname, "../docs/cli.md"), cliReference());

const openai = join(import.meta.dirname, "../docs/openai.md");
const [before, , after] = readFileSync(openai, "utf8").split(/<!-- \/?endpoints -->/);
writeFileSync(openai, `${before}<!-- endpoints -->\n${endpointTable()}\n<!-- /endpoints -->${after}`);
