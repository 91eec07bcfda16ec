import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CONFIG_VARIABLES, ConfigInput, type Operation } from "@loam/core";
import { evaluateOperation, evaluateRecommendationOperation, metrics } from "@loam/evaluation";
import { ingestOperation, refreshOperation } from "@loam/library";
import { adapterMethods, recipeJsonSchema } from "@loam/peft";
import { pullOperation } from "@loam/providers";
import { embedCatalogueOperation } from "@loam/recommend";
import { offeredOperations } from "@loam/server";
import { z } from "zod";
import { fieldComments } from "./comments.ts";
import { errorTable } from "./errors.ts";
import { fieldsOf, fieldTable, table } from "./fields.ts";
import { nothing, routeTables } from "./routes.ts";

const root = join(import.meta.dirname, "../..");

/** The pages of `docs/reference` that are made of code, by their name. `npm run docs` writes them. */
export async function referencePages(): Promise<Record<string, string>> {
  return {
    "operations.md": operations(),
    "metrics.md": metricsPage(),
    "methods.md": methods(),
    "recipe.md": recipe(),
    "routes.md": await routes(),
    "settings.md": settings(),
    "errors.md": errors(),
  };
}

const page = (title: string, from: string, text: string) =>
  `# ${title}\n\n<!-- Made from ${from} by \`npm run docs\`; changes belong there. -->\n\n${text.trim()}\n`;

function operations(): string {
  const declared = [ingestOperation, refreshOperation, embedCatalogueOperation, pullOperation, evaluateOperation];
  const all: readonly Pick<Operation, "name" | "summary" | "description" | "lasts" | "input">[] = [
    // What anybody can ask for, then what programs and queues do.
    ...offeredOperations(nothing).map(({ operation }) => operation),
    ...declared,
    evaluateRecommendationOperation,
  ];
  const sections = all.map(({ name, summary, description, lasts, input }) => {
    const fields = fieldsOf(z.toJSONSchema(input, { io: "input", unrepresentable: "any" }));
    return `## ${name}\n\n${summary}. Lasts: ${lasts}.${description ? ` ${description}` : ""}\n\n${fieldTable(fields)}`;
  });
  const intro =
    "One declaration each, from which the library function, the command, the HTTP route, the form and the MCP tool take their fields, " +
    "defaults and limits ([0180](../decisions/0180-operations.md)).";
  return page("Operations", "the operations of the packages", [intro, ...sections].join("\n\n"));
}

function metricsPage(): string {
  const bound = (n: number) => (Number.isFinite(n) ? String(n) : n < 0 ? "−∞" : "∞");
  const rows = metrics.map(({ name, summary, range: [low, high], direction, needs, grain }) => [
    `\`${name}\``,
    summary,
    `${bound(low)} to ${bound(high)}`,
    direction === "none" ? "" : direction,
    needs.join(", "),
    grain,
  ]);
  const text = `Families with a number in their name know their other members too (\`rouge3\`, \`rougeS*\`, \`rougeW-1.1\`, \`novel4\`, \`pageHit3\`, \`boxHit10\`).\n\n${table(["metric", "what it says", "range", "better", "needs", "scored by"], rows)}`;
  return page("Metrics", "packages/evaluation/src/metrics/registry.ts", text);
}

/** What every adapter_config.json has beside its method's options. */
const ofEveryAdapter = ["base_model_name_or_path", "task_type", "inference_mode", "peft_version", "peft_type"];

function methods(): string {
  const schemas = recipeJsonSchema().methods;
  const usual = fieldComments(join(root, "packages/peft/src/layers/config.ts"), "targetFields");
  const sections = adapterMethods.map(({ type, summary }) => {
    const file = join(root, "packages/peft/src/methods", type.toLowerCase().replaceAll("_", "-"), "config.ts");
    const text = readFileSync(file, "utf8");
    const [, name = ""] = /export const (\w+Config)\b/.exec(text) ?? [];
    // Options that are another method's, and some more.
    const [, extended, from] = /import { (\w+Config) } from "(\.\.\/\w+\/config\.ts)"/.exec(text) ?? [];
    const others = extended && from ? fieldComments(join(dirname(file), from), extended) : [];
    const fields = fieldsOf(schemas[type] ?? {}, new Map([...usual, ...others, ...fieldComments(file, name)]));
    return `## ${type}\n\n${summary}.\n\n${fieldTable(fields.filter(({ path }) => !ofEveryAdapter.includes(path)))}`;
  });
  const intro = `Options of \`method\` in a recipe, spelled as in the reference's \`adapter_config.json\`. Files have besides: ${ofEveryAdapter.map((name) => `\`${name}\``).join(", ")}.`;
  return page("Adapter methods", "packages/peft/src/methods", [intro, ...sections].join("\n\n"));
}

async function routes(): Promise<string> {
  const intro =
    "The API of the Studio, which the command line speaks too; the server describes itself at `/api/openapi.json`. A token goes as " +
    "`Authorization: Bearer TOKEN`, errors look like OpenAI's ([errors.md](errors.md)). Fields with a question mark may be left out. " +
    "The routes of other protocols are theirs: [OpenAI's](../openai.md), those of the [trackers](../tracking-server.md).";
  return page("Routes", "the OpenAPI document of packages/server", `${intro}\n\n${await routeTables()}`);
}

function recipe(): string {
  const file = join(root, "packages/peft/src/trainer/recipe/recipe.ts");
  const fields = fieldsOf(recipeJsonSchema().recipe, fieldComments(file, "Recipe"));
  const text = `\`loam tune init\` writes one to start from. The options of \`method\` are in [methods.md](methods.md).\n\n${fieldTable(fields)}`;
  return page("Recipe of a fine-tune", "packages/peft/src/trainer/recipe/recipe.ts", text);
}

function settings(): string {
  const file = join(root, "packages/core/src/config/config.ts");
  const schema = z.toJSONSchema(ConfigInput, { io: "input", unrepresentable: "any" });
  const variables = new Map(CONFIG_VARIABLES.map(([variable, path]) => [[path].flat().join("."), variable]));
  const rows = fieldsOf(schema, fieldComments(file, "ConfigInput")).map(({ path, type, description }) => [
    `\`${path}\``,
    type,
    variables.has(path) ? `\`${variables.get(path)}\`` : "",
    description,
  ]);
  const text = `Fields of \`loam.config.ts\` and \`loam.config.json\`; [configuration.md](../configuration.md) says which of the places wins.\n\n${table(["field", "value", "variable", "what it does"], rows)}`;
  return page("Settings", "packages/core/src/config", text);
}

function errors(): string {
  const general = table(
    ["code", "status", "means"],
    [
      [
        "`invalid_argument`",
        "400",
        "a value is not what was expected; `details` has its name, what was given and what is expected",
      ],
      ["`not_found`", "404", "there is nothing of that name; `details.known` has what there is"],
      ["`unsupported`", "400", "it is understood and not done here"],
      [
        "`unavailable`",
        "503",
        "a model, server, database or file cannot be reached now; `Retry-After` says when to ask again",
      ],
      ["`cancelled`", "499", "whoever asked went away or cancelled it"],
    ],
  );
  const text = `Every error is \`{ code, message, details, hint }\`, in a program as a \`LoamError\`, over HTTP in the shape of the protocol.\n\n## Of every package\n\n${general}\n\n## Of one use\n\n${errorTable()}`;
  return page("Error codes", "the errors that packages throw", text);
}
