import { LoamError, loggable, UnavailableError } from "@loam/core";
import type { WorkKind } from "@loam/work";
import { z } from "zod";
import type { FunctionRegistry } from "../functions/function-registry.ts";
import { runCalls } from "../functions/run-calls.ts";
import { ContextLengthError } from "../generation/errors.ts";
import type { GenerationEvent, Usage } from "../generation/event.ts";
import { generate } from "../generation/generate.ts";
import type { ModelRegistry } from "../generation/model-registry.ts";
import type { GenerationRequest, Message, ResponseFormat } from "../generation/request.ts";
import { randomLetters } from "../objects/ids.ts";
import type { VectorStores } from "../vector-stores/vector-stores.ts";
import { AnswerWriter, closeStep, nowSeconds, openStep } from "./answer-writer.ts";
import { resultsOf, runMessages, runToolChoice, runTools } from "./run-prompt.ts";
import { isOver } from "./run-state.ts";
import { type RunLeg, type Runs, runKindName } from "./runs.ts";
import { searchFiles } from "./search-files.ts";
import type {
  AssistantResponseFormat,
  RunBody,
  StepCallDelta,
  StepToolCall,
  StoredMessage,
  StoredRun,
  StoredStep,
  TokenCounts,
} from "./types.ts";

const Input = z.object({ project: z.string(), threadId: z.string(), runId: z.string(), leg: z.number() });

export interface RunLegContext {
  runs: Runs;
  registry: ModelRegistry;
  vectorStores: VectorStores;
  /** Functions whose calls are answered here; a run waits for the outputs of all others. */
  functions: FunctionRegistry;
}

/** Answers that a run may get from functions of this process before somebody else is asked. */
const mostRounds = 16;

/**
 * Works on a run from where it is queued to where it ends or waits for tool outputs. Calls of functions that this process
 * answers are answered within the leg, those that want a confirmation excepted. A leg whose worker was lost begins again:
 * what it had written of an answer goes, and its functions are called once more.
 */
export function runLegKind(context: RunLegContext): WorkKind {
  return {
    name: runKindName,
    concurrency: 4,
    parse: (input) => Input.parse(input),
    run: async (input, { signal }) => await new Leg(context, signal).work(input as RunLeg),
  };
}

export type RequiredCalls = NonNullable<RunBody["requiredCalls"]>;

class Leg {
  readonly #context: RunLegContext;
  readonly #signal: AbortSignal | undefined;

  constructor(context: RunLegContext, signal: AbortSignal | undefined) {
    this.#context = context;
    this.#signal = signal;
  }

  async work({ project, runId, leg }: RunLeg): Promise<void> {
    const { runs } = this.#context;
    const found = await runs.rows.find(project, runId);
    if (!found || found.body.leg !== leg || isOver(found.status)) return;
    if (found.status === "cancelling") return void (await runs.end(found, "cancelled"));
    if (found.status === "requires_action") return;
    try {
      await this.#takeBack(found);
      const run = await runs.rows.update(project, runId, ({ status, body }) =>
        status === "queued"
          ? { status: "in_progress", body: { startedAt: body.startedAt ?? nowSeconds() } }
          : undefined,
      );
      if (run.status !== "in_progress") return;
      runs.bus.emit(runId, { type: "run", run, change: "in_progress" });
      await this.#answer(run);
    } catch (error) {
      await this.#failed(project, runId, error);
    }
  }

  /** What an interrupted attempt at this leg has left open. */
  async #takeBack({ project, id, parentId, body }: StoredRun): Promise<void> {
    const { messages, steps } = this.#context.runs;
    for await (const step of steps.all(project, { parentId: id, body: { leg: body.leg } })) {
      await steps.remove(project, step.id);
    }
    for await (const message of messages.all(project, { parentId, status: "in_progress", body: { runId: id } })) {
      await messages.remove(project, message.id);
    }
  }

  async #answer(run: StoredRun): Promise<void> {
    const { runs } = this.#context;
    const over = overBudget(run.body);
    if (over) return void (await runs.end(run, "incomplete", { incompleteReason: over }));
    if (run.body.generations === 0) await this.#search(run);
    const { project, id, parentId } = run;
    const messages: StoredMessage[] = [];
    for await (const message of runs.messages.all(project, { parentId })) messages.push(message);
    const steps: StoredStep[] = [];
    for await (const step of runs.steps.all(project, { parentId: id })) steps.push(step);
    const writer = new AnswerWriter(run, this.#context.runs, steps.flatMap(resultsOf));
    const events = this.#generate(run, runMessages(run, messages, steps));
    let finish: (GenerationEvent & { type: "finish" }) | undefined;
    for await (const event of events) {
      if (event.type === "finish") finish = event;
      else await writer.write(event);
    }
    const usage = toCounts(finish!.usage);
    const isCut = finish!.reason === "length";
    const { calls, step } = await writer.end(usage, { isCut });
    const body = { generations: run.body.generations + 1, usage: add(run.body.usage, usage) };
    if (isCut) return void (await runs.end(run, "incomplete", { ...body, incompleteReason: "max_completion_tokens" }));
    if (calls.length === 0) return void (await runs.end(run, "completed", body));
    if (step && this.#answersItself(calls) && body.generations < mostRounds) {
      await this.#answerCalls(run, step, calls);
      const going = await runs.rows.update(project, id, ({ status }) =>
        status === "in_progress" ? { body } : undefined,
      );
      if (going.status === "cancelling") return void (await runs.end(going, "cancelled", body));
      if (going.status === "in_progress") await this.#answer(going);
      return;
    }
    const waiting = await runs.rows.update(project, id, ({ status }) =>
      status === "in_progress" ? { status: "requires_action", body: { ...body, requiredCalls: calls } } : undefined,
    );
    if (waiting.status === "cancelling") return void (await runs.end(waiting, "cancelled", body));
    runs.bus.emit(id, { type: "run", run: waiting, change: "requires_action" });
  }

  #answersItself(calls: RequiredCalls): boolean {
    const { functions } = this.#context;
    return calls.every(({ function: call }) => {
      const known = functions.find(call.name);
      return known !== undefined && !known.confirm;
    });
  }

  /** Runs the calls of a step side by side and closes it with their outputs. */
  async #answerCalls(run: StoredRun, step: StoredStep, calls: RequiredCalls): Promise<void> {
    const { functions, runs } = this.#context;
    const wanted = calls.map(({ id, function: call }) => ({ id, name: call.name, input: call.arguments }));
    const outcomes = await runCalls(functions, wanted, { signal: this.#signal });
    const tool_calls = calls.map((call, i) => ({
      ...call,
      function: { ...call.function, output: outcomes[i]!.output },
    }));
    await closeStep(runs, run, step, { details: { type: "tool_calls", tool_calls } });
  }

  /** With `auto` truncation the oldest messages are left out until the rest fits. */
  async *#generate({ body }: StoredRun, messages: Message[]): AsyncGenerator<GenerationEvent> {
    const { registry } = this.#context;
    const tools = runTools(body);
    const left =
      body.maxCompletionTokens === null ? undefined : body.maxCompletionTokens - body.usage.completion_tokens;
    const request: GenerationRequest = {
      ...{ model: body.model, messages, maxTokens: left },
      temperature: body.temperature ?? undefined,
      topP: body.topP ?? undefined,
      reasoningEffort: body.reasoningEffort ?? undefined,
      responseFormat: toFormat(body.responseFormat),
      ...(tools.length > 0
        ? { tools, toolChoice: runToolChoice(body), parallelToolCalls: body.parallelToolCalls }
        : {}),
    };
    for (let rest = messages; ; ) {
      try {
        return yield* generate({ registry }, { ...request, messages: rest }, { signal: this.#signal });
      } catch (error) {
        const shorter = error instanceof ContextLengthError ? withoutOldest(rest, error) : undefined;
        if (!shorter) throw error;
        rest = shorter;
      }
    }
  }

  /** Searches the files of the assistant and the thread with the words of the last message, before anything is written. */
  async #search(run: StoredRun): Promise<void> {
    const { runs, vectorStores } = this.#context;
    const tool = run.body.tools.find(({ type }) => type === "file_search");
    if (tool?.type !== "file_search" || run.body.toolChoice === "none") return;
    const found = await searchFiles({ runs, vectorStores }, run, tool, { signal: this.#signal });
    if (!found) return;
    const id = `call_${randomLetters(24)}`;
    const ranking = tool.file_search?.ranking_options;
    const call: StepToolCall = {
      ...{ id, type: "file_search" },
      file_search: {
        ranking_options: {
          ranker: ranking?.ranker ?? "default_2024_08_21",
          score_threshold: ranking?.score_threshold ?? 0,
        },
        results: found,
      },
    };
    const step = await openStep(runs, run, { type: "tool_calls", tool_calls: [call] });
    const calls: StepCallDelta[] = [{ index: 0, id, type: "file_search", file_search: {} }];
    runs.bus.emit(run.id, { type: "step-delta", stepId: step.id, calls });
    await closeStep(runs, run, step, { usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } });
  }

  async #failed(project: string, runId: string, error: unknown): Promise<void> {
    const { runs } = this.#context;
    const run = await runs.rows.find(project, runId);
    if (!run) return; // deleted with its thread
    if (this.#signal?.aborted) {
      if (run.status === "cancelling") await runs.end(run, "cancelled");
      else throw error; // the worker stops: another goes on
      return;
    }
    if (run.status === "cancelling") return void (await runs.end(run, "cancelled"));
    const isPrompt = error instanceof LoamError && !(error instanceof UnavailableError) && error.status < 500;
    const message = error instanceof LoamError ? error.message : "The server met an error of its own.";
    if (!(error instanceof LoamError)) console.error(loggable(error));
    await runs.end(run, "failed", { lastError: { code: isPrompt ? "invalid_prompt" : "server_error", message } });
  }
}

function overBudget({ maxPromptTokens, maxCompletionTokens, usage }: RunBody): RunBody["incompleteReason"] {
  if (maxPromptTokens !== null && usage.prompt_tokens >= maxPromptTokens) return "max_prompt_tokens";
  if (maxCompletionTokens !== null && usage.completion_tokens >= maxCompletionTokens) return "max_completion_tokens";
  return null;
}

/** Leaves out as many of the oldest messages as the text is too long by, and at least one; never the last. */
function withoutOldest(messages: Message[], { details }: ContextLengthError): Message[] | undefined {
  const { contextLength, promptTokens, completionTokens } = details as Record<string, number>;
  const system = messages.filter(({ role }) => role === "system");
  const rest = messages.slice(system.length);
  if (rest.length < 2) return undefined;
  const share = Math.max(0, (promptTokens! + completionTokens! - contextLength!) / promptTokens!);
  const dropped = Math.min(rest.length - 1, Math.max(1, Math.ceil(rest.length * share)));
  // An output without its call means nothing to a template.
  let from = dropped;
  while (from < rest.length - 1 && rest[from]!.role === "tool") from++;
  return [...system, ...rest.slice(from)];
}

function toFormat(format: AssistantResponseFormat): ResponseFormat | undefined {
  if (format === "auto" || format.type === "text") return undefined;
  if (format.type === "json_object") return format;
  const { name, schema = {}, strict } = format.json_schema;
  return { type: "json_schema", name, schema, strict: strict ?? undefined };
}

function toCounts({ promptTokens, completionTokens }: Usage): TokenCounts {
  const total_tokens = promptTokens + completionTokens;
  return { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens };
}

function add(a: TokenCounts, b: TokenCounts): TokenCounts {
  return {
    prompt_tokens: a.prompt_tokens + b.prompt_tokens,
    completion_tokens: a.completion_tokens + b.completion_tokens,
    total_tokens: a.total_tokens + b.total_tokens,
  };
}
