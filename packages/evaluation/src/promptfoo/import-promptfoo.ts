import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError, NotFoundError, type Row } from "@loam/core";
import { parse } from "yaml";
import { z } from "zod";
import type { Assertion } from "../assertions/assertion.ts";
import { importAsserts } from "./asserts.ts";
import { type ImportedPrompt, importPrompt } from "./prompts.ts";
import { importProvider } from "./providers.ts";
import { expandVars, fillVars, readTests } from "./tests.ts";

/** Something of a promptfoo configuration that has no counterpart here. */
export interface NotImported {
  /** Where it stands: `tests.3.assert.0`. */
  at: string;
  what: string;
  reason: string;
}

export interface ImportedPromptfoo {
  /** The evaluation, but for the dataset's path. */
  spec: { name: string; systems: Record<string, unknown>[]; metrics: string[] };
  /** The tests: their variables as columns, and `assertions`. */
  rows: Row[];
  notImported: NotImported[];
}

const list = z.union([z.string(), z.array(z.unknown()), z.record(z.string(), z.unknown())]);
const configSchema = z.looseObject({
  description: z.string().optional(),
  prompts: list,
  providers: list.optional(),
  targets: list.optional(),
  tests: list.optional(),
  defaultTest: z.looseObject({}).optional(),
});
const testSchema = z.looseObject({
  description: z.string().optional(),
  vars: z.record(z.string(), z.unknown()).optional(),
  assert: z.array(z.unknown()).optional(),
});

const readKeys = new Set(["description", "prompts", "providers", "targets", "tests", "defaultTest", "$schema"]);
const readTestKeys = new Set(["description", "vars", "assert"]);
/** Columns that rows have for themselves. */
const ownColumns = ["id", "assertions", "goldPlaces"];

/**
 * Reads a promptfoo configuration as an evaluation: every prompt with every provider is a system, every test a row with
 * its assertions. What has no counterpart is listed, with the reason; nothing is dropped in silence.
 *
 * @throws {InputError} `bad_promptfoo` where it is no such configuration, or nothing of it can be run.
 */
export async function importPromptfoo(path: string): Promise<ImportedPromptfoo> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new NotFoundError("promptfoo configuration", path, { cause, hint: "check the path" });
  });
  const config = configSchema.safeParse(parseYaml(text, path));
  if (!config.success) {
    const [issue] = config.error.issues;
    throw bad(path, `${issue!.path.join(".") || "the file"}: ${issue!.message}`);
  }
  const folder = dirname(path);
  const notImported: NotImported[] = [];
  const miss = (at: string, what: string, reason: string) => void notImported.push({ at, what, reason });
  const { description, prompts, providers, targets, tests, defaultTest, ...rest } = config.data;
  for (const key of Object.keys(rest)) if (!readKeys.has(key)) miss(key, key, "no counterpart in an evaluation here");

  const readPrompts: ImportedPrompt[] = [];
  for (const [i, given] of asList(prompts).entries())
    readPrompts.push(...(await importPrompt(given, { at: `prompts.${i}`, folder, miss })));
  const key = providers === undefined && targets !== undefined ? "targets" : "providers";
  const readProviders = asList(providers ?? targets ?? []).flatMap((given, i) =>
    importProvider(given, `${key}.${i}`, miss),
  );
  const systems = readPrompts.flatMap((prompt) =>
    readProviders.map(({ label, ...provider }) => ({
      name: readPrompts.length > 1 ? `${label}, ${prompt.label}` : label,
      ...provider,
      prompt: prompt.prompt,
      ...(prompt.systemPrompt !== undefined && { systemPrompt: prompt.systemPrompt }),
    })),
  );
  if (systems.length === 0) throw bad(path, `none of its prompts and providers can be run here${listed(notImported)}`);

  const shared = readTest(defaultTest ?? {}, "defaultTest", path, miss);
  const rows: Row[] = [];
  for (const { test: given, at } of await readTests(tests === undefined ? [{}] : asList(tests), { folder, miss })) {
    const test = readTest(given, at, path, miss);
    const vars = { ...shared.vars, ...test.vars };
    const taken = ownColumns.find((name) => name in vars);
    if (taken !== undefined)
      throw bad(path, `${at}: a variable is called ${taken}, which rows have for themselves; give it another name`);
    const asserts = [
      ...shared.asserts.map((one, j) => ({ one, at: `defaultTest.assert.${j}` })),
      ...test.asserts.map((one, j) => ({ one, at: `${at}.assert.${j}` })),
    ];
    for (const filled of await expandVars(vars, { at, folder, miss })) {
      const assertions = asserts.flatMap(({ one, at: place }) =>
        importAsserts(one, place, (value) => fillVars(value, filled), miss),
      );
      rows.push({ ...filled, ...(test.description !== undefined && { description: test.description }), assertions });
    }
  }
  if (rows.length === 0) throw bad(path, `none of its tests can be run here${listed(notImported)}`);
  return {
    spec: { name: description ?? "promptfoo", systems: distinct(systems), metrics: metricsFor(rows) },
    rows,
    notImported: unique(notImported),
  };
}

function readTest(given: unknown, at: string, path: string, miss: (at: string, what: string, reason: string) => void) {
  const test = testSchema.safeParse(given);
  if (!test.success) throw bad(path, `${at}.${test.error.issues[0]!.path.join(".")}: ${test.error.issues[0]!.message}`);
  for (const key of Object.keys(test.data))
    if (!readTestKeys.has(key)) miss(`${at}.${key}`, key, "tests here have variables and assertions only");
  const { vars = {}, assert = [], description } = test.data;
  return { vars, asserts: assert, description };
}

/** The metrics that the rows' assertions ask for; without any, the length of the outputs. */
function metricsFor(rows: readonly Row[]): string[] {
  const kinds = new Set(
    rows.flatMap(({ assertions }) => (assertions as Assertion[]).map(({ type }) => type.replace(/^not-/, ""))),
  );
  const judged = kinds.delete("llm-rubric");
  const similar = kinds.delete("similar");
  const metrics = [
    ...(kinds.size > 0 ? ["assertions"] : []),
    ...(similar ? ["similarAssertions"] : []),
    ...(judged ? ["judgedAssertions"] : []),
  ];
  return metrics.length > 0 ? metrics : ["length"];
}

function distinct(systems: readonly { name: string }[]): Record<string, unknown>[] {
  const seen = new Map<string, number>();
  return systems.map((system) => {
    const times = (seen.get(system.name) ?? 0) + 1;
    seen.set(system.name, times);
    return times === 1 ? { ...system } : { ...system, name: `${system.name} (${times})` };
  });
}

/** An assertion that every test shares is said once. */
function unique(all: readonly NotImported[]): NotImported[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

function asList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  // `{ "file://a.txt": "label" }` and `{ "openai:x": { config } }` are promptfoo's older forms.
  if (typeof value === "object" && value !== null)
    return Object.entries(value).map(([key, inner]) => ({ [key]: inner }));
  return [value];
}

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new InputError("bad_promptfoo", `${path} is not valid YAML: ${(cause as Error).message.split("\n")[0]}.`, {
      hint: "correct the line that is named",
      cause,
    });
  }
}

function listed(notImported: readonly NotImported[]): string {
  return notImported.length === 0 ? "" : `: ${notImported.map(({ at, reason }) => `${at}: ${reason}`).join("; ")}`;
}

function bad(path: string, what: string): InputError {
  return new InputError("bad_promptfoo", `${join(path)}: ${what}.`, {
    hint: "docs/evaluation.md lists what is read of a promptfoo configuration",
  });
}
