import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { InputError, NotFoundError, nearestName } from "@loam/core";
import { parseDocument, stringify } from "yaml";
import { z } from "zod";
import { metricFor } from "../metrics/registry.ts";

const columns = z.strictObject({
  prediction: z.string().optional(),
  references: z.string().optional(),
  source: z.string().optional(),
  question: z.string().optional(),
  contexts: z.string().optional(),
});

const library = z.strictObject({
  rows: z.enum(["questions", "abstracts"]).describe("questions made by rules, or papers with their abstracts"),
  documents: z.array(z.string()).min(1).optional().describe("names or ids; left out, all documents"),
  count: z.int().min(1).optional().describe("questions; 50 when left out"),
  seed: z.int().optional(),
});

const trace = z.strictObject({
  name: z.string().optional().describe("of the span; * stands for any text"),
  kind: z.string().default("llm").describe("llm, chain, tool, retriever, …"),
  model: z.string().optional(),
  status: z.enum(["ok", "error"]).default("ok"),
  since: z.iso.datetime({ offset: true }).or(z.iso.date()).optional(),
  last: z.int().min(1).max(10_000).default(100),
  output: z.enum(["prediction", "reference"]).default("prediction").describe("what the recorded output is"),
});

/** Rows that a spec may hold itself. */
const mostRows = 10_000;

const dataset = z.strictObject({
  path: z.string().optional().describe("JSON Lines, JSON, CSV, TSV, Excel or Parquet, from the spec's folder"),
  rows: z.array(z.record(z.string(), z.unknown())).min(1).max(mostRows).optional().describe("the rows themselves"),
  library: library.optional().describe("rows from the library"),
  trace: trace.optional().describe("rows from recorded spans, the latest first"),
  examples: z.string().min(1).optional().describe("name of a dataset of examples, made from traces or by hand"),
  columns: columns.optional().describe("which column holds what, where its name does not say"),
  limit: z.int().min(1).optional().describe("the first rows only"),
});

const ask = z.strictObject({
  documents: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe("PDFs or folders of PDFs, read first; left out, the whole library"),
  question: z.string().default("{{question}}").describe("{{column}} stands for a field of the row"),
  k: z.int().min(1).max(100).optional().describe("passages given as evidence"),
  chat: z.string().optional().describe("the model that answers; left out, the chat role"),
});

const system = z.strictObject({
  name: z.string().min(1),
  column: z.string().optional().describe("outputs that the dataset holds"),
  predictions: z.string().optional().describe("a file of outputs, matched by `id` or by position"),
  predictionColumn: z.string().optional(),
  ask: ask.optional().describe("questions asked of documents: answers with the passages they rest on"),
  command: z
    .union([z.string().min(1), z.array(z.string()).min(1)])
    .optional()
    .describe("a program: the row as JSON on its standard input, the output on its standard output"),
  url: z.url().optional().describe("a service: the row as JSON is posted to it"),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how it is written in a spec
  headers: z.record(z.string(), z.string()).optional().describe("for `url`; ${NAME} is taken from the environment"),
  timeoutMs: z.int().min(1).optional().describe("for `command` and `url`; 120000 when left out"),
  version: z.string().optional().describe("for `command` and `url`: change it when they start to answer otherwise"),
  model: z.string().optional().describe("openai:gpt-5-mini, ollama:qwen3, local:…"),
  adapter: z.string().optional().describe("folder of a PEFT adapter, for a local model"),
  prompt: z.string().optional().describe("{{column}} stands for a field of the row"),
  systemPrompt: z.string().optional(),
  temperature: z.number().min(0).optional(),
  maxOutputTokens: z.int().min(1).optional(),
});

const bertscore = z.strictObject({
  model: z.string().optional().describe("an encoder's folder or hub id; left out, the one installed with Loam"),
  language: z.string().optional().describe("en, zh, …: bert_score's model for it, where it can be had"),
  layer: z.int().min(0).optional(),
  idf: z.boolean().optional(),
  baseline: z.string().optional().describe("a baseline file"),
  longTexts: z.enum(["window", "cut"]).optional(),
});

const Spec = z.strictObject({
  name: z.string().min(1),
  dataset,
  systems: z.array(system).min(1),
  metrics: z.array(z.string()).min(1),
  judge: z.string().optional().describe("the judges' model; left out, the judge role"),
  rubric: z.string().optional(),
  tokenizer: z.enum(["auto", "rouge_score", "rouge_score+porter", "characters", "words"]).optional(),
  stem: z.boolean().optional(),
  aggregate: z.enum(["max", "mean"]).optional(),
  bertscore: bertscore.optional(),
  jsonSchema: z.record(z.string(), z.unknown()).optional(),
  concurrency: z.int().min(1).max(256).optional(),
  retries: z.int().min(0).optional(),
  failUnder: z.record(z.string(), z.number()).optional().describe("worse than this fails the gate"),
});

/** How a system asks documents, as a spec says it. */
export type AskSettings = z.infer<typeof ask>;

/** Rows that a library or its traces give, as a spec says it. */
export type LibraryRows = z.infer<typeof library>;
export type TraceRows = z.infer<typeof trace>;

/** What a spec may hold that names nothing of one machine: no file, program or address. */
export const PortableSpec = Spec.omit({ bertscore: true }).extend({
  dataset: dataset.omit({ path: true }),
  systems: z
    .array(
      system.omit({
        ...{ predictions: true, predictionColumn: true, command: true, url: true, headers: true, timeoutMs: true },
        ...{ version: true, adapter: true },
      }),
    )
    .min(1)
    .max(50),
});

const sources = ["path", "rows", "library", "trace", "examples"] as const;

/** What a system can be; each names the field that says it. */
const kinds = ["column", "predictions", "model", "ask", "command", "url"] as const;

/** An evaluation as a YAML file describes it. */
export type EvaluationSpec = z.infer<typeof Spec> & {
  /** The folder of the file; commands run in it. */
  folder?: string;
};

/** Reads a spec; its paths are taken from its own folder. */
export async function readEvaluationSpec(path: string): Promise<EvaluationSpec> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new NotFoundError("evaluation", path, { cause, hint: "check the path" });
  });
  const spec = parseEvaluationSpec(text, path);
  const from = (file: string) => resolve(dirname(path), file);
  return {
    ...spec,
    folder: dirname(resolve(path)),
    dataset: { ...spec.dataset, ...(spec.dataset.path !== undefined && { path: from(spec.dataset.path) }) },
    systems: spec.systems.map((system) => ({
      ...system,
      ...(system.predictions !== undefined && { predictions: from(system.predictions) }),
      ...(system.adapter !== undefined && { adapter: from(system.adapter) }),
      ...(system.ask?.documents !== undefined && {
        ask: { ...system.ask, documents: [system.ask.documents].flat().map(from) },
      }),
    })),
    ...(spec.bertscore?.baseline !== undefined && {
      bertscore: { ...spec.bertscore, baseline: from(spec.bertscore.baseline) },
    }),
  };
}

/**
 * Checks the text of a spec, YAML or JSON.
 *
 * @throws {InputError} `bad_spec` naming every field that is wrong and, for a misspelt one, the nearest.
 */
export function parseEvaluationSpec(text: string, name = "the evaluation"): EvaluationSpec {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error)
    throw new InputError("bad_spec", `${name} is not valid YAML: ${error.message.split("\n")[0]!.replace(/:$/, "")}.`, {
      hint: "correct the line that is named",
      cause: error,
    });
  const parsed = Spec.safeParse(document.toJS());
  if (!parsed.success) throw badSpec(name, parsed.error.issues.flatMap(describeIssue));
  checkSpec(parsed.data, name);
  return parsed.data;
}

/**
 * What a schema cannot say of a spec.
 *
 * @throws {InputError} `bad_spec`; {ArgumentError} for a metric that there is not.
 */
export function checkSpec(spec: EvaluationSpec, name: string): void {
  const from = sources.filter((source) => spec.dataset[source] !== undefined);
  if (from.length !== 1) {
    const given = from.length === 0 ? "" : `, not ${from.join(" and ")}`;
    throw badSpec(name, [{ text: `dataset: give one of ${sources.join(", ")}${given}` }]);
  }
  for (const [i, system] of spec.systems.entries()) {
    const { model, prompt } = system;
    const named = kinds.filter((kind) => system[kind] !== undefined);
    if (named.length !== 1) {
      const given = named.length === 0 ? "" : `, not ${named.join(" and ")}`;
      throw badSpec(name, [{ text: `systems.${i}: give one of ${kinds.join(", ")}${given}` }]);
    }
    if (model !== undefined && prompt === undefined) {
      throw badSpec(name, [
        { text: `systems.${i}: a model needs a \`prompt\``, hint: 'for example prompt: "Summarise: {{source}}"' },
      ]);
    }
  }
  for (const [i, { model, adapter }] of spec.systems.entries()) {
    if (adapter !== undefined && !model?.startsWith("local:"))
      throw badSpec(name, [
        { text: `systems.${i}: an adapter needs a local model`, hint: "for example model: local:./base" },
      ]);
  }
  for (const metric of spec.metrics) metricFor(metric);
}

/** A spec as a file holds it, its name and dataset first. */
export function specToYaml({
  name,
  dataset,
  ...rest
}: { name: string; dataset: Partial<EvaluationSpec["dataset"]> } & Record<string, unknown>): string {
  return stringify({ name, dataset, ...rest }, { lineWidth: 0 });
}

interface Problem {
  text: string;
  hint?: string;
}

function badSpec(name: string, problems: readonly Problem[]): InputError {
  return new InputError("bad_spec", `${name}: ${problems.map(({ text }) => text).join("; ")}.`, {
    details: { problems: problems.map(({ text }) => text) },
    hint: problems.find(({ hint }) => hint !== undefined)?.hint,
  });
}

function describeIssue(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.join(".");
  if (issue.code !== "unrecognized_keys") return [{ text: `${path || "the file"}: ${issue.message}` }];
  const known = fieldsAt(issue.path);
  return issue.keys.map((key) => {
    const near = nearestName(key, known);
    return {
      text: `${path ? `${path}.` : ""}${key} is no field`,
      hint: near ? `did you mean \`${near}\`?` : `known here: ${known.join(", ")}`,
    };
  });
}

/** The fields a spec has at a path. */
function fieldsAt(path: readonly PropertyKey[]): string[] {
  const [first, second] = path;
  if (first === undefined) return Object.keys(Spec.shape);
  if (first === "dataset") {
    const inner = { columns, library, trace }[second as string];
    return Object.keys(inner ? inner.shape : dataset.shape);
  }
  if (first === "systems") return Object.keys(path[2] === "ask" ? ask.shape : system.shape);
  return Object.keys(bertscore.shape);
}
