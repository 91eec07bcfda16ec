import { InputError, LoamError, throwIfCancelled } from "@loam/core";
import { storeAway, type WorkKind } from "@loam/work";
import { z } from "zod";
import { collect } from "../generation/collect.ts";
import { generate } from "../generation/generate.ts";
import type { Message } from "../generation/request.ts";
import { fillMessages, type GradeContext, grade } from "../graders/grade.ts";
import { valueAt } from "../graders/template.ts";
import { type Evals, evalKindName } from "./evals.ts";
import { itemChecker } from "./item-check.ts";
import type {
  EvalItem,
  EvalRunBody,
  EvalSample,
  ModelUsage,
  RunDataSource,
  StoredEval,
  StoredEvalRun,
} from "./types.ts";

const Input = z.object({ project: z.string(), runId: z.string() });

/** Goes through the rows of a run, one output item each; rows that have one from an earlier attempt are left out. */
export function evalKind(evals: Evals, context: GradeContext): WorkKind {
  return {
    name: evalKindName,
    concurrency: 2,
    parse: (input) => Input.parse(input),
    run: async (input, { signal, progress }) => {
      const { project, runId } = input as z.infer<typeof Input>;
      const run = await evals.runs.find(project, runId);
      if (!run || !["queued", "in_progress"].includes(run.status)) return;
      const evaluation = await evals.get(project, run.body.evalId);
      try {
        await evals.runs.update(project, runId, ({ status }) =>
          status === "queued" ? { status: "in_progress" } : undefined,
        );
        const done = new Set<number>();
        for await (const { body } of evals.items.all(project, { parentId: runId })) done.add(body.place);
        let place = -1;
        for await (const row of rowsOf(evals, evaluation, run)) {
          place++;
          throwIfCancelled(signal, "the eval");
          if (done.has(place)) continue;
          const { sample, text } = await sampleOf(context, run.body.dataSource, row, signal);
          const values = { item: row.item, sample: { ...row.sample, output_text: text, output_json: jsonOf(text) } };
          const grades = [];
          for (const criterion of evaluation.body.criteria) {
            const judged = sample.error
              ? { score: 0, passed: false, error: sample.error.message }
              : await grade(context, criterion, values, { signal });
            grades.push({ name: criterion.name, type: criterion.type, ...judged });
          }
          await evals.items.insert({
            ...{ project, parentId: runId },
            status: grades.every(({ passed }) => passed) ? "pass" : "fail",
            body: { evalId: evaluation.id, place, item: row.item, grades, sample },
          });
          progress?.({ task: "eval", unit: "row", done: place + 1 });
        }
        await evals.endRun(run, "completed", await summarise(evals, evaluation, run));
      } catch (error) {
        if (signal?.aborted || storeAway(error) || !(error instanceof LoamError)) throw error;
        await evals.endRun(run, "failed", { error: { code: error.code, message: error.message } });
      }
    },
  };
}

async function* rowsOf({ files }: Evals, evaluation: StoredEval, run: StoredEvalRun): AsyncGenerator<EvalItem> {
  const { source } = run.body.dataSource;
  if (source.type === "file_content") return yield* source.content;
  const problemOf = itemChecker(evaluation.body.dataSource);
  let line = 0;
  for await (const text of files.lines(await files.get(run.project, source.id))) {
    line++;
    if (text.trim() === "") continue;
    let row: unknown;
    try {
      row = JSON.parse(text);
    } catch (cause) {
      throw new InputError("invalid_row", `Line ${line} of ${source.id} is no JSON: ${(cause as Error).message}.`, {
        hint: "write each line as one JSON object",
      });
    }
    const problem = problemOf(row);
    if (problem)
      throw new InputError("invalid_row", `Line ${line} of ${source.id} does not fit the schema: ${problem}.`, {
        hint: "correct the line, or the eval's `item_schema`",
      });
    yield row as EvalItem;
  }
}

/** What a model makes of a row; of rows that come with their answers, that. */
async function sampleOf(
  { registry }: GradeContext,
  source: RunDataSource,
  row: EvalItem,
  signal: AbortSignal | undefined,
): Promise<{ sample: EvalSample; text: string }> {
  if (source.type === "jsonl") {
    const text = typeof row.sample?.output_text === "string" ? row.sample.output_text : "";
    return { sample: emptySample("", text), text };
  }
  const { model, input_messages, sampling_params: sampling } = source;
  const sample = emptySample(model!, "");
  try {
    const messages: Message[] =
      input_messages!.type === "template"
        ? fillMessages(input_messages!.template, row)
        : referredMessages(row, input_messages!.item_reference);
    sample.input = messages.map(({ role, content }) => ({ role, content: String(content ?? "") }));
    const maxTokens = sampling?.max_completion_tokens ?? sampling?.max_completions_tokens ?? sampling?.max_tokens;
    const request = {
      ...{ model: model!, messages, seed: sampling?.seed ?? 42, temperature: sampling?.temperature ?? 1 },
      ...{ topP: sampling?.top_p ?? 1, maxTokens: maxTokens ?? undefined },
      reasoningEffort: sampling?.reasoning_effort ?? undefined,
    };
    Object.assign(sample, {
      temperature: request.temperature,
      top_p: request.topP,
      seed: request.seed,
      max_completion_tokens: maxTokens ?? 0,
    });
    const answers = await collect(generate({ registry }, request, { signal }));
    const [choice] = answers.choices;
    const { promptTokens, completionTokens, cachedTokens } = answers.usage;
    sample.output = [{ role: "assistant", content: choice!.text }];
    sample.finish_reason = choice!.finishReason;
    sample.usage = {
      ...{ prompt_tokens: promptTokens, completion_tokens: completionTokens, cached_tokens: cachedTokens },
      total_tokens: promptTokens + completionTokens,
    };
    return { sample, text: choice!.text };
  } catch (error) {
    throwIfCancelled(signal, "the eval");
    if (storeAway(error) || !(error instanceof LoamError)) throw error;
    return { sample: { ...sample, error: { code: error.code, message: error.message } }, text: "" };
  }
}

function emptySample(model: string, text: string): EvalSample {
  return {
    ...{
      input: [],
      output: text ? [{ role: "assistant", content: text }] : [],
      finish_reason: "stop",
      model,
      error: null,
    },
    usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cached_tokens: 0 },
    ...{ temperature: 1, max_completion_tokens: 0, top_p: 1, seed: 42 },
  };
}

function referredMessages(row: EvalItem, path: string): Message[] {
  const found = valueAt(row, path);
  if (typeof found === "string") return [{ role: "user", content: found }];
  if (Array.isArray(found)) return found as Message[];
  throw new InputError("template_value_missing", `\`${path}\` of the row is neither a text nor a list of messages.`, {
    hint: "point `item_reference` at a field that holds messages",
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function summarise(evals: Evals, evaluation: StoredEval, run: StoredEvalRun): Promise<Partial<EvalRunBody>> {
  const counts = { total: 0, passed: 0, failed: 0, errored: 0 };
  const criteria = evaluation.body.criteria.map(({ name }) => ({ testing_criteria: name, passed: 0, failed: 0 }));
  const usage = new Map<string, ModelUsage>();
  const count = (model: string, prompt: number, completion: number, cached: number) => {
    const entry = usage.get(model) ?? {
      ...{
        model_name: model,
        invocation_count: 0,
        prompt_tokens: 0,
        completion_tokens: 0,
        total_tokens: 0,
        cached_tokens: 0,
      },
    };
    entry.invocation_count++;
    entry.prompt_tokens += prompt;
    entry.completion_tokens += completion;
    entry.total_tokens += prompt + completion;
    entry.cached_tokens += cached;
    usage.set(model, entry);
  };
  for await (const { status, body } of evals.items.all(run.project, { parentId: run.id })) {
    counts.total++;
    if (body.grades.some(({ error }) => error !== undefined)) counts.errored++;
    else counts[status === "pass" ? "passed" : "failed"]++;
    for (const [i, { passed }] of body.grades.entries()) criteria[i]![passed ? "passed" : "failed"]++;
    const { sample } = body;
    if (sample.model)
      count(sample.model, sample.usage.prompt_tokens, sample.usage.completion_tokens, sample.usage.cached_tokens);
    for (const { tokens } of body.grades) if (tokens) count(tokens.model, tokens.prompt, tokens.completion, 0);
  }
  return { counts, criteria, usage: [...usage.values()] };
}
