import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type ComparedDocument, coverageOf } from "../packages/server/src/surfaces/openai/contract/coverage.ts";
import { openApiDocument } from "../packages/server/src/surfaces/openai/contract/document.ts";

/**
 * `node scripts/openai-coverage.ts openapi.json [--json] [--problems]`: how much of OpenAI's document (`openapi.json` of
 * github.com/openai/openai-openapi) this server's own has, by OGX's rules.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, problems: { type: "boolean" } },
});
const [path] = positionals;
if (!path) throw new Error("usage: node scripts/openai-coverage.ts openapi.json [--json] [--problems]");
const wanted = JSON.parse(readFileSync(path, "utf8")) as ComparedDocument;
const coverage = coverageOf(wanted, openApiDocument() as ComparedDocument);
if (values.json) console.log(JSON.stringify(coverage, null, 1));
else {
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
  const { paths, operations, properties, byTag } = coverage;
  console.log(`paths       ${paths.served} of ${paths.total}`);
  console.log(`operations  ${operations.served} of ${operations.total}`);
  console.log(`properties  ${properties.kept} of ${properties.total}, ${percent(properties.kept, properties.total)}`);
  console.log("\n| | paths | operations | properties |\n|---|---|---|---|");
  for (const [tag, row] of Object.entries(byTag).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const kept = Math.max(0, row.properties - row.problems.length);
    console.log(
      `| ${tag} | ${row.paths} | ${row.operations} | ${percent(kept, row.properties)} of ${row.properties} |`,
    );
  }
  if (values.problems) for (const row of Object.values(byTag)) for (const problem of row.problems) console.log(problem);
}
