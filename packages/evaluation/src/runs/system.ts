import type { LanguageModelV4 } from "@ai-sdk/provider";
import { InputError, nearestName } from "@loam/core";
import { costUsd, type TokenUsage } from "@loam/observe";
import { generateText } from "ai";
import type { Place } from "../retrieval/place.ts";
import { type DatasetRow, hashOf } from "./dataset.ts";

/** What a system made of a row. */
export interface SystemOutput {
  prediction: string;
  /** Passages an answer was made from. */
  contexts?: readonly string[];
  /** Where each passage stands. */
  places?: readonly (readonly Place[])[];
  /** Places that the answer cites. */
  citations?: readonly Place[];
  usage?: TokenUsage;
  /** Null where it is not known. */
  costUsd?: number | null;
}

/** Something to evaluate: a model with a prompt, a pipeline, recorded outputs, any function. */
export interface System {
  name: string;
  /** Changes with everything that changes outputs: a resumed run keeps only outputs of the same version. */
  version: string;
  /**
   * `any-run`: an output may serve other runs through their cache, since `version` tells all that it depends on.
   * `this-run`: only the run that made it, when it goes on.
   */
  reuse?: "any-run" | "this-run";
  /** Templates that it fills from a row: their fields are looked for in the dataset before the first call. */
  templates?: readonly string[];
  /** @param options.position of the row in the dataset, from 0. */
  run(row: DatasetRow, options: { position: number; signal?: AbortSignal }): Promise<SystemOutput>;
}

/** A system from a function. Give a new `version` when it starts to answer otherwise. */
export function functionSystem(
  name: string,
  run: (row: DatasetRow, options: { signal?: AbortSignal }) => Promise<string | SystemOutput> | string | SystemOutput,
  { version = "1" }: { version?: string } = {},
): System {
  return {
    name,
    version,
    run: async (row, options) => {
      const output = await run(row, options);
      return typeof output === "string" ? { prediction: output } : output;
    },
  };
}

/** Outputs that the dataset already holds, in a column. */
export function columnSystem(name: string, column: string): System {
  const system = functionSystem(name, ({ fields, id }) => fieldOf(fields, column, `row ${id}`), {
    version: `column:${column}`,
  });
  return { ...system, reuse: "this-run", templates: [`{{${column}}}`] };
}

export interface PromptSystemOptions {
  model: LanguageModelV4;
  /** `{{column}}` stands for a field of the row. */
  prompt: string;
  systemPrompt?: string;
  temperature?: number;
  maxOutputTokens?: number;
  /** Told apart from the model's name: what an adapter's folder holds, say. */
  modelVersion?: string;
}

/** A language model with a prompt. */
export function promptSystem(
  name: string,
  { model, prompt, systemPrompt, temperature = 0, maxOutputTokens, modelVersion }: PromptSystemOptions,
): System {
  return {
    name,
    version: hashOf([
      model.provider,
      model.modelId,
      prompt,
      systemPrompt,
      temperature,
      maxOutputTokens,
      ...(modelVersion === undefined ? [] : [modelVersion]),
    ]),
    templates: [prompt, ...(systemPrompt === undefined ? [] : [systemPrompt])],
    async run({ fields, id }, { signal }) {
      const { text, totalUsage } = await generateText({
        model,
        prompt: fillTemplate(prompt, fields, `row ${id}`),
        ...(systemPrompt !== undefined && { system: fillTemplate(systemPrompt, fields, `row ${id}`) }),
        temperature,
        maxOutputTokens,
        abortSignal: signal,
      });
      const usage = { inputTokens: totalUsage.inputTokens, outputTokens: totalUsage.outputTokens };
      return { prediction: text, usage, costUsd: costOf(model, usage) };
    },
  };
}

/** Fills `{{column}}` from the row; the question of a row goes through it too. */
export function fillFromRow(template: string, { fields, id }: DatasetRow): string {
  return fillTemplate(template, fields, `row ${id}`);
}

/** What a call cost; null where the model's price is not known. */
export function costOf(model: LanguageModelV4, usage: TokenUsage): number | null {
  return costUsd({ provider: model.provider.split(".")[0], model: model.modelId, usage });
}

const templateField = /\{\{\s*([^{}]+?)\s*\}\}/g;

/**
 * Refuses a template that no row could fill.
 *
 * @throws {InputError} `unknown_field` for a field that every row lacks, with the nearest one.
 */
export function checkTemplates(system: System, rows: readonly DatasetRow[]): void {
  const known = new Set(rows.flatMap(({ fields }) => Object.keys(fields)));
  for (const template of system.templates ?? [])
    for (const [, name] of template.matchAll(templateField))
      if (!known.has(name!)) throw unknownField(`The dataset of ${system.name}`, name!, [...known]);
}

/** @throws {InputError} `unknown_field` for a field that the row lacks, with the nearest one. */
function fillTemplate(template: string, fields: Record<string, unknown>, where: string): string {
  return template.replace(templateField, (_, name: string) => fieldOf(fields, name, where));
}

function fieldOf(fields: Record<string, unknown>, name: string, where: string): string {
  const value = fields[name];
  if (value !== undefined && value !== null) return typeof value === "string" ? value : JSON.stringify(value);
  throw unknownField(where, name, Object.keys(fields));
}

function unknownField(where: string, name: string, known: readonly string[]): InputError {
  const near = nearestName(name, known);
  return new InputError("unknown_field", `${where} has no field ${JSON.stringify(name)}.`, {
    hint: near ? `did you mean "${near}"?` : `its fields are ${known.join(", ")}`,
  });
}
