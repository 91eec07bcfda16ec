import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError, UnsupportedError } from "@loam/core";
import { hashOf } from "./dataset.ts";
import { metered } from "./metered-model.ts";
import { commandSystem, httpSystem, predictionsSystem } from "./outside-systems.ts";
import type { RunSpecOptions } from "./run-spec.ts";
import type { AskSettings, EvaluationSpec } from "./spec.ts";
import { columnSystem, fillFromRow, promptSystem, type System, type SystemOutput } from "./system.ts";

/** Documents that answer questions, opened by whoever has a library. */
export interface OpenedAsk {
  /** Changes with the documents, the models and the settings. */
  version: string;
  ask(question: string, options: { signal?: AbortSignal }): Promise<SystemOutput>;
}

type SystemSpec = EvaluationSpec["systems"][number];

/** The system that a spec describes. */
export async function openSystem(
  { name, column, predictions, predictionColumn, ask, command, url, ...rest }: SystemSpec,
  {
    spec,
    openAsk,
    languageModel,
    signal,
  }: { spec: EvaluationSpec } & Pick<RunSpecOptions, "openAsk" | "languageModel" | "signal">,
): Promise<System> {
  const { headers, timeoutMs, version, model, adapter, prompt, ...settings } = rest;
  if (column !== undefined) return columnSystem(name, column);
  if (predictions !== undefined) return predictionsSystem(name, predictions, { column: predictionColumn, signal });
  if (command !== undefined) return commandSystem(name, { command, cwd: spec.folder, timeoutMs, version });
  if (url !== undefined) return httpSystem(name, { url, headers: fromEnvironment(headers), timeoutMs, version });
  if (ask !== undefined) return askSystem(name, ask, openAsk);
  const full = adapter === undefined ? model! : `${model}+${adapter}`;
  return promptSystem(name, {
    model: await languageModel(full),
    prompt: prompt!,
    ...settings,
    modelVersion: weightsOnDisk(full),
  });
}

async function askSystem(name: string, settings: AskSettings, openAsk: RunSpecOptions["openAsk"]): Promise<System> {
  if (!openAsk)
    throw new UnsupportedError(`The system ${name} asks documents, and there is no library here.`, {
      hint: "run it with `loam evaluate`, or give `openAsk`",
    });
  const { version, ask } = await openAsk(settings);
  return {
    name,
    version: hashOf(["ask with places", version, settings.question, settings.k]),
    reuse: "this-run",
    templates: [settings.question],
    async run(row, { signal }) {
      const { value, usage, costUsd } = await metered(() => ask(fillFromRow(settings.question, row), { signal }));
      return { usage, costUsd, ...value };
    },
  };
}

/** `${NAME}` in a header is the variable's value, so that a spec can be shared without its keys. */
function fromEnvironment(headers: SystemSpec["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([header, text]) => [
      header,
      text.replace(/\$\{(\w+)\}/g, (_, variable: string) => {
        const value = process.env[variable];
        if (value !== undefined) return value;
        throw new InputError("no_variable", `The header ${header} needs the variable ${variable}, which is not set.`, {
          hint: `set it: export ${variable}=…`,
        });
      }),
    ]),
  );
}

/** Sizes and times of a local model's files, so that a trained-on adapter is another system; undefined for other models. */
function weightsOnDisk(model: string): string | undefined {
  if (!model.startsWith("local:")) return undefined;
  const files = model
    .slice("local:".length)
    .split("+")
    .filter((path) => existsSync(path))
    .flatMap((path) => (statSync(path).isDirectory() ? readdirSync(path).map((file) => join(path, file)) : [path]));
  const facts = files
    .filter((file) => /\.(safetensors|gguf|bin|json)$/.test(file))
    .map((file) => [basename(file), statSync(file).size, Math.round(statSync(file).mtimeMs)] as const);
  return facts.length > 0 ? hashOf(facts) : undefined;
}
