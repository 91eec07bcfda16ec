import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cliReference } from "../packages/cli/src/reference.ts";

/** `npm run docs`: writes the pages that are made from code. A test fails while one of them is out of date. */
writeFileSync(join(import.meta.dirname, "../docs/cli.md"), cliReference());
